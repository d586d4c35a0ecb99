"""Every read of the calendar that joins: diaries, free times, who can advise, the load of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, Count, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from consultations import models, slots, times
from consultations.closures import closed_days
from consultations.models import (
    Absence,
    Adviser,
    Allocation,
    Appointment,
    DateOverride,
    Format,
    WeeklyHours,
)
from consultations.slots import Diary, Frame, Hours, Rules, Slot
from consultations.states import BLOCKING, COUNTED, OPEN_CASES, AppointmentState

_LONGEST = timedelta(days=3)
"""What one appointment takes at most: its duration and two buffers, a day each (`Format`)."""

_SATURDAY = 5


class Minute(Func):
    """A moment of the database as the minutes of `consultations.times`: thousands of them, as plain numbers."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / 60"
        return super().as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(EXTRACT(EPOCH FROM %(expressions)s)::bigint / 60)"
        return super().as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True)
class Asked:
    """Whose times of a format are asked for, at which moment (aware).

    `ignore` is an appointment that is about to be moved: its own time counts as free. `by_centre`: people of the
    centre need no notice and look further ahead. `further` advisers come along: a time is free only where all of
    them have it too.
    """

    form: Format
    advisers: Sequence[int]
    now: datetime
    ignore: int | None = None
    by_centre: bool = False
    further: Sequence[int] = ()

    @property
    def people(self) -> list[int]:
        """Everybody whose diary is looked at, once (ids)."""
        return list(dict.fromkeys([*self.advisers, *self.further]))

    @property
    def rules(self) -> Rules:
        return Rules.of(self.form, by_centre=self.by_centre)


def competent_advisers(*, form: Format | None, topic: Any = None, municipality: Any = None) -> list[int]:
    """Return who can be asked for a format, a topic and a municipality, the least busy first (ids).

    A topic counts for those below it. External advisers are never among them. Without formats, topics or regions
    an adviser has all of them; towns without district belong to everybody.
    """
    rows = Adviser.objects.filter(active=True, external=False, user__is_active=True)
    if form is not None:
        rows = rows.filter(Q(formats=None) | Q(formats=form))
    if topic is not None:
        paths = [topic.path[: topic.steplen * (step + 1)] for step in range(topic.depth)]
        rows = rows.filter(Q(topics=None) | Q(topics__path__in=paths))
    if municipality is not None and municipality.district_id:
        rows = rows.filter(Q(regions=None) | Q(regions=municipality.district_id))
    return by_load(rows.distinct().values_list("pk", flat=True))


@dataclass(frozen=True)
class Load:
    """What somebody has before them: booked minutes to come, open cases they lead; weight in per cent."""

    minutes: int
    cases: int
    weight: int

    @property
    def value(self) -> float:
        """Hours, an open case counted as one, for a full post."""
        return (self.minutes / 60 + self.cases) / self.weight * 100


