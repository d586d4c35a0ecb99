"""From wall time to moments and back: days and hours of the centre are local, the database holds UTC.

Moments are whole minutes since 1970 (UTC) here, so that thousands of ranges can be compared as numbers.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

MINUTES_A_DAY = 24 * 60
EPOCH = date(1970, 1, 1).toordinal()


def zone() -> ZoneInfo:
    """The time zone of the centre."""
    return ZoneInfo(settings.TIME_ZONE)


def to_minute(moment: datetime) -> int:
    """Return the whole minute a moment (aware) lies in."""
    return int(moment.timestamp()) // 60


def to_minute_up(moment: datetime) -> int:
    """Return the first whole minute that is not before a moment (aware)."""
    return -int(-moment.timestamp() // 60)


def from_minute(minute: int) -> datetime:
    """Return a minute as an aware moment in UTC."""
    return datetime.fromtimestamp(minute * 60, UTC)


def local_day(moment: datetime) -> date:
    """Return the day a moment (aware) belongs to in the centre's time zone."""
    return moment.astimezone(zone()).date()


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def days_between(first: date, last: date) -> list[date]:
    """Return the days from first to last, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@lru_cache(maxsize=4096)
def _clocks(day: date, where: ZoneInfo) -> tuple[tuple[int, int, int], ...]:
    """Return the stretches of a day on which clocks keep one offset: first minute, end, offset in minutes.

    There is one, or two on a day of a change-over.
    """
    first, end = (to_minute(datetime.combine(d, time(), tzinfo=where)) for d in (day, day + timedelta(days=1)))
    before, after = _offset(first, where), _offset(end - 1, where)
    if before == after:
        return ((first, end, before),)
    low, high = first, end - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, where) == before else (low, middle)
    return ((first, high, before), (high, end, after))


def _offset(minute: int, where: ZoneInfo) -> int:
    shift = from_minute(minute).astimezone(where).utcoffset()
    assert shift is not None  # noqa: S101 - the moment is aware
    return int(shift.total_seconds()) // 60


@lru_cache(maxsize=16384)
def span_of(day: date, starts: time, ends: time, where: ZoneInfo) -> tuple[tuple[int, int], ...]:
    """Return the minutes of a day at which clocks show a time from `starts` to before `ends`, as ranges.

    An hour that clocks leave out has none; one that they show twice has both.
    """
    midnight = (day.toordinal() - EPOCH) * MINUTES_A_DAY
    opens, closes = (midnight + at.hour * 60 + at.minute for at in (starts, ends))
    found = ((max(low, opens - offset), min(high, closes - offset)) for low, high, offset in _clocks(day, where))
    return tuple(pair for pair in found if pair[0] < pair[1])
