"""The form after "Nein": what was wrong, all of it optional, at least one of reason and text."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from portal.core.open_form import OpenForm, reply_address
from portal.core.widgets import LongText

TEXT_LENGTH = 2000


class Reason(models.TextChoices):
    """Why a page did not help."""

    NOT_FOUND = "nicht-gefunden", "Ich habe nicht gefunden, was ich suche"
    UNCLEAR = "unverstaendlich", "Der Text ist unverständlich"
    OUTDATED = "veraltet", "Die Angaben sind veraltet"
    WRONG = "falsch", "Die Angaben sind falsch"
    OTHER = "anderes", "Etwas anderes"


class ReasonForm(OpenForm):
    """Reason, text, address for an answer."""

    reason = forms.ChoiceField(
        label="Was hat nicht geholfen?", choices=Reason.choices, required=False, widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Bitte wählen Sie einen der Gründe."},
    )  # fmt: skip
    text = forms.CharField(
        label="Was fehlt, ist falsch oder unklar?",
        required=False,
        max_length=TEXT_LENGTH,
        widget=LongText(attrs={"rows": 5}),
        help_text=f"Höchstens {TEXT_LENGTH} Zeichen. Bitte keine Daten von Bürgerinnen und Bürgern.",
        error_messages={
            "max_length": "Ihr Text hat %(show_value)d Zeichen, möglich sind %(limit_value)d. Bitte kürzen.",
        },
    )
    email = reply_address()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned.get("reason") and not (cleaned.get("text") or "").strip():
            raise forms.ValidationError(
                "Bitte wählen Sie einen Grund oder schreiben Sie ein paar Worte. "
                "Wenn Sie nichts angeben möchten, gehen Sie einfach zurück zur Seite.",
                code="empty",
            )
        return cleaned
