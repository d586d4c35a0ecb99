"""Which time the figures are of: calendar years, and quarters for who may see them whole.

What leaves the centre is of whole years alone: periods that overlap would tell small counts by their difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from consultations.times import zone

SHOWN_YEARS = 6


@dataclass(frozen=True)
class Period:
    """Local days, both included; `key` stands in addresses ("2027", "2027-q1")."""

    key: str
    label: str
    first: date
    last: date

    @property
    def is_year(self) -> bool:
        return "-" not in self.key

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time(), tzinfo=zone())

    @property
    def ends(self) -> datetime:
        """The moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), tzinfo=zone())


def year(number: int) -> Period:
    return Period(str(number), str(number), date(number, 1, 1), date(number, 12, 31))


def quarter(number: int, part: int) -> Period:
    first = date(number, part * 3 - 2, 1)
    following = date(number + (part == 4), part * 3 % 12 + 1, 1)
    return Period(f"{number}-q{part}", f"{part}. Quartal {number}", first, following - timedelta(days=1))


def choices(today: date, *, quarters: bool) -> list[Period]:
    """Return the periods that can be chosen, the newest first; none that is still to come."""
    found = []
    for number in range(today.year, today.year - SHOWN_YEARS, -1):
        found.append(year(number))
        parts = [quarter(number, part) for part in (4, 3, 2, 1)] if quarters else []
        found += [period for period in parts if period.first <= today]
    return found


def chosen(asked: str, today: date, *, quarters: bool) -> Period:
    """Return the period of an address, this year when there is none of the name."""
    found = choices(today, quarters=quarters)
    return next((period for period in found if period.key == asked), found[0])
