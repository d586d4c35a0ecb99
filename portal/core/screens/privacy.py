"""Wagtail's privacy dialogues set only what the three levels can express (portal.core.visibility)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from wagtail.admin.forms.collections import CollectionViewRestrictionForm
from wagtail.admin.forms.pages import PageViewRestrictionForm
from wagtail.admin.views import collection_privacy, page_privacy

from portal.core.visibility import STAFF_GROUPS, Visibility

SET_BY_FIELD = (
    "Wer diese Seite lesen darf, sagt ihr Feld „Sichtbarkeit“. Bitte ändern Sie es dort: "
    "Seite bearbeiten, Reiter „Adresse und Sichtbarkeit“."
)
ALL_STAFF = (
    "Wählen Sie alle Gruppen der Kompetenzstelle ({groups}). Einzelne davon auszuschließen ist nicht möglich; "
    "die Gruppe „Kommune“ kann hinzukommen."
)


class PagePrivacyForm(PageViewRestrictionForm):
    """Password and login; the groups of a page follow its field and are not changed here."""

    def clean_restriction_type(self) -> str:
        chosen: str = self.cleaned_data["restriction_type"]
        if self.instance.pk and self.instance.page_id:
            page = self.instance.page.specific
            if getattr(page, "visibility", Visibility.PUBLIC) != Visibility.PUBLIC:
                raise ValidationError(SET_BY_FIELD)
        return chosen


class CollectionPrivacyForm(CollectionViewRestrictionForm):
    """A collection has no such field: its groups are those of one of the levels."""

    def clean_groups(self) -> Any:
        groups = super().clean_groups()
        if self.cleaned_data.get("restriction_type") == "groups":
            names = {group.name for group in groups}
            if not names.issuperset(STAFF_GROUPS):
                raise ValidationError(ALL_STAFF.format(groups=", ".join(STAFF_GROUPS)))
        return groups


def install() -> None:
    """Put the forms in the place of Wagtail's, which has no setting for them."""
    page_privacy.SetPrivacyView.form_class = PagePrivacyForm
    collection_privacy.CollectionViewRestrictionForm = CollectionPrivacyForm


install()
