"""Model fields that several apps need."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models

MAX_PARAGRAPHS = 3_000  # characters of "ein oder zwei Absätze"
MAX_LINES = 4_000  # characters of a list with one entry a line


def at_most(characters: int) -> dict[str, Any]:
    """Return what keeps a long text to a length wherever it is cleaned: in forms, reviews, the import.

    Not `max_length`: a form would cut a paste silently, and SQLite would rebuild the table.
    """
    return {"validators": [MaxLengthValidator(characters)]}


class ChoiceListField(models.JSONField):
    """A list of values out of fixed choices, stored as JSON and edited with check boxes.

    The value is always a list in the order of the choices, without repetition.
    """

    def __init__(self, *args: Any, choices: Any = None, **kwargs: Any) -> None:
        self.list_choices = list(getattr(choices, "choices", choices) or [])
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["choices"] = self.list_choices
        return name, path, args, kwargs

    def clean(self, value: Any, model_instance: models.Model | None) -> list[str]:
        chosen = set(value or [])
        known = [key for key, _ in self.list_choices]
        unknown = sorted(str(item) for item in chosen - set(known))
        if unknown:
            raise ValidationError(f"Unbekannte Auswahl: {', '.join(unknown)}.", code="invalid_choice")
        return super().clean([key for key in known if key in chosen], model_instance) or []

    def formfield(self, **kwargs: Any) -> forms.Field:
        return forms.MultipleChoiceField(
            choices=self.list_choices,
            required=not self.blank,
            label=kwargs.get("label", self.verbose_name),
            help_text=self.help_text,
            widget=forms.CheckboxSelectMultiple,
        )

    def labels(self, value: list[str] | None) -> list[str]:
        """Return the German labels of a stored value."""
        chosen = set(value or [])
        return [str(label) for key, label in self.list_choices if key in chosen]
