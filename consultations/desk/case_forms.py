"""Forms of the case page: messages, notes, files, tasks, minutes, assignment, ends."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from wagtail.admin.widgets import AdminDateInput
from wagtail.models import Page

from consultations import from_outside, one_person, queries
from consultations.citizen_form import WarnsOfCitizenData
from consultations.models import Adviser, Case, CaseTask, Channel, Message
from consultations.models.correspondence import MESSAGE_LENGTH, MINUTES_LENGTH, NOTE_LENGTH
from consultations.services import case_files, cases, file_removal, municipality_side
from portal.accounts.models import User
from portal.core.open_form import EMAIL_INVALID, EMAIL_LENGTH, EMAIL_LONG
from portal.core.text import printable
from portal.core.widgets import LongText

MOST_UPLOADS = 10
MOST_NAMED = 5


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, each checked by content."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Dateien")
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", f"Bis zu {MOST_UPLOADS}, je 20 MB: {', '.join(case_files.KINDS)}.")
        super().__init__(widget=ManyFiles, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if len(files) > MOST_UPLOADS:
            raise ValidationError(f"Das sind {len(files)} Dateien, möglich sind {MOST_UPLOADS} auf einmal.")
        if self.required and not files:
            raise ValidationError("Bitte wählen Sie eine Datei aus.")
        case_files.check_all(None, files)
        return files


def long_text(label: str, length: int, **kwargs: Any) -> forms.CharField:
    """Return a field for a long text, which is refused and never cut when it is too long."""
    messages = {
        "required": "Bitte schreiben Sie etwas.",
        "max_length": "Der Text hat %(show_value)d Zeichen, möglich sind %(limit_value)d. Bitte kürzen.",
    }
    rows = kwargs.pop("rows", 6)
    return forms.CharField(
        label=label, max_length=length, widget=LongText(attrs={"rows": rows}), error_messages=messages, **kwargs
    )


class CaseForm(forms.Form):
    """Base of the forms about one case; texts lose characters that no feed may hold."""

    def __init__(self, *args: Any, case: Case, user: Any, **kwargs: Any) -> None:
        self.case, self.user = case, user
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        return {name: printable(value) if isinstance(value, str) else value for name, value in cleaned.items()}


class AnswerForm(WarnsOfCitizenData, CaseForm):
    """A message; whether the case waits is asked only where it can and does not yet."""

    text = long_text("Nachricht an die Kommune", MESSAGE_LENGTH, required=False)
    uploads = FilesField()
    wait = forms.BooleanField(label="Danach wartet der Vorgang auf die Kommune", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.case.state not in cases.TO_WAITING:
            del self.fields["wait"]

    @property
    def then_waits(self) -> bool:
        return bool(self.cleaned_data.get("wait"))


class ReceivedForm(CaseForm):
    """What the municipality has said by phone or mail."""

    channel = forms.ChoiceField(
        label="Weg", choices=[item for item in Channel.choices if item[0] != Channel.PORTAL]
    )
    author_name = forms.CharField(label="Wer hat sich gemeldet?", max_length=200, required=False)
    text = long_text("Was die Kommune mitgeteilt hat", MESSAGE_LENGTH, required=False)
    uploads = FilesField()


class NoteForm(CaseForm):
    text = long_text("Interne Notiz", NOTE_LENGTH, rows=3, help_text="Sieht nur die Kompetenzstelle.")


class FilesForm(CaseForm):
    uploads = FilesField(required=True)
    internal = forms.BooleanField(
        label="Nur für die Kompetenzstelle", required=False, initial=True,
        help_text="Ohne Häkchen sieht die Kommune die Dateien in ihrem Vorgang.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        from consultations.desk import rights

        if not rights.reads_notes(self.user):
            del self.fields["internal"]


class RemoveFileForm(CaseForm):
    reason = forms.ChoiceField(
        label="Grund", choices=[("", "Bitte wählen"), *file_removal.Reason.choices],
        help_text="Steht im Verlauf und sieht nur die Kompetenzstelle.",
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Bitte wählen Sie einen Grund."),
    )  # fmt: skip


class TaskForm(WarnsOfCitizenData, CaseForm):
    side = forms.ChoiceField(label="Wer erledigt es?", choices=Message.Side.choices)
    text = forms.CharField(label="Aufgabe", max_length=300)
    due_on = forms.DateField(label="Bis wann?", required=False, widget=AdminDateInput)

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        if day is not None and day < timezone.localdate():
            raise ValidationError("Dieser Tag ist vorbei. Bitte wählen Sie einen, der noch kommt.")
        return day


class TaskChangeForm(TaskForm):
    """A task as it stands. Its day may be past: who corrects a word of an overdue one need not put it off."""

    base = forms.CharField(required=False, widget=forms.HiddenInput)  # the version that was opened

    def __init__(self, *args: Any, task: CaseTask, **kwargs: Any) -> None:
        self.task = task
        super().__init__(*args, **kwargs)

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        return day if day == self.task.due_on else super().clean_due_on()


class MinutesForm(WarnsOfCitizenData, CaseForm):
    written = ("question", "answer", "text")
    box = "Ich habe den Text geprüft und möchte ihn so speichern"
    question = long_text(
        "Frage", MINUTES_LENGTH, rows=4, required=False,
        help_text="So, dass andere Kommunen sie wiedererkennen; daraus kann eine FAQ werden. Ohne Namen.",
    )  # fmt: skip
    answer = long_text("Antwort", MINUTES_LENGTH, required=False)
    text = long_text("Ergebnisse und Vereinbarungen", MINUTES_LENGTH, rows=12, required=False)
    release = forms.BooleanField(
        label="Für die Kommune freigeben", required=False,
        help_text="Die Kommune bekommt eine E-Mail. Eine Freigabe lässt sich nicht zurücknehmen.",
    )  # fmt: skip
    base = forms.CharField(required=False, widget=forms.HiddenInput)  # when what was opened was changed last


class ReasonForm(WarnsOfCitizenData, CaseForm):
    written = ("reason",)
    reason = long_text("Grund", 500, rows=3, help_text="Die Kommune liest diesen Text.")


class OwnReasonForm(WarnsOfCitizenData, CaseForm):
    written = ("reason",)
    reason = long_text("Grund", 500, rows=3, required=False, help_text="Die Kommune liest diesen Text.")


class PageForm(CaseForm):
    """A page of the portal by its address or its title."""

    page = forms.CharField(label="Adresse oder Titel der Seite", max_length=500)

    def clean_page(self) -> Page:
        asked = self.cleaned_data["page"].strip()
        live = Page.objects.live().filter(depth__gt=2)
        path = (
            asked.split("://", 1)[-1].partition("/")[2].split("?")[0].split("#")[0].strip("/")
            if "/" in asked
            else ""
        )
        if path:
            found = list(live.filter(url_path__endswith=f"/{path}/")[: MOST_NAMED + 1])
        else:
            exact = list(live.filter(title__iexact=asked)[:2])
            found = exact if len(exact) == 1 else list(live.filter(title__icontains=asked)[: MOST_NAMED + 1])
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError("Diese Seite gibt es nicht. Kopieren Sie ihre Adresse aus dem Browser hierher.")
        names = "; ".join(f"„{page.title}“" for page in found[:MOST_NAMED])
        raise ValidationError(f"Damit sind mehrere Seiten gemeint: {names}. Bitte geben Sie die Adresse an.")


class ContactForm(CaseForm):
    """Who of the municipality the case belongs to from now on: a member with account, or somebody by address."""

    colleague = forms.ModelChoiceField(
        User.objects.none(), label="Person mit Konto", required=False, empty_label="Niemand davon",
        help_text="Wer heute zur Kommune gehört.",
        error_messages={"invalid_choice": municipality_side.NOT_A_MEMBER},
    )  # fmt: skip
    name = forms.CharField(label="Oder jemand ohne Konto: Name", max_length=120, required=False)
    email = forms.EmailField(
        label="Dienstliche E-Mail-Adresse", required=False, max_length=EMAIL_LENGTH,
        error_messages={"invalid": EMAIL_INVALID, "max_length": EMAIL_LONG},
        help_text="Dorthin geht der Link zum Vorgang. Bisherige Links gelten dann nicht mehr.",
    )  # fmt: skip
    checked = forms.BooleanField(
        label="Ich habe geprüft, dass die Adresse zu dieser Kommune gehört", required=False,
        help_text="Nur nötig, wenn ihre Domain nicht für diese Kommune allein eingetragen ist.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["colleague"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - as declared above
        field.queryset = municipality_side.people_of(self.case)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        one_person.check(self, cleaned)
        if cleaned.get("colleague") is None and "colleague" not in self.errors:
            self._check_address(cleaned)
        return cleaned

    def _check_address(self, cleaned: dict[str, Any]) -> None:
        address = cleaned.get("email")
        if address and not cleaned.get("checked") and not municipality_side.is_known(self.case, address):
            self.add_error("checked", "Diese Adresse gehört nicht erkennbar zur Kommune. Bitte prüfen Sie sie.")


class AssignForm(CaseForm):
    """Who leads the case and who else works on it. The suggestion is chosen already.

    Whoever is away today is not among the choices, but for those who are on the case already.
    """

    adviser = forms.ModelChoiceField(label="Zuständig", queryset=Adviser.objects.none(), empty_label=None)
    further = forms.ModelMultipleChoiceField(
        label="Weitere Beratende", queryset=Adviser.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    reason = forms.CharField(
        label="Grund, wenn Sie vom Vorschlag abweichen", max_length=300, required=False,
        help_text="Steht im Verlauf und sieht nur die Kompetenzstelle.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        away = queries.away_on(timezone.localdate())
        people = from_outside.advising()
        present, leads = ~Q(pk__in=away), Q(pk=self.case.lead_id)
        on_it = leads | Q(pk__in=self.case.further.values("pk"))
        for name in ("adviser", "further"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
            field.queryset = people.filter(present | (leads if name == "adviser" else on_it))
            field.error_messages["invalid_choice"] = "Diese Person ist heute abwesend oder berät nicht mehr."
