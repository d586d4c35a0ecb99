"""Panels of the editing forms: what the facts of a page or an entry say, and what rests on a fact."""

from __future__ import annotations

from typing import Any

from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.panels import Panel


class NamedFactsPanel(Panel):
    """The statements behind the identifiers a page names, with the way to each fact."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("heading", "Worauf sich die Seite stützt")
        super().__init__(**kwargs)

    class BoundPanel(Panel.BoundPanel):
        """The panel of one page."""

        template_name = "knowledge/facts/named.html"

        def is_shown(self) -> bool:
            return bool(self.instance is not None and self.instance.facts and super().is_shown())

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            from knowledge.facts.queries import facts_named

            return {
                **super().get_context_data(parent_context),
                "named": facts_named(self.instance.facts),
                "may_change": bool(self.request and self.request.user.has_perm("knowledge.change_fact")),
            }


class UsingPagesPanel(Panel):
    """The pages, terms, acts and deadlines that name a fact, each with the way to its edit form."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("heading", "Was sich darauf stützt")
        super().__init__(**kwargs)

    class BoundPanel(Panel.BoundPanel):
        """The panel of one fact."""

        template_name = "knowledge/facts/using.html"

        def is_shown(self) -> bool:
            return bool(self.instance is not None and self.instance.pk and super().is_shown())

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            from knowledge.facts.queries import entries_using, pages_using

            name = self.instance.identifier
            entries = [
                (entry._meta.verbose_name, entry, AdminURLFinder().get_edit_url(entry))
                for entry in entries_using(name)
            ]
            found = {"pages": pages_using(name), "entries": entries}
            return {**super().get_context_data(parent_context), **found}
