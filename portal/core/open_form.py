"""Base of the forms everybody may send: quiet protection against machines, no riddles, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core import signing
from django.core.validators import MaxLengthValidator
from django.forms import BoundField
from django.http import HttpRequest

from portal.core import ratelimit

SALT = "portal.core.open_form.started"
SHORTEST_SECONDS = 2
LONGEST_SECONDS = 24 * 3600
EMAIL_INVALID = "Bitte geben Sie eine vollständige E-Mail-Adresse an, zum Beispiel name@gemeinde.example."
EMAIL_LENGTH = 254
"""What the models keep; a form's own limit would be higher, and storing would fail."""
EMAIL_LONG = "Diese Adresse ist zu lang. Bitte prüfen Sie sie."
TOO_OFTEN = (
    "Von Ihrem Anschluss kamen in der letzten Stunde viele Nachrichten. Bitte versuchen Sie es in einer Stunde "
    "noch einmal oder schreiben Sie uns eine E-Mail. Ihr Text bleibt hier stehen."
)


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


def limit_address(field: forms.Field) -> None:
    """Give the field for an address that another package has made the limit of what is kept."""
    field.validators = [row for row in field.validators if not isinstance(row, MaxLengthValidator)]
    field.validators.append(MaxLengthValidator(EMAIL_LENGTH, EMAIL_LONG))
    field.widget.attrs["maxlength"] = str(EMAIL_LENGTH)


def reply_address() -> forms.EmailField:
    """Return the field for an address that only serves an answer."""
    return forms.EmailField(
        label="E-Mail-Adresse", required=False, max_length=EMAIL_LENGTH,
        help_text="Nur wenn Sie eine Antwort möchten.",
        error_messages={"invalid": EMAIL_INVALID, "max_length": EMAIL_LONG},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip


def accept(request: HttpRequest, form: OpenForm, action: str) -> bool:
    """Validate a sent form; too many messages from one address are an error of the form as well."""
    if not form.is_valid():
        return False
    if ratelimit.is_exhausted(request, action):
        form.add_error(None, TOO_OFTEN)
        return False
    ratelimit.count(request, action)
    return True


def status_for(form: OpenForm) -> int:
    """Return the status to show a form with; a refused one is made ready for another try."""
    if not form.is_bound:
        return 200
    status = 429 if TOO_OFTEN in form.non_field_errors() else 422
    form.for_another_try()
    return status
