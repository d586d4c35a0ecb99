"""VTIMEZONE of calendar entries (RFC 5545, section 3.6.5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

_SUNDAY = 6
_SUMMER, _WINTER = 3, 10
_SINCE = 1996
"""From this year on summer time ends in October everywhere in the Union (directives up to 2000/84/EC)."""


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() - _SUNDAY) % 7)


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return zone.utcoffset(moment.astimezone(zone)) or timedelta(0)


def _follows_the_union(zone: ZoneInfo, year: int) -> bool:
    """True where clocks change at 01:00 UTC on the last Sundays of March and October in the years around one."""
    for each in range(year - 1, year + 3):
        for month, step in ((_SUMMER, 1), (_WINTER, -1)):
            at = datetime.combine(_last_sunday(each, month), datetime.min.time(), UTC) + timedelta(hours=1)
            if _offset(zone, at) - _offset(zone, at - timedelta(seconds=1)) != timedelta(hours=step):
                return False
    return True


def _part(
    kind: type[TimezoneStandard | TimezoneDaylight], zone: ZoneInfo, month: int
) -> TimezoneStandard | TimezoneDaylight:
    """Return the change of one half of the year; its beginning is told by the clock that ends with it."""
    at = datetime.combine(_last_sunday(_SINCE, month), datetime.min.time(), UTC) + timedelta(hours=1)
    before, after = _offset(zone, at - timedelta(seconds=1)), _offset(zone, at)
    part = kind()
    part.add("dtstart", (at + before).replace(tzinfo=None))
    part.add("rrule", vRecur(freq="yearly", bymonth=month, byday="-1su"))
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    part.add("tzname", at.astimezone(zone).tzname() or "")
    return part


@lru_cache(maxsize=8)
def rules(name: str, year: int) -> Timezone:
    """Return the rules of a zone around a year: those of the Union by rule, others by the dates of four years.

    The rule is written out as calendars know it: icalendar's own lists the change in March an hour late.
    """
    zone = ZoneInfo(name)
    if not _follows_the_union(zone, year):
        return Timezone.from_tzid(name, first_date=date(year - 1, 1, 1), last_date=date(year + 2, 1, 1))
    found = Timezone()
    found.add("tzid", name)
    found.add_component(_part(TimezoneStandard, zone, _WINTER))
    found.add_component(_part(TimezoneDaylight, zone, _SUMMER))
    return found
