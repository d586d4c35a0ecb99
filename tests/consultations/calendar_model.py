"""An oracle of the calendar that shares no code with it: plain rows, wall clocks, minute by minute.

It knows what everybody works, when they are away, and what has been booked; it says whether a booking has to
succeed, and what the database has to hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
STEP, LENGTH, AFTER = 30, 60, 15
NOTICE = timedelta(hours=2)
HORIZON = 14
PER_DAY = 3
# Good Friday, Easter Monday, a closure of the centre.
CLOSED = {date(2027, 3, 26), date(2027, 3, 29), date(2027, 3, 31)}


@dataclass
class Taken:
    """One appointment as its owner knows it."""

    start: datetime
    crew: list[int]
    until: datetime | None = None  # of a hold

    def lives(self, now: datetime) -> bool:
        return self.until is None or self.until > now


@dataclass
class Model:
    """Hours by adviser and weekday, exceptions by adviser and day, absences, and what lives."""

    hours: dict[int, dict[int, list[tuple[time, time]]]]
    exceptions: dict[tuple[int, date], list[tuple[time, time]]] = field(default_factory=dict)
    away: set[tuple[int, date]] = field(default_factory=set)
    taken: dict[int, Taken] = field(default_factory=dict)
    over: list[Taken] = field(default_factory=list)  # took place

    def works(self, adviser: int, start: datetime) -> bool:
        """True when somebody works through an appointment, by the clock on the wall, every five minutes."""
        day = start.astimezone(BERLIN).date()
        spans = self.exceptions.get((adviser, day), self.hours[adviser].get(day.weekday(), []))
        if day in CLOSED or (adviser, day) in self.away:
            return False
        for opens, closes in spans:
            clocks = [(start + timedelta(minutes=minute)).astimezone(BERLIN) for minute in range(0, LENGTH, 5)]
            if all(clock.date() == day and opens <= clock.time() < closes for clock in clocks):
                return True
        return False

    def on_grid(self, start: datetime) -> bool:
        """All hours of the model begin on the half hour."""
        return start.minute % STEP == 0 and start.second == 0

    def is_free(self, adviser: int, start: datetime, now: datetime, without: int | None = None) -> bool:
        until = start + timedelta(minutes=LENGTH + AFTER)
        for pk, other in self.taken.items():
            if pk == without or adviser not in other.crew or not other.lives(now):
                continue
            if start < other.start + timedelta(minutes=LENGTH + AFTER) and other.start < until:
                return False
        return True

    def is_full(self, adviser: int, start: datetime, now: datetime, without: int | None = None) -> bool:
        day = start.astimezone(BERLIN).date()
        rows = [row for pk, row in self.taken.items() if pk != without and row.lives(now)] + self.over
        same = [row for row in rows if adviser in row.crew and row.start.astimezone(BERLIN).date() == day]
        return len(same) >= PER_DAY

    def may_book(
        self,
        crew: list[int],
        start: datetime,
        now: datetime,
        without: int | None = None,
        notice: timedelta = NOTICE,
    ) -> bool:
        """True when a booking has to succeed, false when it has to be refused."""
        today = now.astimezone(BERLIN).date()
        return (
            self.on_grid(start)
            and start >= now + notice
            and start.astimezone(BERLIN).date() <= today + timedelta(days=HORIZON)
            and all(
                self.works(adviser, start)
                and self.is_free(adviser, start, now, without)
                and not self.is_full(adviser, start, now, without)
                for adviser in crew
            )
        )

    def ahead(self, adviser: int, day: date, now: datetime) -> list[Taken]:
        """Return what somebody is booked for on a day and that is not over."""
        return [
            row
            for row in self.taken.values()
            if adviser in row.crew
            and row.lives(now)
            and row.start.astimezone(BERLIN).date() == day
            and row.start + timedelta(minutes=LENGTH + AFTER) > now
        ]
