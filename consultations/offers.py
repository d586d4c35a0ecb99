"""What can be booked, as people choose it: free times by day, the next first, and planned group sessions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone

from consultations import queries, times
from consultations.models import Appointment, Format, GroupSession
from consultations.queries import Asked
from consultations.services.placing import Placement
from consultations.slots import Slot
from consultations.states import AppointmentState, SessionState, WaitingState

SHOWN_DAYS = 5
"""So many days with free times are on a page; later ones on the next."""


@dataclass(frozen=True)
class Choice:
    """A beginning on a button: `value` is its minute since 1970 (UTC), the times are aware."""

    value: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Day:
    day: date
    choices: list[Choice]


@dataclass(frozen=True)
class Days:
    """Some days with free times, from which day they were asked for, and the first of the next page."""

    days: list[Day]
    later: date | None = None
    first: date | None = None


@dataclass(frozen=True)
class Session:
    """A planned date of a group format with what is free."""

    session: GroupSession
    free: int
    waiting: int
    bookable: bool

    @property
    def is_full(self) -> bool:
        return self.free < 1


def _day(day: date, rows: Sequence[Slot]) -> Day:
    return Day(day, [Choice(times.to_minute(row.starts_at), row.starts_at, row.ends_at) for row in rows])


def days_of(form: Format, minutes: Iterable[int]) -> Days:
    """Return some beginnings of a format (minutes since 1970, UTC) by day, all of them on one page."""
    starts = [times.from_minute(minute) for minute in sorted(minutes)]
    choices = [Choice(times.to_minute(start), start, start + form.length) for start in starts]
    days = groupby(choices, key=lambda choice: times.local_day(choice.starts_at))
    return Days([Day(day, list(rows)) for day, rows in days])


def free_days(
    asked: Asked,
    *,
    first: date | None = None,
    instead_of: Appointment | None = None,
    without: Collection[int] = (),
) -> Days:
    """Return the next days with free times from a local day on.

    Left out are the time of what is to be given up for it, and beginnings that are shown elsewhere (minutes).
    """
    own = (instead_of.starts_at, instead_of.ends_at) if instead_of is not None else None
    slots = [
        row
        for row in queries.free_slots(asked, first=first)
        if (row.starts_at, row.ends_at) != own and times.to_minute(row.starts_at) not in without
    ]
    days = [_day(day, list(rows)) for day, rows in groupby(slots, key=lambda slot: slot.day)]
    return Days(days[:SHOWN_DAYS], days[SHOWN_DAYS].day if len(days) > SHOWN_DAYS else None, first)


def day_asked(request: HttpRequest) -> date | None:
    """Return the day free times are shown from: of the button or link of later ones, else of the page in use.

    "ab" is the one that turns the page, "von" goes along with every other button: a refusal keeps the page.
    """
    said = request.POST.get("ab") or request.POST.get("von") or request.GET.get("ab", "")
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def asked_for(form: Format, *, topic: Any = None, municipality: Any = None, now: datetime | None = None) -> Asked:
    """Return whose times count for a concern."""
    advisers = queries.competent_advisers(form=form, topic=topic, municipality=municipality)
    return Asked(form, advisers, now or timezone.now())


def placement(asked: Asked, minute: int, *, place: str = "") -> Placement:
    """Return what to take for a chosen minute.

    Raises:
        ValueError: The minute is none of this world.
    """
    try:
        starts_at = times.from_minute(minute)
    except OverflowError as error:
        raise ValueError from error
    return Placement(
        form=asked.form, starts_at=starts_at, candidates=asked.advisers, further=asked.further, place=place
    )


def minute_of(value: str) -> int | None:
    """Return the minute of a button; None for what is none."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def sessions(form: Format | None = None, *, now: datetime | None = None) -> list[Session]:
    """Return the planned sessions to come, the next first: 1 query.

    A seat whose hold has run out and that nobody has freed yet counts as free.
    """
    moment = now or timezone.now()
    held = AppointmentState.HELD
    over = Q(seats__appointment__state=held, seats__appointment__held_until__lte=moment)
    rows = GroupSession.objects.filter(state=SessionState.CONFIRMED, starts_at__gt=moment, format__active=True)
    if form is not None:
        rows = rows.filter(format=form)
    waiting = Count("waiting", filter=Q(waiting__state=WaitingState.WAITING), distinct=True)
    rows = rows.select_related("format", "topic").annotate(
        taken=Count("seats", filter=~over, distinct=True), queue=waiting
    )
    found = []
    for row in rows.order_by("starts_at", "pk"):
        taken, queue = getattr(row, "taken", 0), getattr(row, "queue", 0)
        bookable = row.starts_at >= moment + timedelta(hours=row.format.notice_hours)
        found.append(Session(row, max(row.capacity - taken - queue, 0), queue, bookable))
    return found
