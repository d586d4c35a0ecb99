"""Busy times out of a foreign calendar (RFC 5545), with hard limits; knows neither Django nor the database.

It runs as a process of its own (`python -m consultations.ics_reading`, see `consultations.busy`), because neither
a parser nor a recurrence that never comes to an end can be stopped from within: the time and memory of a process
can. It reads the calendar from its input and writes {"busy": [[from, until], …], "skipped": n} or {"problem": …};
moments are whole minutes since 1970 (UTC). Nothing else of the calendar leaves the process: no titles, places or
people.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar

Range = tuple[int, int]
MOST_EVENTS, MOST_OCCURRENCES, MOST_RANGES = 20_000, 2_000, 20_000
MOST_STEPS = 200_000
CPU_SECONDS, MEMORY = 20, 1024 * 1024 * 1024
TOO_MANY = "Der Kalender hat zu viele Einträge. Geben Sie einen Kalender mit weniger Einträgen an."
NO_CALENDAR = (
    "Das ist kein Kalender (iCalendar, .ics). Nehmen Sie den ICS-Freigabelink Ihres Kalenders, oder laden Sie "
    "eine Datei hoch, die Ihr Kalenderprogramm als .ics gespeichert hat."
)
_FREE = {"TRANSPARENT", "FREE", "WORKINGELSEWHERE"}  # the last: at home, and there for advice
# Every hour or more often: nobody's appointments, and expanding it from long ago never ends.
_TOO_OFTEN = ("HOURLY", "MINUTELY", "SECONDLY")


class NotReadable(Exception):  # noqa: N818 - no fault of the program
    """A calendar cannot be used; the sentence is for people."""


def minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _moment(value: Any, where: tzinfo) -> datetime:
    """Return an aware moment; what has no zone is local (floating), a day begins at its local midnight."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value if value.tzinfo is not None else value.replace(tzinfo=where)


def _wall(moment: datetime, zone: tzinfo | None, where: tzinfo) -> datetime:
    return moment.astimezone(zone or where).replace(tzinfo=None)


def _values(event: Any, name: str) -> Iterator[Any]:
    """Yield the dates of EXDATE or RDATE, which may stand in several lines."""
    found = event.get(name)
    for item in found if isinstance(found, list) else [found] if found is not None else []:
        yield from (getattr(entry, "dt", entry) for entry in getattr(item, "dts", []))


