"""The forms of the wizard, one for each page that asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from consultations import queries
from consultations.desk.case_forms import ManyFiles
from consultations.models import Place, Urgency
from consultations.refusals import REASONS, NotPossible
from consultations.services.appointments import MOST_WISHES, PARTS_OF_DAY
from consultations.slots import Refusal
from consultations.wizard import attachments
from consultations.wizard.answers import LONGEST_ANSWER, Answers
from consultations.wizard.participants import TOO_MANY, read_participants
from knowledge.models import TopicPage
from portal.accounts.joining_forms import PHONE, grouped_bodies
from portal.accounts.models import Municipality
from portal.core.open_form import EMAIL_INVALID, EMAIL_LENGTH, EMAIL_LONG
from portal.core.text import ONLY_A_NAME, printable, reads_like_a_link
from portal.core.widgets import LongText

SHOWN_WISHES = 3
FAR = timedelta(days=3 * 366)
LONGEST_TYPED = 20_000
"""Characters of one field that a draft keeps although they are too many to be sent."""
DAY_WORDS = "Bitte geben Sie einen Tag an, der noch kommt, zum Beispiel 24.03.2027."
NO_CITIZENS = "Bitte keine Daten von Bürgerinnen und Bürgern."


def _long(rows: int) -> LongText:
    return LongText(attrs={"rows": rows})


def _day(**attrs: str) -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **attrs})


class PrintableForm(forms.Form):
    """Texts without characters that would break a mail, a feed or a calendar."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        return {
            name: printable(value).strip() if isinstance(value, str) else value for name, value in cleaned.items()
        }

    def typed(self) -> dict[str, Any]:
        """Return what was typed, right or wrong, so that nothing is lost."""
        return {name: printable(str(self.data.get(name, "")))[:LONGEST_TYPED] for name in self.fields}


def grouped_topics(pages: Iterable[TopicPage]) -> list[tuple[Any, Any]]:
    """Return topics as the groups of a select, each field with the topics below it."""
    groups: list[tuple[str, list[tuple[int, str]]]] = []
    level = 0
    for page in pages:
        if not groups or page.depth <= level:
            level = page.depth
            groups.append((page.title, [(page.pk, f"{page.title} (allgemein)")]))
        else:
            groups[-1][1].append((page.pk, page.title))
    plain: list[tuple[Any, Any]] = [
        (rows[0][0], title) if len(rows) == 1 else (title, rows) for title, rows in groups
    ]
    return [("", "Bitte auswählen"), *plain, ("0", "Etwas anderes, oder noch unklar")]


