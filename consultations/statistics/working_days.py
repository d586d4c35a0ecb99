"""Working days between two days, as `services.service_time` counts them, for thousands of pairs at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from math import ceil
from statistics import median

from consultations.closures import closed_days

_SATURDAY = 5


class WorkingDays:
    """Counts working days within a stretch of local days; one query when it is made."""

    def __init__(self, first: date, last: date) -> None:
        closed = closed_days(first, last)
        self._first, self._sums = first, [0]
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            self._sums.append(self._sums[-1] + (day.weekday() < _SATURDAY and day not in closed))

    def between(self, start: date, end: date) -> int:
        """Return the working days after `start` up to and with `end`: the day of a question does not count."""
        return max(0, self._until(end) - self._until(start))

    def _until(self, day: date) -> int:
        place = min(max((day - self._first).days + 1, 0), len(self._sums) - 1)
        return self._sums[place]


def middle(values: Sequence[float]) -> float | None:
    """Return the median; None of nothing."""
    return float(median(values)) if values else None


def p90(values: Sequence[float]) -> float | None:
    """Return the 90th percentile by the nearest rank; None of nothing."""
    return float(sorted(values)[ceil(0.9 * len(values)) - 1]) if values else None
