"""What the editing form says of the contact of a report."""

from __future__ import annotations

from wagtail.admin.panels import Panel


class ContactPanel(Panel):
    """Says that a report names a contact, and leads to its deletion."""

    class BoundPanel(Panel.BoundPanel):
        """The panel of one page."""

        template_name = "knowledge/reports/contact_panel.html"

        def is_shown(self) -> bool:
            has_contact = self.instance is not None and any(
                row.contact_name or row.contact_email for row in self.instance.field_reports.all()
            )
            return bool(has_contact and self.instance.pk and super().is_shown())
