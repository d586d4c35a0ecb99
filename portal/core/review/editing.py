"""The part of the editing forms that sees to it that only what is complete goes to review."""

from __future__ import annotations

from typing import Any

from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.forms.pages import CopyForm

from portal.core.addresses import TAKEN, taken_address
from portal.core.widgets import let_pastes_be_counted


class ReviewedFormMixin:
    """Editing form of reviewed content: what goes to review must be complete, with the message at the field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        let_pastes_be_counted(self)

    def _post_clean(self) -> None:
        from portal.core.review import validation

        super()._post_clean()  # type: ignore[misc]
        form: Any = self
        if getattr(form, "is_deferred_validation", False):
            return
        found = validation.rule_errors(form.instance, children=False) + validation.time_errors(form.instance)
        if "change_significance" in form.fields:
            data = form.cleaned_data
            first = validation.is_first(form.instance)
            found += validation.change_errors(
                data.get("change_significance") or "", data.get("change_summary") or "", first=first
            ).items()
        for field, message in found:
            name = field if field in form.fields else None
            if name is None or not form.has_error(name):
                form.add_error(name, message)


class ReviewedPageForm(ReviewedFormMixin, WagtailAdminPageForm):
    """The editing form of every page."""

    def _post_clean(self) -> None:
        """Refuse an address that a view of the portal answers: the page would never be reached."""
        super()._post_clean()
        slug = self.instance.slug  # made from the title where none was given
        if not slug or self.parent_page is None or self.has_error("slug"):
            return
        if address := taken_address(self.parent_page, slug):
            self.add_error("slug" if "slug" in self.fields else None, TAKEN.format(address=address))


class PageCopyForm(CopyForm):
    """The form for a copy of a page; like any other page it must be reachable."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        parent = data.get("new_parent_page") or self.page.get_parent()
        if address := taken_address(parent, data.get("new_slug") or ""):
            self.add_error("new_slug", TAKEN.format(address=address))
        return data