class _Series:
    """One event with its recurrence, on the wall clock of its zone: a change of clocks moves nothing."""

    def __init__(self, event: Any, where: tzinfo, first: datetime, last: datetime) -> None:
        self.event, self.where, self.first, self.last = event, where, first, last
        start = event.decoded("dtstart")
        self.is_day = not isinstance(start, datetime)
        self.begins = _moment(start, where)
        self.zone = self.begins.tzinfo
        self.wall = self.begins.replace(tzinfo=None)
        self.length = self._length()

    def _length(self) -> timedelta:
        if "dtend" in self.event:
            end = self.event.decoded("dtend")
            if self.is_day:
                return _moment(end, self.where).replace(tzinfo=None) - self.wall
            return _moment(end, self.where) - self.begins
        if "duration" in self.event:
            return self.event.decoded("duration")
        return timedelta(days=1) if self.is_day else timedelta()

    def _rule(self) -> tuple[Iterable[datetime], datetime]:
        """Return the rule on the wall clock and where it ends: with the window, or earlier."""
        rule = self.event["rrule"]
        if isinstance(rule, list):
            rule = rule[0]
        if str(rule.get("FREQ", [""])[0]).upper() in _TOO_OFTEN:
            raise ValueError("too often")
        parts = rule.copy()
        until = parts.pop("UNTIL", None)
        text = parts.to_ical().decode()
        end = _wall(self.last, self.zone, self.where)
        if until:
            value = until[0] if isinstance(until, list) else until
            closing = (
                _wall(_moment(value, self.where), self.zone, self.where)
                if isinstance(value, datetime)
                else datetime.combine(value, time.max)
            )
            end = min(end, closing)
        return rrulestr(text, dtstart=self.wall, cache=False), end

    def walls(self) -> Iterator[datetime]:
        """Yield the beginnings within the window as wall times, those left out and put in included."""
        gone = {
            _wall(_moment(value, self.where), self.zone, self.where) for value in _values(self.event, "exdate")
        }
        added = [
            _wall(_moment(value, self.where), self.zone, self.where) for value in _values(self.event, "rdate")
        ]
        begin = _wall(self.first, self.zone, self.where) - self.length
        found: Iterable[datetime] = [self.wall]
        if "rrule" in self.event:
            rule, end = self._rule()
            found = _until(rule, end)
        number = 0
        for wall in chain(added, found):
            if wall < begin or wall in gone:
                continue
            number += 1
            if number > MOST_OCCURRENCES:
                return
            yield wall

    def ranges(self, moved: set[datetime]) -> Iterator[Range]:
        """Yield busy ranges; `moved` are the beginnings that another event of the series replaces."""
        for wall in self.walls():
            start = wall.replace(tzinfo=self.zone)
            if start.astimezone(UTC) in moved:
                continue
            end = (
                (wall + self.length).replace(tzinfo=self.zone)
                if self.is_day
                else start.astimezone(UTC) + self.length
            )
            if end > self.first and start < self.last and end > start:
                yield (
                    max(minute(start), minute(self.first)),
                    min(-(-int(end.timestamp()) // 60), minute(self.last)),
                )


def _until(rule: Iterable[datetime], end: datetime) -> Iterator[datetime]:
    for wall in islice(rule, MOST_STEPS):
        if wall > end:
            return
        yield wall


def _is_free(event: Any, own_host: str) -> bool:
    """True for what takes nobody's time, and for the portal's own appointments that came back by a feed."""
    words = {str(event.get(name, "")).upper() for name in ("transp", "x-microsoft-cdo-busystatus")}
    own = bool(own_host) and str(event.get("uid", "")).lower().endswith(f"@{own_host.lower()}")
    return own or bool(words & _FREE) or str(event.get("status", "")).upper() == "CANCELLED"


def _periods(component: Any, where: tzinfo, first: datetime, last: datetime) -> Iterator[Range]:
    """Yield the ranges of a VFREEBUSY."""
    found = component.get("freebusy")
    for item in found if isinstance(found, list) else [found] if found is not None else []:
        if str(getattr(item, "params", {}).get("FBTYPE", "BUSY")).upper() == "FREE":
            continue
        for start, end in [item.dt] if hasattr(item, "dt") else [entry.dt for entry in getattr(item, "dts", [])]:
            begins = _moment(start, where)
            ends = begins + end if isinstance(end, timedelta) else _moment(end, where)
            if ends > first and begins < last and ends > begins:
                yield max(minute(begins), minute(first)), min(minute(ends), minute(last))


def _components(data: bytes) -> list[Any]:
    try:
        calendars = Calendar.from_ical(data, multiple=True)
        found = [item for calendar in calendars if calendar.name == "VCALENDAR" for item in calendar.walk()]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, RecursionError) as error:
        raise NotReadable(NO_CALENDAR) from error
    if not found:
        raise NotReadable(NO_CALENDAR)
    wanted = [item for item in found if item.name in ("VEVENT", "VFREEBUSY")]
    if len(wanted) > MOST_EVENTS:
        raise NotReadable(TOO_MANY)
    return wanted


def _moved(events: Iterable[Any], where: tzinfo) -> dict[str, set[datetime]]:
    """Return which beginnings of which series are replaced by events of their own (RECURRENCE-ID)."""
    found: dict[str, set[datetime]] = {}
    for event in events:
        if "recurrence-id" in event:
            value = _moment(event.decoded("recurrence-id"), where).astimezone(UTC)
            found.setdefault(str(event.get("uid", "")), set()).add(value)
    return found


def busy_times(
    data: bytes, *, first: datetime, last: datetime, where: tzinfo, own_host: str = ""
) -> tuple[list[Range], int]:
    """Return the busy ranges of a calendar between two moments, merged, and how many entries could not be read.

    Raises:
        NotReadable: It is no calendar, or has too many entries.
    """
    components = _components(data)
    skipped, found = 0, list[Range]()
    moved = _moved((item for item in components if item.name == "VEVENT"), where)
    for item in components:
        try:
            if item.name == "VFREEBUSY":
                found += list(_periods(item, where, first, last))
            elif not _is_free(item, own_host):
                replaced = set() if "recurrence-id" in item else moved.get(str(item.get("uid", "")), set())
                found += list(_Series(item, where, first, last).ranges(replaced))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, IndexError):
            skipped += 1
        if len(found) > MOST_RANGES:
            raise NotReadable(TOO_MANY)
    return _merged(found), skipped


def _merged(ranges: Iterable[Range]) -> list[Range]:
    found: list[Range] = []
    for start, end in sorted(ranges):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def main(arguments: list[str]) -> None:
    """Read from the input between two days (ISO, both UTC), in a zone, leaving out one host's own events."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    first, last = (datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC) for text in arguments[:2])
    try:
        ranges, skipped = busy_times(
            sys.stdin.buffer.read(), first=first, last=last, where=ZoneInfo(arguments[2]), own_host=arguments[3]
        )
        answer: dict[str, Any] = {"busy": ranges, "skipped": skipped}
    except NotReadable as error:
        answer = {"problem": str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
