"""Which time the figures are of: calendar years, and quarters for who may see them whole.

What leaves the centre is of whole years alone: periods that overlap would tell small counts by their difference.
Requests are shown of periods of which every case is still there: ended ones are anonymised after their retention
(`consultations.privacy`), and figures of earlier years would shrink from night to night. Of those there are the
cases that ended in them (`consultations.statistics.ended`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from consultations.privacy.table import table
from consultations.times import zone

SHOWN_YEARS = 6
ENDED = (
    "Beendete Vorgänge zählen im Jahr ihres Endes, auch wenn sie schon anonymisiert sind: Diese Zahlen sind immer "
    "vollständig."
)


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


def has_requests(period: Period, today: date) -> bool:
    """True where requests, waiting times, appointments and ratings are shown: of whole periods, and this year."""
    return is_whole(period, today) or period.first.year == today.year


# What the hours people could be booked for are worked out from, and who led which group session.
_HOURS = ("absences", "overrides", "former_hours", "session_parts")


def has_hours(period: Period, today: date) -> bool:
    """True while nothing of what the utilisation of a period is worked out from can be deleted."""
    return period.first >= today - timedelta(days=_days_of_hours())


def without_hours() -> str:
    """Say in German why a period has no utilisation any more."""
    return (
        f"Wochenzeiten und Abwesenheiten werden nach {_days_of_hours()} Tagen gelöscht; für diesen Zeitraum sind "
        "sie nicht mehr vollständig."
    )


def _days_of_hours() -> int:
    days = table().periods()
    return min(days[rule] for rule in _HOURS)


def remark(period: Period, today: date) -> str:
    """Return in German which figures there are of a period and why, and whether they are complete."""
    days = table().periods()["cases"]
    sentences = [f"Vorgänge werden {days} Tage nach ihrem Ende anonymisiert."]
    if period.is_year:
        sentences.append(ENDED)
    if is_whole(period, today):
        sentences.append("Alle anderen Zahlen gibt es nur für Zeiträume, die noch vollständig sind.")
    elif has_requests(period, today):
        sentences.append("In allen anderen Zahlen dieses Zeitraums können schon Vorgänge fehlen.")
    else:
        sentences.append("Andere Zahlen gibt es für dieses Jahr deshalb nicht mehr.")
    return " ".join(sentences)


def choices(today: date, *, quarters: bool, since: int | None = None) -> list[Period]:
    """Return the periods that can be chosen, the newest first: whole ones, none to come, and always this year.

    `since`: the first year of which ended cases are known although they are anonymised.
    """
    found = []
    oldest = min(today.year - SHOWN_YEARS + 1, since or today.year)
    for number in range(today.year, oldest - 1, -1):
        one = year(number)
        parts = [quarter(number, part) for part in (4, 3, 2, 1)] if quarters else []
        if has_requests(one, today) or (since is not None and number >= since):
            found.append(one)
        shown = [period for period in parts if period.first <= today and is_whole(period, today)]
        found += shown if number > today.year - SHOWN_YEARS else []
    return found


def chosen(asked: str, today: date, *, quarters: bool, since: int | None = None) -> Period:
    """Return the period of an address, this year when there is none of the name."""
    found = choices(today, quarters=quarters, since=since)
    return next((period for period in found if period.key == asked), found[0])
