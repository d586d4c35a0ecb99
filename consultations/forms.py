"""The forms that everybody may send, with quiet protection against machines: no riddles, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core import signing
from django.forms import BoundField

SALT = "consultations.forms.started"
SHORTEST_SECONDS = 2
LONGEST_SECONDS = 24 * 3600
# Short words that templates put into ?anliegen=; anything else is taken as the concern itself.
CONCERNS = {
    "beratung": "Beratung anfragen",
    "hinweis": "Fehler oder Lücke melden",
    "format": "Zugängliches Format anfordern",
}
PAGE_LENGTH = 300
EMAIL_INVALID = "Bitte geben Sie eine vollständige E-Mail-Adresse an, zum Beispiel name@gemeinde.example."


def started_now() -> str:
    """Return a signed mark of when a form was shown."""
    return signing.TimestampSigner(salt=SALT).sign("form")


class OpenForm(forms.Form):
    """A form for everybody: a field only machines fill, and a mark of when it was shown."""

    homepage = forms.CharField(
        label="Dieses Feld bitte leer lassen",
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    started = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["started"].initial = started_now

    @property
    def shown_fields(self) -> list[BoundField]:
        """The fields people fill in, in order."""
        return [field for field in self if field.name not in {"homepage", "started"}]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:  # the next try is checked again; two kinds of messages at once only confuse
            return cleaned
        if cleaned.get("homepage"):
            raise forms.ValidationError(
                "Ein verstecktes Feld war ausgefüllt, meist durch das automatische Ausfüllen im Browser. "
                "Wir haben es geleert. Bitte senden Sie noch einmal.",
                code="machine",
            )
        self._check_time(cleaned.get("started") or "")
        return cleaned

    def _check_time(self, mark: str) -> None:
        signer = signing.TimestampSigner(salt=SALT)
        again = "Bitte prüfen Sie Ihre Angaben und senden Sie noch einmal."
        try:
            signer.unsign(mark, max_age=LONGEST_SECONDS)
        except signing.BadSignature as error:
            raise forms.ValidationError(f"Die Seite war lange geöffnet. {again}", code="expired") from error
        try:
            signer.unsign(mark, max_age=SHORTEST_SECONDS)
        except signing.SignatureExpired:
            return
        raise forms.ValidationError(f"Das ging sehr schnell. {again}", code="too_fast")

    def for_another_try(self) -> None:
        """Keep everything typed, but start the clock anew and empty the hidden field."""
        self.data = {**dict(self.data.items()), "started": started_now(), "homepage": ""}


def _long_text(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


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
        label="E-Mail-Adresse",
        help_text="Dorthin antworten wir.",
        error_messages={"required": "Bitte geben Sie an, wohin wir antworten können.", "invalid": EMAIL_INVALID},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
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
    email = forms.EmailField(
        label="E-Mail-Adresse",
        required=False,
        help_text="Nur wenn Sie eine Antwort möchten.",
        error_messages={"invalid": EMAIL_INVALID},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


def concern_from(value: str) -> str:
    """Return what ?anliegen= asks for: a known word in full, or the words themselves on one line."""
    words = " ".join(value.split())
    return CONCERNS.get(words.casefold(), words)[:200]


def page_from(value: str) -> str:
    """Return the address of ?seite=; what does not begin at this site's root is ignored."""
    path = value.strip()
    return path[:PAGE_LENGTH] if path.startswith("/") and not path.startswith("//") else ""
