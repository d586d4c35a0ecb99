"""Forms for appointments: a time among the free ones of an adviser, or another one that is checked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from wagtail.admin.widgets import AdminDateInput, AdminTimeInput

from consultations import from_outside, queries, times
from consultations.asked_again import AgainField
from consultations.citizen_form import WarnsOfCitizenData
from consultations.desk import asker
from consultations.desk.case_forms import CaseForm, long_text
from consultations.models import Adviser, Appointment, Case, Format
from consultations.models.format import Place
from consultations.queries import Asked
from consultations.requester import changing
from consultations.services import invitations, proposals, record, repeated
from consultations.services.placing import Placement
from consultations.slots import Slot
from consultations.states import AppointmentState

OUTSIDE = "Externe Beratende stehen hier nur, wenn ihnen der Vorgang zugeordnet ist."
INSTEAD = "Zeiten von {person}: Wer den Termin bisher leitet, berät nicht mehr oder sieht den Vorgang nicht."
DAYS_AHEAD, MOST_SLOTS, MOST_PROPOSED = 42, 150, 5
NO_LEAD = "Bitte ordnen Sie den Vorgang zuerst jemandem zu."
CHOOSE = "Wählen Sie hier im Vorgang die Zeit, die Ihnen passt. Damit ist der Termin gebucht."
BOOKED = "Wählt die Kommune eine davon, ist der Termin gebucht."
IN_ITS_PLACE = "Wählt die Kommune eine davon, ist der Termin gebucht und tritt an die Stelle ihrer Terminanfrage."
FURTHER = (
    "Wählt die Kommune eine davon, ist ein weiterer Termin gebucht, und der bisherige bleibt. Soll der bisherige "
    "auf eine andere Zeit, wählen Sie an ihm „Verschieben“."
)


def in_words(moment: datetime) -> str:
    """Return a moment (aware) as "Montag, 1. März 2027, 10:00 Uhr"."""
    here = moment.astimezone(times.zone())
    return f"{date_format(here, 'l, j. F Y')}, {here:%H:%M} Uhr"


def single_formats() -> Any:
    return Format.objects.filter(active=True, kind=Format.Kind.SINGLE)


def _by_day(slots: list[Slot]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return slots as choices in groups of a day."""
    here = times.zone()
    starts = sorted({slot.starts_at for slot in slots})[:MOST_SLOTS]
    days = groupby(starts, key=lambda start: start.astimezone(here).date())
    return [
        (
            date_format(day, "l, j. F Y"),
            [(start.isoformat(), f"{start.astimezone(here):%H:%M} Uhr") for start in found],
        )
        for day, found in days
    ]


def _people(case: Case, along: list[int]) -> Any:
    """Return whom an appointment of a case can be given to, and those who come along already."""
    rows = Adviser.objects.filter(Q(pk__in=from_outside.for_case(case).values("pk")) | Q(pk__in=along))
    return rows.select_related("user")


def _say_who_is_missing(field: forms.Field, case: Case) -> None:
    """Say why somebody from outside is not among the choices."""
    there = from_outside.for_case(case).values("pk")
    if from_outside.advising().exclude(pk__in=there).exists():
        field.help_text = f"{field.help_text} {OUTSIDE}".strip()


def _places(form: Format, appointment: Appointment | None) -> list[tuple[str, str]]:
    """Return the places of a format, and the one an appointment has already."""
    names = dict(Place.choices)
    own = [appointment.place] if appointment is not None and appointment.place else []
    return [(key, names[key]) for key in dict.fromkeys([*(form.places or names), *own])]


def _name_the_number(form: CaseForm, places: Iterable[tuple[str, str]]) -> None:
    """Say where to call beside the field and not in it: what stands there is sent to everybody who takes part."""
    asked = asker.of(form.case)
    if asked is not None and asked.phone and Place.PHONE in dict(places):
        field = form.fields["place_detail"]
        field.help_text = f"{field.help_text} Telefonnummer der Ansprechperson: {asked.phone}.".strip()


