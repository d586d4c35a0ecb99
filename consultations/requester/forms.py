"""What a municipality writes and decides about its case, outside the wizard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from consultations import one_person
from consultations.asked_again import AgainField
from consultations.citizen_form import WarnsOfCitizenData
from consultations.desk.case_forms import FilesField, long_text
from consultations.models import Case, Participant
from consultations.models.correspondence import MESSAGE_LENGTH, NOTE_LENGTH
from consultations.services import municipality_side
from portal.accounts.models import User
from portal.core.open_form import EMAIL_INVALID, EMAIL_LENGTH, EMAIL_LONG
from portal.core.text import ONLY_A_NAME, printable, reads_like_a_link

NO_CITIZENS = "Bitte keine Daten von Bürgerinnen und Bürgern."


class PrintableForm(forms.Form):
    """Texts without characters that would break a mail, a feed or a calendar."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        return {
            name: printable(value).strip() if isinstance(value, str) else value for name, value in cleaned.items()
        }


class MessageForm(WarnsOfCitizenData, PrintableForm):
    """A message to the centre, with files or of files alone."""

    always_filled = frozenset({"text"})  # it may be empty with files alone, which is no reason to call it optional
    text = long_text(
        "Nachricht an die Kompetenzstelle", MESSAGE_LENGTH, required=False,
        help_text=f"Schreiben Sie uns, oder senden Sie Dateien. {NO_CITIZENS}",
    )  # fmt: skip
    uploads = FilesField()


class NamesSomebody(PrintableForm):
    """A form with a name that goes into mails of the centre to addresses of others."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if reads_like_a_link(name):
            raise forms.ValidationError(ONLY_A_NAME)
        return name


class InviteForm(NamesSomebody):
    """One more person for an appointment."""

    name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Bitte geben Sie den Namen der Person an."}
    )
    email = forms.EmailField(
        label="E-Mail-Adresse", required=False, max_length=EMAIL_LENGTH,
        error_messages={"invalid": EMAIL_INVALID, "max_length": EMAIL_LONG},
        help_text="Auch aus einer anderen Kommune. Ohne Adresse geben Sie den Link selbst weiter.",
    )  # fmt: skip


class AgainForm(forms.Form):
    """The people of earlier appointments, all at once."""

    people = AgainField()

    def __init__(self, *args: Any, people: Iterable[Participant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["people"]
        assert isinstance(field, AgainField)  # noqa: S101 - declared above
        field.propose(people)


class AgendaForm(WarnsOfCitizenData, PrintableForm):
    """What an appointment is about, for all who are invited."""

    text = long_text(
        "Tagesordnung", NOTE_LENGTH, required=False, rows=4,
        help_text=f"Lesen alle Eingeladenen, auch aus anderen Kommunen. {NO_CITIZENS}",
    )  # fmt: skip


class HandOverForm(NamesSomebody):
    """To whom a case goes: a colleague with account, shown to who belongs to the municipality, or an address."""

    colleague = forms.ModelChoiceField(
        User.objects.none(), label="An wen?", empty_label="Bitte auswählen",
        error_messages={
            "invalid_choice": "Diese Person gehört nicht (mehr) zu Ihrer Kommune. Bitte wählen Sie eine andere.",
        },
    )  # fmt: skip
    name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Bitte geben Sie den Namen an."}
    )
    email = forms.EmailField(
        label="Dienstliche E-Mail-Adresse", max_length=EMAIL_LENGTH,
        help_text="Dorthin geht der Link zum Vorgang. Ein Link, den Sie haben, gilt dann nicht mehr.",
        error_messages={
            "required": "Bitte geben Sie die Adresse an.", "invalid": EMAIL_INVALID, "max_length": EMAIL_LONG,
        },
    )  # fmt: skip

    def __init__(self, *args: Any, case: Case, knows_colleagues: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = municipality_side.people_of(case) if knows_colleagues else User.objects.none()
        if people.exists():
            self._offer(people)
            return
        del self.fields["colleague"]
        if knows_colleagues:
            self.fields["name"].help_text = "Außer Ihnen hat in Ihrer Kommune niemand ein Konto."

    def _offer(self, people: QuerySet[User]) -> None:
        """Ask for one of the colleagues, or for somebody without account."""
        field = self.fields["colleague"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - as declared above
        field.queryset = people
        self.fields["name"].label = "Oder jemand ohne Konto: Name"
        for name in self.fields:
            self.fields[name].required = False
        self.always_filled = frozenset(self.fields)  # one of the two ways is needed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "colleague" in self.fields:
            one_person.check(self, cleaned)
        return cleaned


OF_OTHERS = "Nur wer angefragt hat, die genannten Personen und ich sehen diesen Vorgang"


class ShareForm(PrintableForm):
    """Which colleagues work on a case, and whether the others see it."""

    private = forms.BooleanField(
        label="Nur die genannten Personen und ich sehen diesen Vorgang", required=False,
        help_text="Sonst sehen ihn alle mit Konto in Ihrer Kommune; ändern können ihn nur die Genannten.",
    )  # fmt: skip
    colleagues = forms.ModelMultipleChoiceField(
        User.objects.none(), label="Wer arbeitet mit?", required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Bitte nennen Sie nur Personen Ihrer Kommune."},
    )  # fmt: skip

    def __init__(self, *args: Any, case: Case, knows_colleagues: bool, of_others: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if of_others:
            self.fields["private"].label = OF_OTHERS
        people = municipality_side.people_of(case) if knows_colleagues else User.objects.none()
        field = self.fields["colleagues"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - as declared above
        field.queryset = people
        if not people.exists():
            del self.fields["colleagues"]
