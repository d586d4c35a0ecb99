"""The forms of subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from portal.core.models import Frequency
from portal.core.open_form import EMAIL_INVALID, EMAIL_LENGTH, EMAIL_LONG
from portal.core.subscriptions.addresses import normal_address
from portal.core.subscriptions.registry import Subject

EMAIL_ERRORS = {
    "required": "Bitte geben Sie an, wohin wir schreiben sollen.",
    "invalid": EMAIL_INVALID,
    "max_length": EMAIL_LONG,
}
GONE = "Diese Auswahl gibt es hier nicht. Bitte wählen Sie einen der Einträge."


def email_field(help_text: str) -> forms.EmailField:
    """Return the field for an address, in the form in which addresses are kept."""
    return forms.EmailField(
        label="E-Mail-Adresse", max_length=EMAIL_LENGTH, help_text=help_text, error_messages=EMAIL_ERRORS,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip


def frequency_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Wie oft", choices=Frequency.choices, initial=Frequency.WEEKLY.value, widget=forms.RadioSelect,
        help_text="Wenn sich nichts geändert hat, schreiben wir nicht.",
        error_messages={"required": "Bitte wählen Sie, wie oft wir schreiben sollen.", "invalid_choice": GONE},
    )  # fmt: skip


class FrequencyForm(forms.Form):
    """The rhythm of the mails."""

    frequency = frequency_field()

    def chosen(self) -> Frequency:
        return Frequency(self.cleaned_data["frequency"])


class SubscribeForm(FrequencyForm):
    """What to hear of, how often, and where; people who are logged in are not asked for an address."""

    def __init__(self, *args: Any, subjects: Sequence[Subject], with_address: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subjects = {subject.key: subject for subject in subjects}
        subject = forms.ChoiceField(
            label="Was", widget=forms.RadioSelect,
            choices=[(key, _choice(subject)) for key, subject in self.subjects.items()],
            initial=next(iter(self.subjects)),
            error_messages={"required": "Bitte wählen Sie, wovon Sie hören möchten.", "invalid_choice": GONE},
        )  # fmt: skip
        fields: dict[str, forms.Field] = {"subject": subject}
        if with_address:
            fields["email"] = email_field("Wir senden Ihnen einen Link zum Bestätigen.")
        self.fields = {**fields, **self.fields}

    def clean_email(self) -> str:
        return normal_address(str(self.cleaned_data["email"]))

    def subject(self) -> Subject:
        return self.subjects[self.cleaned_data["subject"]]


def _choice(subject: Subject) -> str:
    return subject.title if subject.kind == "all" else f"{subject.label}: {subject.title}"


class AddressForm(forms.Form):
    """The address whose owner wants the link to the own subscriptions."""

    email = email_field("Die Adresse, an die wir Ihnen schreiben.")
