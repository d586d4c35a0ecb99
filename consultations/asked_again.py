"""A list of people who took part before, ticked already: whom to ask to the next appointment of a case as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from consultations.models import Participant


def _words(person: Participant) -> str:
    words = ", ".join(part for part in (person.name, person.organisation) if part) or person.email
    return f"{words} (hat zuletzt abgesagt)" if getattr(person, "refused", False) else words


class AgainField(forms.TypedMultipleChoiceField):
    """Ids of participants; `propose` says whose."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Wieder einladen")
        kwargs.setdefault("help_text", "Wer zu einem früheren Termin dieses Vorgangs eingeladen war.")
        kwargs.setdefault(
            "error_messages",
            {
                "invalid_choice": "Eine Person lässt sich nicht mehr einladen. Bitte wählen Sie noch einmal.",
                "required": "Bitte wählen Sie mindestens eine Person aus.",
            },
        )
        super().__init__(coerce=int, widget=forms.CheckboxSelectMultiple, **kwargs)

    def propose(self, people: Iterable[Participant]) -> list[int]:
        """Offer people (of `invitations.before`) and return who is ticked: all but those who said no last time."""
        listed = list(people)
        self.choices = [(person.pk, _words(person)) for person in listed]
        self.initial = [person.pk for person in listed if not getattr(person, "refused", False)]
        return self.initial
