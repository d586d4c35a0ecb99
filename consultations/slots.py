"""Which times are free: computed day by day from hours, exceptions, absences, closures and what is taken.

Nothing here asks the database (`consultations.queries` does, with a constant number of queries) or the clock.
Moments are minutes since 1970, UTC (`consultations.times`); days are local days of the centre. An appointment lies
within the hours of work; its buffers only keep it apart from other appointments. `refusal` says of one beginning
why it is not free, `starts` lists all that are; both follow the same rules and a test compares them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cached_property
from zoneinfo import ZoneInfo

from consultations import times
from consultations.models import Format

Range = tuple[int, int]


class Refusal(Enum):
    """Why a beginning is not free."""

    LATE = "late"
    """It has passed, or lies within the notice."""
    FAR = "far"
    CLOSED = "closed"
    AWAY = "away"
    HOURS = "hours"
    LIMIT = "limit"
    TAKEN = "taken"


@dataclass(frozen=True)
class Rules:
    """What a format asks, in minutes and days. `duration` is without the buffers."""

    duration: int
    step: int
    before: int = 0
    after: int = 0
    notice: int = 0
    horizon_days: int = 366
    per_day: int | None = None
    per_week: int | None = None

    @classmethod
    def of(cls, form: Format, *, by_centre: bool = False) -> Rules:
        """Return the rules of a format; the centre itself needs no notice and looks further ahead."""
        return cls(
            duration=form.duration, step=form.step, before=form.buffer_before, after=form.buffer_after,
            notice=0 if by_centre else form.notice_hours * 60,
            horizon_days=366 if by_centre else form.horizon_days,
            per_day=form.per_day, per_week=form.per_week,
        )  # fmt: skip


@dataclass(frozen=True)
class Hours:
    """Hours of one weekday in local time, valid from and until days (both included; None: no end)."""

    starts: time
    ends: time
    valid_from: date | None = None
    valid_until: date | None = None

    def hold_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass
class Diary:
    """One adviser's hours and what is taken. `busy` are ranges with their buffers, in any order.

    `counted` are the beginnings of appointments of the format asked for, for its limits. An override of a day
    replaces its weekly hours; an empty one means that there are none.
    """

    adviser: int
    weekly: Mapping[int, Sequence[Hours]] = field(default_factory=dict)
    overrides: Mapping[date, Sequence[tuple[time, time]]] = field(default_factory=dict)
    away: Sequence[tuple[date, date]] = ()
    busy: Sequence[Range] = ()
    counted: Sequence[date] = ()

    @cached_property
    def taken(self) -> list[Range]:
        """The busy ranges in order, those that touch or overlap as one."""
        return merged(self.busy)

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end in self.taken]

    @cached_property
    def _by_day(self) -> Counter[date]:
        return Counter(self.counted)

    @cached_property
    def _by_week(self) -> Counter[date]:
        return Counter(times.week_of(day) for day in self.counted)

    def is_away(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.away)

    def is_full(self, day: date, rules: Rules) -> bool:
        """True when a limit of the format is reached on a day or in its week."""
        return (rules.per_day is not None and self._by_day[day] >= rules.per_day) or (
            rules.per_week is not None and self._by_week[times.week_of(day)] >= rules.per_week
        )

    def windows(self, day: date, zone: ZoneInfo) -> list[Range]:
        """Return the hours of a day as ranges, in order and without overlap."""
        spans = self.overrides.get(day)
        if spans is None:
            spans = [
                (hours.starts, hours.ends) for hours in self.weekly.get(day.weekday(), ()) if hours.hold_on(day)
            ]
        return merged(part for starts, ends in spans for part in times.span_of(day, starts, ends, zone))

    def is_taken(self, start: int, end: int) -> bool:
        """True when something overlaps a range (buffers of both included)."""
        place = bisect_right(self._ends, start)
        return place < len(self.taken) and self.taken[place][0] < end


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges in order, those that touch or overlap as one."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


@dataclass(frozen=True)
class Frame:
    """What holds for all advisers: the moment of asking (aware), the closed days, the time zone."""

    now: datetime
    closed: Collection[date]
    zone: ZoneInfo

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def earliest(self, rules: Rules) -> int:
        return times.to_minute_up(self.now) + rules.notice

    def last_day(self, rules: Rules) -> date:
        return self.today + timedelta(days=rules.horizon_days)


def starts(rules: Rules, diary: Diary, days: Iterable[date], frame: Frame) -> Iterator[int]:
    """Yield every free beginning of one adviser on some days, in their order."""
    earliest, last_day = frame.earliest(rules), frame.last_day(rules)
    for day in days:
        if day > last_day or day in frame.closed or diary.is_away(day) or diary.is_full(day, rules):
            continue
        for opens, closes in diary.windows(day, frame.zone):
            for start in range(opens, closes - rules.duration + 1, rules.step):
                if start < earliest:
                    continue
                if not diary.is_taken(start - rules.before, start + rules.duration + rules.after):
                    yield start


def refusal(rules: Rules, diary: Diary, start: int, frame: Frame, *, grid: bool = True) -> Refusal | None:
    """Return why a beginning is not free for an adviser; None when it is. Without `grid` any minute will do."""
    step = rules.step if grid else 1
    day = times.from_minute(start).astimezone(frame.zone).date()
    within = any(
        opens <= start <= closes - rules.duration and (start - opens) % step == 0
        for opens, closes in diary.windows(day, frame.zone)
    )
    reasons = (
        (start < frame.earliest(rules), Refusal.LATE),
        (day > frame.last_day(rules), Refusal.FAR),
        (day in frame.closed, Refusal.CLOSED),
        (diary.is_away(day), Refusal.AWAY),
        (not within, Refusal.HOURS),
        (diary.is_full(day, rules), Refusal.LIMIT),
        (diary.is_taken(start - rules.before, start + rules.duration + rules.after), Refusal.TAKEN),
    )
    return next((reason for holds, reason in reasons if holds), None)


@dataclass(frozen=True)
class Slot:
    """A free time (aware, UTC) and the advisers who have it, in the order they were asked for."""

    starts_at: datetime
    ends_at: datetime
    advisers: tuple[int, ...]

    @property
    def day(self) -> date:
        """The local day it belongs to."""
        return times.local_day(self.starts_at)


def free(rules: Rules, diaries: Iterable[Diary], days: Sequence[date], frame: Frame) -> list[Slot]:
    """Return the free times of any of some advisers ("anyone") in order of time."""
    found: dict[int, list[int]] = {}
    for diary in diaries:
        for start in starts(rules, diary, days, frame):
            found.setdefault(start, []).append(diary.adviser)
    return [
        Slot(times.from_minute(start), times.from_minute(start + rules.duration), tuple(found[start]))
        for start in sorted(found)
    ]


def together(rules: Rules, diaries: Sequence[Diary], days: Sequence[date], frame: Frame) -> list[Slot]:
    """Return the times that all of some advisers have free at once."""
    names = {diary.adviser for diary in diaries}
    return [slot for slot in free(rules, diaries, days, frame) if names == set(slot.advisers)]
