"""The quarter of the calendar a local day lies in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

NAMES = ("Erstes", "Zweites", "Drittes", "Viertes")


@dataclass(frozen=True)
class Quarter:
    """Three months; days are local (Europe/Berlin)."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month - 1) // 3 + 1)

    @property
    def first(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        return self._next().first - timedelta(days=1)

    @property
    def name(self) -> str:
        return f"{NAMES[self.number - 1]} Quartal {self.year}"

    @property
    def begins_at(self) -> datetime:
        """Return the aware moment it begins."""
        return timezone.make_aware(datetime.combine(self.first, time.min))

    @property
    def ends_at(self) -> datetime:
        """Return the aware moment the next one begins."""
        return self._next().begins_at

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def _next(self) -> Quarter:
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)