class TopicForm(PrintableForm):
    """Field and topic, and the municipality where it is not known."""

    topic = forms.ChoiceField(
        label="Um welches Thema geht es?", error_messages={"required": "Bitte wählen Sie ein Thema aus."}
    )
    municipality = forms.ModelChoiceField(
        Municipality.objects.none(), label="Ihre Kommune oder Einrichtung",
        help_text="Davon hängt ab, wer Sie berät.",
        error_messages={
            "required": "Wählen Sie Ihre Kommune oder Einrichtung aus.",
            "invalid_choice": "Diese Kommune gibt es hier nicht. Wählen Sie eine aus der Liste.",
        },
    )  # fmt: skip

    def __init__(self, *args: Any, topics: Iterable[TopicPage], bodies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topic = self.fields["topic"]
        assert isinstance(topic, forms.ChoiceField)  # noqa: S101 - as declared above
        topic.choices = grouped_topics(topics)
        field = self.fields["municipality"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - as declared above
        field.queryset = bodies
        rows = list(bodies.select_related("district").order_by("district__name", "name")[:2])
        if len(rows) == 1:  # known from the account
            del self.fields["municipality"]
        else:
            field.choices = grouped_bodies(bodies.select_related("district").order_by("district__name", "name"))

    def answers(self) -> dict[str, Any]:
        """Return what to keep: ids."""
        kept: dict[str, Any] = {"topic": int(self.cleaned_data["topic"]) or None}
        if "municipality" in self.fields:
            kept["municipality"] = self.cleaned_data["municipality"].pk
        return kept


class UploadsField(forms.FileField):
    """Files that `attachments.keep` looks at one by one and keeps, whatever else is wrong with the form."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return []


class ConcernForm(PrintableForm):
    """What it is about."""

    subject = forms.CharField(
        label="Worum geht es, in einem Satz?", max_length=200,
        help_text="Zum Beispiel: Anbindung der Wohnsitzanmeldung an unser Einwohnermeldeverfahren.",
        error_messages={"required": "Bitte schreiben Sie, worum es geht."},
    )  # fmt: skip
    goal = forms.CharField(
        label="Was möchten Sie erreichen?", max_length=5000, required=False, widget=_long(5), help_text=NO_CITIZENS
    )
    service = forms.CharField(
        label="Leistung", max_length=200, required=False, help_text="Name, LeiKa-Schlüssel oder OZG-Nummer."
    )
    procedure = forms.CharField(
        label="Fachverfahren", max_length=200, required=False, help_text="Name und Hersteller."
    )
    deadline = forms.DateField(
        label="Frist", required=False, widget=_day(), help_text="Bis wann muss es gelöst sein?",
        error_messages={"invalid": DAY_WORDS},
    )  # fmt: skip
    urgency = forms.ChoiceField(
        label="Wie eilig ist es?", choices=Urgency.choices, widget=forms.RadioSelect, initial=Urgency.RELAXED
    )

    uploads = UploadsField(
        label="Dateien", required=False, widget=ManyFiles,
        help_text=f"Zum Beispiel ein Schreiben oder ein Bildschirmfoto; bis zu {attachments.MOST}, je 20 MB. "
        f"{NO_CITIZENS}",
    )  # fmt: skip

    def clean_deadline(self) -> date | None:
        day: date | None = self.cleaned_data["deadline"]
        if day is not None and not timezone.localdate() <= day <= timezone.localdate() + FAR:
            raise forms.ValidationError(DAY_WORDS)
        return day

    def kept(self) -> dict[str, str]:
        """Return everything that was typed, to be kept whether it is right or not."""
        return {name: text for name, text in self.typed().items() if name != "uploads"}

    def answers(self) -> dict[str, Any]:
        day = self.cleaned_data["deadline"]
        said = {name: value for name, value in self.cleaned_data.items() if name != "uploads"}
        return {**said, "deadline": day.isoformat() if day else ""}


class DetailsForm(PrintableForm):
    """What the format needs to know, and who takes part; built from the format and what was said before."""

    participants = forms.CharField(
        label="Wer nimmt außer Ihnen teil?", required=False, max_length=LONGEST_TYPED, widget=_long(3),
        error_messages={"max_length": TOO_MANY},
        help_text="Je Zeile eine Person: Name, E-Mail-Adresse. Auch aus anderen Kommunen, auch aus dem Adressfeld "
        "einer E-Mail kopiert.",
    )  # fmt: skip
    private = forms.BooleanField(
        label="Nur ich sehe diesen Vorgang", required=False,
        help_text="Sonst sehen ihn auch Ihre Kolleginnen und Kollegen mit Konto in Ihrer Kommune.",
    )  # fmt: skip

    def __init__(self, *args: Any, answers: Answers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own: dict[str, forms.Field] = {}
        if len(answers.places) > 1:
            own["place"] = forms.ChoiceField(
                label="Wo soll der Termin stattfinden?", widget=forms.RadioSelect,
                choices=[(value, Place(value).label) for value in answers.places],
                error_messages={"required": "Bitte wählen Sie einen Ort."},
            )  # fmt: skip
        for row in answers.questions:
            own[f"q{row.pk}"] = forms.CharField(
                label=row.question, help_text=row.help_text, required=row.required, max_length=LONGEST_ANSWER,
                widget=_long(3),
                error_messages={"required": "Diese Angabe brauchen wir zur Vorbereitung."},
            )  # fmt: skip
        later = dict(self.fields)
        if not answers.asks_participants:
            later.pop("participants")
        self.fields = {**own, **later}

    def clean_participants(self) -> str:
        text: str = self.cleaned_data["participants"]
        try:
            read_participants(text)
        except NotPossible as error:
            raise forms.ValidationError(str(error)) from error
        return text

    @classmethod
    def initial_of(cls, answers: Answers) -> dict[str, Any]:
        """Return what to show of what is kept."""
        place = answers.place or next(iter(answers.places), "")
        return {
            "participants": answers.text("participants"), "private": answers.private, "place": place,
            **{f"q{pk}": text for pk, text in answers.asked.items()},
        }  # fmt: skip

    def kept(self, answers: Answers) -> dict[str, Any]:
        """Return everything that was typed, to be kept whether it is right or not.

        What the page did not have, as one of another format in a second window, stays as it is.
        """
        typed = {name: text for name, text in self.typed().items() if name in self.data}
        asked = {name[1:]: typed[name] for name in typed if name.startswith("q")}
        place = typed.get("place", "")
        return {
            "asked": {**answers.asked, **asked},
            "participants": typed.get("participants", answers.text("participants")),
            "private": bool(self.data.get("private")),
            "place": place if place in answers.places else answers.text("place"),
        }


class WishesForm(PrintableForm):
    """Days and parts of days that would suit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, SHOWN_WISHES + 1):
            self.fields[f"day{number}"] = forms.DateField(
                label=f"{number}. Wunsch", required=False, widget=_day(), error_messages={"invalid": DAY_WORDS}
            )
            self.fields[f"part{number}"] = forms.ChoiceField(
                label=f"Tageszeit zum {number}. Wunsch",
                required=False,
                choices=list(PARTS_OF_DAY.items()),
                initial="any",
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        today = timezone.localdate()
        days = [cleaned.get(f"day{number}") for number in range(1, SHOWN_WISHES + 1)]
        for number, day in enumerate(days, start=1):
            if day is not None and not today < day <= today + timedelta(days=366):
                self.add_error(f"day{number}", DAY_WORDS)
        self._refuse_days_off()
        if not any(days) and not self.errors:
            self.add_error("day1", f"Bitte nennen Sie einen bis {min(SHOWN_WISHES, MOST_WISHES)} Tage.")
        return cleaned

    def _refuse_days_off(self) -> None:
        found = {f"day{number}": self.cleaned_data.get(f"day{number}") for number in range(1, SHOWN_WISHES + 1)}
        right = {name: day for name, day in found.items() if day is not None}
        off = queries.days_off(right.values())
        for name, day in right.items():
            if day in off:
                self.add_error(name, REASONS[Refusal.CLOSED])

    def wishes(self) -> list[list[str]]:
        """Return [ISO day, part of the day] for each wish, in their order and once."""
        found = []
        for number in range(1, SHOWN_WISHES + 1):
            day = self.cleaned_data.get(f"day{number}")
            if day is not None:
                found.append([day.isoformat(), self.cleaned_data.get(f"part{number}") or "any"])
        return [list(pair) for pair in dict.fromkeys(map(tuple, found))]

    def kept(self) -> dict[str, Any]:
        """Return everything that was typed, to be kept whether it is right or not."""
        return {"wished": {name: value[:40] for name, value in self.typed().items()}}

    @property
    def names_days(self) -> bool:
        """True where something stands in a field for a day, right or wrong."""
        return any(value.strip() for name, value in self.typed().items() if name.startswith("day"))

    @classmethod
    def initial_of(cls, answers: Answers) -> dict[str, Any]:
        """Return what to show: what was typed, else the wishes that count."""
        found: dict[str, Any] = dict(answers.wished)
        if found:
            return found
        for number, (day, part) in enumerate(answers.wishes, start=1):
            found |= {f"day{number}": day, f"part{number}": part}
        return found


class SendForm(PrintableForm):
    """Who asks, where that is not known, and the look at what seems to be a citizen's data."""

    name = forms.CharField(
        label="Ihr Name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Bitte geben Sie Ihren Namen an."},
    )  # fmt: skip
    email = forms.EmailField(
        label="Ihre dienstliche E-Mail-Adresse", max_length=EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="Dorthin senden wir einen Link, mit dem Sie die Anfrage bestätigen.",
        error_messages={
            "required": "Bitte geben Sie an, wohin wir antworten können.", "invalid": EMAIL_INVALID,
            "max_length": EMAIL_LONG,
        },
    )  # fmt: skip
    phone = forms.RegexField(
        rf"\A{PHONE.pattern}\Z", label="Ihre Telefonnummer", strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "tel"}), help_text="Dort rufen wir Sie zum Termin an.",
        error_messages={
            "required": "Bitte geben Sie an, unter welcher Nummer wir Sie erreichen.",
            "invalid": "Bitte geben Sie eine Telefonnummer mit Vorwahl an.",
        },
    )  # fmt: skip
    no_citizens = forms.BooleanField(
        label="Ich habe geprüft: Es stehen keine Daten von Bürgerinnen und Bürgern darin",
        error_messages={"required": "Bitte prüfen Sie den Text und bestätigen Sie es hier."},
    )  # fmt: skip

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if reads_like_a_link(name):
            raise forms.ValidationError(ONLY_A_NAME)
        return name

    def __init__(self, *args: Any, guest: bool, needs_phone: bool, warned: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = {"name": guest, "email": guest, "phone": needs_phone, "no_citizens": warned}
        for field, is_wanted in wanted.items():
            if not is_wanted:
                del self.fields[field]
