"""Which time the figures are of: calendar years, and quarters for who may see them whole.

What leaves the centre is of whole years alone: periods that overlap would tell small counts by their difference.
Only periods are offered of which every case is still there: ended ones are anonymised after their retention
(`consultations.privacy`), and figures of earlier years would shrink from night to night.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from consultations.privacy.table import table
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


def whole_since(today: date) -> date:
    """Return the first local day from which on no case can have been anonymised yet.

    A case ends no earlier than it came, so one that came on this day or later is still within its retention.
    """
    return today - timedelta(days=table().periods()["cases"])


def is_whole(period: Period, today: date) -> bool:
    """True when every case of a period is still there."""
    return period.first >= whole_since(today)


def remark(period: Period, today: date) -> str:
    """Return in German which years there are and why; more where the period itself is not whole any more."""
    days = table().periods()["cases"]
    kept = f"Vorgänge werden {days} Tage nach ihrem Ende anonymisiert und zählen dann nicht mehr."
    if is_whole(period, today):
        return f"{kept} Gezeigt werden deshalb nur Zeiträume, die noch vollständig sind."
    return f"{kept} Auch in diesem Zeitraum können schon Vorgänge fehlen."


def choices(today: date, *, quarters: bool) -> list[Period]:
    """Return the periods that can be chosen, the newest first: whole ones, none to come, and always this year."""
    found = []
    for number in range(today.year, today.year - SHOWN_YEARS, -1):
        found.append(year(number))
        parts = [quarter(number, part) for part in (4, 3, 2, 1)] if quarters else []
        found += [period for period in parts if period.first <= today]
    return [period for period in found if period.key == str(today.year) or is_whole(period, today)]


def chosen(asked: str, today: date, *, quarters: bool) -> Period:
    """Return the period of an address, this year when there is none of the name."""
    found = choices(today, quarters=quarters)
    return next((period for period in found if period.key == asked), found[0])
