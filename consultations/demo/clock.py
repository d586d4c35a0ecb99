"""The clock of the demonstration: what has happened weeks ago is done as if it were then.

The services read the time by `timezone.now()`, and so do the fields that note when a row was made; so dates of
rows, history and log belong together without anything being rewritten afterwards. One command in a process of its
own uses it, in development only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from django.test.utils import override_settings
from django.utils import timezone

from consultations import times
from consultations.closures import closed_days

_SATURDAY = 5
_NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"
MAILS_SINCE = timedelta(days=3)
"""Mails about what is further back are not written: nobody would get them so late."""


class Clock:
    """Moments around a day: `now` is when the command runs (aware)."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.today = times.local_day(now)
        margin = timedelta(days=200)
        self.closed = frozenset(closed_days(self.today - margin, self.today + margin))

    def is_working(self, day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in self.closed

    def working_day(self, days: int) -> date:
        """Return the working day so many days from today (negative: before), or the next one further away."""
        day, step = self.today + timedelta(days=days), timedelta(days=1 if days > 0 else -1)
        while not self.is_working(day):
            day += step
        return day

    def moment(self, days: int, hour: int = 10, minute: int = 0) -> datetime:
        """Return a local time of a working day (aware), never later than now."""
        local = datetime.combine(self.working_day(days), time(hour, minute), tzinfo=times.zone())
        return min(local, self.now)

    @contextmanager
    def at(self, moment: datetime) -> Iterator[datetime]:
        """Do something as if it were another moment (aware)."""
        mail = {"EMAIL_BACKEND": _NO_MAIL} if moment < self.now - MAILS_SINCE else {}
        with patch.object(timezone, "now", return_value=moment), override_settings(**mail):
            yield moment
