"""The field in which editors name the facts something rests on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class FactListForm(forms.Form):
    """Adds the field to the form of a model with a list `facts`, which nobody edits as JSON."""

    fact_list = forms.CharField(
        label="Fakten",
        required=False,
        max_length=2000,
        help_text="Kennungen aus dem Faktenblatt, durch Komma getrennt, zum Beispiel „O-12, O-14“.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("fact_list", ", ".join(str(fact) for fact in self._named()))

    def _named(self) -> list[Any]:
        return list(self.instance.facts or [])  # type: ignore[attr-defined]  # the model form beside it

    def clean_fact_list(self) -> str:
        """Refuse identifiers that do not exist, except those the object has had before: they are shown there."""
        from knowledge.facts import naming, queries

        if self.add_prefix("fact_list") not in self.data:
            return str(self.initial["fact_list"])
        names = naming.identifiers_in(self.cleaned_data["fact_list"])
        fresh = [name for name in names if name not in self._named()]
        error = naming.unknown_facts_error(fresh, queries.known_identifiers()) if fresh else ""
        if error:
            raise ValidationError(error)
        return ", ".join(names)

    def _post_clean(self) -> None:
        from knowledge.facts.naming import identifiers_in

        if "fact_list" in self.cleaned_data:
            self.instance.facts = identifiers_in(self.cleaned_data["fact_list"])  # type: ignore[attr-defined]
        super()._post_clean()  # type: ignore[misc]