class SlotForm(CaseForm):
    """A time of one adviser for a format, chosen from what is free or typed; where it takes place."""

    slot = forms.ChoiceField(label="Freie Zeiten", required=False)
    day = forms.DateField(label="Oder anderer Tag", required=False, widget=AdminDateInput)
    time = forms.TimeField(label="Uhrzeit", required=False, widget=AdminTimeInput)
    place = forms.ChoiceField(label="Ort")
    place_detail = forms.CharField(label="Adresse oder Einwahl", max_length=300, required=False)
    further = forms.ModelMultipleChoiceField(
        label="Weitere Beratende", queryset=Adviser.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    guests = AgainField(label="Teilnehmende wieder einladen", required=False)

    def __init__(
        self, *args: Any, form: Format, adviser: Adviser, appointment: Appointment | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.form, self.adviser, self.appointment = form, adviser, appointment
        crew = record.advisers_of(appointment) if appointment is not None else []
        self.along = [pk for pk in crew[1:] if pk != adviser.pk]
        slot, place, further = self.fields["slot"], self.fields["place"], self.fields["further"]
        assert isinstance(slot, forms.ChoiceField) and isinstance(place, forms.ChoiceField)  # noqa: S101, PT018
        assert isinstance(further, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        slot.choices = [("", "Bitte wählen"), *_by_day(self._free()), *self._just_entered()]
        slot.error_messages["invalid_choice"] = "Diese Zeit ist nicht mehr frei. Bitte wählen Sie eine andere."
        place.choices = where = _places(form, appointment)
        _name_the_number(self, where)
        further.queryset = _people(self.case, self.along).exclude(pk=adviser.pk)
        _say_who_is_missing(further, self.case)
        if crew and crew[0] != adviser.pk:
            slot.help_text = INSTEAD.format(person=adviser)
        self._propose_guests()
        place_before = appointment.place if appointment is not None else ""
        self.initial.setdefault("place", place_before or changing.place_of(self.case, None, form))
        if appointment is not None:
            self.initial.setdefault("place_detail", appointment.place_detail)
            self.initial.setdefault("further", self.along)

    def _propose_guests(self) -> None:
        """Name who took part before for a further appointment; one that exists keeps whoever is invited to it."""
        field, known = self.fields["guests"], []
        assert isinstance(field, AgainField)  # noqa: S101 - declared above
        if self.appointment is None:
            known = invitations.before(self.case)
        if known:
            self.initial.setdefault("guests", field.propose(known))
        else:
            del self.fields["guests"]

    def _free(self) -> list[Slot]:
        """Return what is free for the adviser, and for those who come along so far as well."""
        now = timezone.now()
        ignore = self.appointment.pk if self.appointment is not None else None
        asked = Asked(self.form, [self.adviser.pk], now, ignore=ignore, by_centre=True, further=tuple(self.along))
        return queries.free_slots(asked, last=times.local_day(now) + timedelta(days=DAYS_AHEAD))

    def _just_entered(self) -> list[tuple[str, str]]:
        """Return the time the same person has just entered with this form: a second click is no error."""
        asked = self.data.get("slot", "") if self.is_bound and self.appointment is None else ""
        rows = repeated.entered(self.case, self.form, by=self.user) if asked else ()
        starts = [row.starts_at for row in rows if row.starts_at is not None]
        return [(start.isoformat(), in_words(start)) for start in starts if start.isoformat() == asked]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("slot") and not (cleaned.get("day") and cleaned.get("time")):
            raise ValidationError("Bitte wählen Sie eine freie Zeit, oder geben Sie Tag und Uhrzeit an.")
        return cleaned

    def asked_at(self) -> datetime | None:
        """Return the time a sent form asks for, free or not; None when there is none."""
        self.is_valid()
        try:
            return datetime.fromisoformat(str(self.data.get("slot") or ""))
        except ValueError:
            day, time = self.cleaned_data.get("day"), self.cleaned_data.get("time")
        return datetime.combine(day, time, tzinfo=times.zone()) if day and time else None

    def placement(self) -> Placement:
        """Return what is to be taken."""
        data = self.cleaned_data
        if data["slot"]:
            starts = datetime.fromisoformat(data["slot"])
        else:
            starts = datetime.combine(data["day"], data["time"], tzinfo=times.zone())
        return Placement(
            form=self.form, starts_at=starts, candidates=[self.adviser.pk],
            further=[person.pk for person in data["further"]], place=data["place"],
            place_detail=data["place_detail"].strip(), by_centre=True, guests=data.get("guests", []),
        )  # fmt: skip


class ProposalForm(WarnsOfCitizenData, CaseForm):
    """Some free times the municipality is asked to choose from; nothing is taken by that."""

    slots = forms.MultipleChoiceField(
        label="Freie Zeiten", widget=forms.SelectMultiple(attrs={"size": 12}),
        help_text=f"Bis zu {MOST_PROPOSED}. Mehrere wählen Sie mit Strg. Sie bleiben frei, bis jemand sie bucht.",
        error_messages={"required": "Bitte wählen Sie mindestens eine Zeit."},
    )  # fmt: skip
    text = long_text("Begleittext", 2000, rows=3, required=False)

    def __init__(self, *args: Any, form: Format, adviser: Adviser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form, self.adviser, now = form, adviser, timezone.now()
        standing = (AppointmentState.REQUESTED, AppointmentState.CONFIRMED)
        rows = list(self.case.appointments.filter(state__in=standing))
        request = proposals.request_of(rows, now)
        asked = proposals.asked(form, adviser.pk, now, instead_of=request)
        field = self.fields["slots"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = _by_day(queries.free_slots(asked, last=times.local_day(now) + timedelta(days=DAYS_AHEAD)))
        is_further = any(row.ends_at is not None and row.ends_at > now for row in rows)
        field.help_text += f" {IN_ITS_PLACE if request is not None else FURTHER if is_further else BOOKED}"

    def clean_slots(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["slots"]
        if len(chosen) > MOST_PROPOSED:
            raise ValidationError(f"Bitte wählen Sie höchstens {MOST_PROPOSED} Zeiten.")
        return chosen

    def minutes(self) -> list[int]:
        """Return the chosen beginnings, in minutes since 1970 (UTC)."""
        return [times.to_minute(datetime.fromisoformat(item)) for item in self.cleaned_data["slots"]]

    def message(self) -> str:
        """Return the message to the municipality."""
        times_in_words = "\n".join(
            f"- {in_words(datetime.fromisoformat(item))}" for item in self.cleaned_data["slots"]
        )
        own = self.cleaned_data["text"].strip()
        offer = f"Wir schlagen für „{self.form.name}“ ({self.form.duration} Minuten) vor:"
        return "\n\n".join(part for part in (own, f"{offer}\n{times_in_words}", CHOOSE) if part)


class PlaceForm(CaseForm):
    """Where an appointment takes place; for a video call the link to it."""

    place = forms.ChoiceField(label="Ort")
    place_detail = forms.CharField(
        label="Adresse oder Einwahl", max_length=300, required=False,
        help_text="Bei einem Videogespräch der Link. Alle Beteiligten bekommen eine E-Mail mit der Änderung.",
    )  # fmt: skip

    def __init__(self, *args: Any, appointment: Appointment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("place", appointment.place)
        self.initial.setdefault("place_detail", appointment.place_detail)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = where = _places(appointment.format, appointment)
        _name_the_number(self, where)

    def clean_place_detail(self) -> str:
        return self.cleaned_data["place_detail"].strip()


class HandOverForm(CaseForm):
    """Whose part of an appointment goes to whom; with one adviser there is nothing to choose but to whom."""

    part = forms.TypedChoiceField(label="Wessen Teil?", coerce=int)
    adviser = forms.ModelChoiceField(label="An wen?", queryset=Adviser.objects.none())

    def __init__(self, *args: Any, appointment: Appointment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["adviser"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = from_outside.for_case(self.case)
        _say_who_is_missing(field, self.case)
        crew = record.advised_by(appointment)
        if len(crew) < 2 and "part" not in self.data:
            del self.fields["part"]
            return
        # Who has left by a first click is no choice any more, and yet no error of a second one.
        had = set(appointment.allocations.values_list("adviser", flat=True)).difference(row.pk for row in crew)
        part = self.fields["part"]
        assert isinstance(part, forms.TypedChoiceField)  # noqa: S101 - declared above
        roles = ["Leitung", *["weitere Beratung"] * len(crew)]
        shown = [(row.pk, f"{row} ({role})") for row, role in zip(crew, roles, strict=False)]
        part.choices = [*shown, *((pk, "") for pk in sorted(had))]
        part.widget.choices = shown

    def part_of(self) -> int | None:
        """Return whose part it is (id); None for the lead's."""
        return self.cleaned_data.get("part") or None
