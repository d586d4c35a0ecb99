"""Forms for group sessions: a new date, another time, another place or number of seats, a cancellation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from wagtail.admin.widgets import AdminDateInput, AdminTimeInput

from consultations import from_outside, times
from consultations.citizen_form import WarnsOfCitizenData
from consultations.desk.board import topics
from consultations.desk.case_forms import long_text
from consultations.desk.topic_choice import TopicField
from consultations.models import Adviser, Allocation, Format, GroupSession
from consultations.models.format import Place
from consultations.services.placing import Placement
from consultations.states import BLOCKING
from portal.core.text import printable

MOST_SEATS = 500
NOT_THERE = "Dieses Format wird hier nicht angeboten: Bitte wählen Sie einen anderen Ort."


def group_formats() -> Any:
    return Format.objects.filter(active=True, kind=Format.Kind.GROUP)


class SessionForm(forms.Form):
    """Base: texts lose characters that no feed, mail or calendar may hold."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        return {
            name: printable(value).strip() if isinstance(value, str) else value for name, value in cleaned.items()
        }


class MoveForm(SessionForm):
    """When a session takes place (local time) and who leads it; starts with what holds for a session now."""

    day = forms.DateField(label="Tag", widget=AdminDateInput)
    time = forms.TimeField(label="Beginn", widget=AdminTimeInput)
    adviser = forms.ModelChoiceField(label="Leitung", queryset=Adviser.objects.none(), empty_label="Bitte wählen")
    further = forms.ModelMultipleChoiceField(
        label="Weitere Beratende", queryset=Adviser.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: Any, session: GroupSession | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        people = from_outside.advising()
        for name in ("adviser", "further"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
            field.queryset = people
        if session is not None:
            here = session.starts_at.astimezone(times.zone())
            crew = session.allocations.filter(state__in=BLOCKING)
            self.initial.update({
                "day": here.date(), "time": here.time(),
                "adviser": crew.filter(role=Allocation.Role.LEAD).values_list("adviser", flat=True).first(),
                "further": list(crew.exclude(role=Allocation.Role.LEAD).values_list("adviser", flat=True)),
            })  # fmt: skip

    def placement(self) -> Placement:
        """Return what is to be taken; without a place the session keeps the one it has."""
        data = self.cleaned_data
        return Placement(
            form=self.session.format if self.session is not None else data["format"],
            starts_at=datetime.combine(data["day"], data["time"], tzinfo=times.zone()),
            candidates=[data["adviser"].pk], further=[person.pk for person in data["further"]],
            place=data.get("place", ""), place_detail=data.get("place_detail"), by_centre=True,
        )  # fmt: skip


def _title() -> forms.CharField:
    return forms.CharField(label="Titel", max_length=120, help_text="Öffentlich: steht bei den offenen Terminen.")


def _detail() -> forms.CharField:
    return forms.CharField(
        label="Adresse oder Einwahl", max_length=300, required=False,
        help_text="Bei einem Videogespräch der Link. Er steht in den E-Mails an alle mit Platz.",
    )  # fmt: skip


class PlanForm(MoveForm):
    """A new date of a group format."""

    format = forms.ModelChoiceField(label="Format", queryset=Format.objects.none(), empty_label=None)
    title = _title()
    topic = TopicField(
        label="Thema", queryset=topics(None), required=False,
        help_text="Steht bei den offenen Terminen, für alle, die das Thema lesen dürfen.",
    )  # fmt: skip
    place = forms.ChoiceField(label="Ort", choices=Place.choices)
    place_detail = _detail()
    capacity = forms.IntegerField(
        label="Plätze", min_value=1, max_value=MOST_SEATS, required=False,
        help_text="Ohne Angabe so viele, wie das Format vorsieht.",
    )  # fmt: skip
    field_order = (
        "format", "title", "topic", "day", "time", "adviser", "further", "place", "place_detail", "capacity",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["format"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = group_formats()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        chosen, place = cleaned.get("format"), cleaned.get("place")
        if chosen is not None and place and chosen.places and place not in chosen.places:
            self.add_error("place", ValidationError(NOT_THERE))
        return cleaned


class ChangeForm(SessionForm):
    """Title, place and number of seats of a session that is planned."""

    title = _title()
    place = forms.ChoiceField(label="Ort")
    place_detail = _detail()
    capacity = forms.IntegerField(
        label="Plätze", min_value=1, max_value=MOST_SEATS,
        help_text="Kommen Plätze hinzu, werden sie der Warteliste der Reihe nach angeboten.",
    )  # fmt: skip

    def __init__(self, *args: Any, session: GroupSession, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update({name: getattr(session, name) for name in self.fields})
        field, names = self.fields["place"], dict(Place.choices)
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        offered = dict.fromkeys([*(session.format.places or names), session.place])
        field.choices = [(key, names[key]) for key in offered if key in names]


class CancelForm(WarnsOfCitizenData, SessionForm):
    written = ("reason",)
    reason = long_text("Grund", 500, rows=3, required=False, help_text="Die Kommunen lesen diesen Text.")

    def __init__(self, *args: Any, session: GroupSession, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