def loads(advisers: Iterable[int]) -> dict[int, Load]:
    """Return the load of advisers (ids) that exist; one query."""
    ahead = Allocation.objects.filter(
        adviser=OuterRef("pk"), state__in=BLOCKING, blocks_until__gt=timezone.now()
    ).order_by()
    length = F("blocks_until") - F("blocks_from")
    cases = models.Case.objects.filter(lead=OuterRef("pk"), state__in=OPEN_CASES).order_by()
    rows = Adviser.objects.filter(pk__in=list(advisers)).annotate(
        booked=Subquery(ahead.values("adviser").annotate(sum=Sum(length)).values("sum")),
        cases=Coalesce(Subquery(cases.values("lead").annotate(n=Count("pk")).values("n")), 0),
    )
    return {
        pk: Load(int((booked or timedelta()).total_seconds()) // 60, number, weight)
        for pk, booked, number, weight in rows.values_list("pk", "booked", "cases", "weight")
    }


def by_load(advisers: Iterable[int]) -> list[int]:
    """Return advisers (ids), those with the least open work for their weight first; one query."""
    ids = list(advisers)
    if len(ids) < 2:
        return ids
    load = loads(ids)
    return sorted((pk for pk in ids if pk in load), key=lambda pk: (load[pk].value, pk))


def away_on(day: date) -> set[int]:
    """Return who is away on a local day (ids); one query."""
    rows = Absence.objects.filter(first_day__lte=day, last_day__gte=day)
    return set(rows.values_list("adviser", flat=True))


def _taken(asked: Asked, first: date, last: date) -> tuple[dict[int, list[slots.Range]], dict[int, list[date]]]:
    """Return busy ranges and counted days of advisers in some weeks; one query.

    A hold that has run out takes nothing. What took place counts for the limits and is no longer busy.
    """
    here = times.zone()
    since = datetime.combine(times.week_of(first), time(), tzinfo=here)
    until = datetime.combine(times.week_of(last) + timedelta(days=7), time(), tzinfo=here)
    margin = timedelta(days=1)  # buffers reach over the edge
    rows = Allocation.objects.filter(
        adviser__in=asked.people,
        state__in=COUNTED,
        blocks_until__gt=since - margin,
        blocks_from__lt=until + margin,
        # So that the index of beginnings is read from here on and not from an adviser's first day at work.
        blocks_from__gt=since - margin - _LONGEST,
    ).exclude(appointment__held_until__lte=asked.now, state=AppointmentState.HELD)
    if asked.ignore is not None:
        rows = rows.exclude(appointment=asked.ignore)
    busy: dict[int, list[slots.Range]] = defaultdict(list)
    counted: dict[int, list[date]] = defaultdict(list)
    begins = Case(
        When(appointment__format=asked.form, then=Minute("appointment__starts_at")),
        When(session__format=asked.form, then=Minute("session__starts_at")),
    )
    columns = ("adviser", "state", Minute("blocks_from"), Minute("blocks_until"), begins)
    for adviser, state, start, end, begin in rows.order_by().values_list(*columns):
        if state in BLOCKING:
            busy[adviser].append((start, end))
        if begin is not None:
            counted[adviser].append(times.local_day(times.from_minute(begin)))
    return busy, counted


def _hours(advisers: Collection[int], first: date, last: date) -> dict[int, dict[int, list[Hours]]]:
    found: dict[int, dict[int, list[Hours]]] = defaultdict(lambda: defaultdict(list))
    rows = WeeklyHours.objects.filter(adviser__in=advisers).filter(
        Q(valid_from=None) | Q(valid_from__lte=last), Q(valid_until=None) | Q(valid_until__gte=first)
    )
    columns = ("adviser", "weekday", "starts", "ends", "valid_from", "valid_until")
    for adviser, weekday, *rest in rows.order_by().values_list(*columns):
        found[adviser][weekday].append(Hours(*rest))
    return found


def _overrides(
    advisers: Collection[int], first: date, last: date
) -> dict[int, dict[date, list[tuple[time, time]]]]:
    found: dict[int, dict[date, list[tuple[time, time]]]] = defaultdict(lambda: defaultdict(list))
    rows = DateOverride.objects.filter(adviser__in=advisers, day__range=(first, last))
    for adviser, day, starts, ends in rows.order_by().values_list("adviser", "day", "starts", "ends"):
        times_of_day = found[adviser][day]  # without times: the day stays, and is empty
        if starts is not None and ends is not None:
            times_of_day.append((starts, ends))
    return found


def _absences(advisers: Collection[int], first: date, last: date) -> dict[int, list[tuple[date, date]]]:
    found: dict[int, list[tuple[date, date]]] = defaultdict(list)
    rows = Absence.objects.filter(adviser__in=advisers, first_day__lte=last, last_day__gte=first)
    for adviser, start, end in rows.order_by().values_list("adviser", "first_day", "last_day"):
        found[adviser].append((start, end))
    return found


def _elsewhere(advisers: Collection[int], first: date, last: date) -> dict[int, list[slots.Range]]:
    """Return when advisers are busy by their own calendars (`consultations.busy`); one query."""
    here, margin = times.zone(), timedelta(days=1)  # buffers reach over the edge
    start = datetime.combine(first, time(), tzinfo=here) - margin
    end = datetime.combine(last, time(), tzinfo=here) + 2 * margin
    found: dict[int, list[slots.Range]] = defaultdict(list)
    rows = models.BusyTime.objects.filter(adviser__in=advisers, ends_at__gt=start, starts_at__lt=end).order_by()
    for adviser, begins, ends in rows.values_list("adviser", Minute("starts_at"), Minute("ends_at")):
        found[adviser].append((begins, ends))
    return found


def diaries(asked: Asked, first: date, last: date) -> list[Diary]:
    """Return the diaries of advisers for some days (both included), in the order asked for: 5 queries."""
    people = asked.people
    hours, overrides = _hours(people, first, last), _overrides(people, first, last)
    away = _absences(people, first, last)
    busy, counted = _taken(asked, first, last)
    elsewhere = _elsewhere(people, first, last)
    return [
        Diary(
            adviser=pk,
            weekly=hours[pk],
            overrides=overrides[pk],
            away=away[pk],
            busy=[*busy[pk], *elsewhere[pk]],
            counted=counted[pk],
        )
        for pk in people
    ]


def working_hours(advisers: Collection[int], first: date, last: date) -> list[Diary]:
    """Return the diaries of advisers for some days (both included) without what is taken: 3 queries."""
    hours, overrides = _hours(advisers, first, last), _overrides(advisers, first, last)
    away = _absences(advisers, first, last)
    return [Diary(adviser=pk, weekly=hours[pk], overrides=overrides[pk], away=away[pk]) for pk in advisers]


def days_off(days: Iterable[date]) -> set[date]:
    """Return those of some days without advice: closed ones, and weekend days nobody has hours on; 5 queries."""
    wanted = sorted(set(days))
    if not wanted:
        return set()
    advisers = Adviser.objects.filter(active=True, external=False, user__is_active=True).values_list(
        "pk", flat=True
    )
    closed, zone = closed_days(wanted[0], wanted[-1]), times.zone()
    people = working_hours(list(advisers), wanted[0], wanted[-1])
    return {
        day
        for day in wanted
        if day in closed or (day.weekday() >= _SATURDAY and not any(one.windows(day, zone) for one in people))
    }


def frame(asked: Asked, first: date, last: date) -> Frame:
    """Return what holds for all advisers in some days: 1 query."""
    return Frame(now=asked.now, closed=frozenset(closed_days(first, last)), zone=times.zone())


def free_slots(
    asked: Asked, *, first: date | None = None, last: date | None = None, together: bool = False
) -> list[Slot]:
    """Return the free times of any of the advisers, or of all of them `together`, in order of time: 6 queries.

    Without days: from today to the end of the format's horizon.
    """
    today = times.local_day(asked.now)
    first = max(first or today, today)
    end = today + timedelta(days=asked.rules.horizon_days)
    last = min(last or end, end)
    if not asked.advisers or first > last:
        return []
    found = diaries(asked, first, last)
    days, around = times.days_between(first, last), frame(asked, first, last)
    way = slots.together if together else slots.free
    leads = [diary for diary in found if diary.adviser in asked.advisers]
    free = way(asked.rules, leads, days, around)
    if not asked.further:
        return free
    along = [diary for diary in found if diary.adviser in asked.further]
    possible = {slot.starts_at for slot in slots.together(asked.rules, along, days, around)}
    return [slot for slot in free if slot.starts_at in possible]


def current(appointment: Appointment) -> Appointment:
    """Return what an appointment has become: the latest row of its thread."""
    return Appointment.objects.filter(thread=appointment.thread).order_by("-sequence")[0]


def ahead_of(adviser: Adviser, first: date, last: date) -> QuerySet[Allocation]:
    """Return what an adviser is booked for on some local days (both included) and that still blocks."""
    here = times.zone()
    start = datetime.combine(first, time(), tzinfo=here)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=here)
    now = timezone.now()
    rows = Allocation.objects.filter(
        adviser=adviser, state__in=BLOCKING, blocks_from__lt=end, blocks_until__gt=max(start, now)
    ).exclude(appointment__held_until__lte=now, state=AppointmentState.HELD)
    return rows.select_related("appointment__case", "session").order_by("blocks_from", "pk")
