"""Until when a link is taken to be fine."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.utils import timezone
from wagtail.admin.widgets import AdminDateInput

PROPOSED = timedelta(days=90)


class AcceptLinkForm(forms.Form):
    until = forms.DateField(
        label="In Ordnung bis",
        widget=AdminDateInput,
        initial=lambda: timezone.localdate() + PROPOSED,
        help_text="Bis zu diesem Tag wird der Link nicht gemeldet. Geprüft wird er weiter.",
        error_messages={
            "required": "Geben Sie an, bis wann der Link als in Ordnung gilt.",
            "invalid": "Geben Sie einen Tag an, zum Beispiel 31.12.2026.",
        },
    )
