"""The forms that everybody may send to the centre."""

from __future__ import annotations

from django import forms

from portal.core.open_form import EMAIL_INVALID, EMAIL_LENGTH, EMAIL_LONG, OpenForm, reply_address
from portal.core.text import printable
from portal.core.widgets import LongText

# Short words that templates put into ?anliegen=; anything else is taken as the concern itself.
CONCERNS = {
    "beratung": "Beratung anfragen",
    "hinweis": "Fehler oder Lücke melden",
    "format": "Zugängliches Format anfordern",
}
PAGE_LENGTH = 300


def _long_text(rows: int) -> LongText:
    return LongText(attrs={"rows": rows})


class ContactForm(OpenForm):
    """A message to the centre."""

    concern = forms.CharField(
        label="Anliegen", max_length=200, error_messages={"required": "Bitte schreiben Sie, worum es geht."}
    )
    message = forms.CharField(
        label="Ihre Nachricht", max_length=10_000, widget=_long_text(8),
        error_messages={"required": "Bitte schreiben Sie uns Ihre Frage oder Ihren Hinweis."},
    )  # fmt: skip
    email = forms.EmailField(
        label="E-Mail-Adresse", max_length=EMAIL_LENGTH, help_text="Dorthin antworten wir.",
        error_messages={
            "required": "Bitte geben Sie an, wohin wir antworten können.", "invalid": EMAIL_INVALID,
            "max_length": EMAIL_LONG,
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    name = forms.CharField(
        label="Name", max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    municipality = forms.CharField(
        label="Kommune", max_length=160, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )  # fmt: skip
    page = forms.CharField(
        label="Seite, um die es geht", max_length=PAGE_LENGTH, required=False, help_text="Adresse oder Titel."
    )


class BarrierForm(OpenForm):
    """A report of a barrier on a page of the portal."""

    page = forms.CharField(
        label="Seite mit der Barriere", max_length=PAGE_LENGTH, required=False, help_text="Adresse oder Titel."
    )
    description = forms.CharField(
        label="Was hindert Sie?", max_length=10_000, widget=_long_text(6),
        help_text="Zum Beispiel: Was wollten Sie tun? Mit welchem Gerät oder Hilfsmittel?",
        error_messages={"required": "Bitte beschreiben Sie, was Sie hindert."},
    )  # fmt: skip
    email = reply_address()


def concern_from(value: str) -> str:
    """Return what ?anliegen= asks for: a known word in full, or the words themselves on one line."""
    words = " ".join(printable(value).split())
    return CONCERNS.get(words.casefold(), words)[:200]


def page_from(value: str) -> str:
    """Return the address of ?seite=; what does not begin at this site's root is ignored."""
    path = printable(value).strip()
    return path[:PAGE_LENGTH] if path.startswith("/") and not path.startswith("//") else ""
