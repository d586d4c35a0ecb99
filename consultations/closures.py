"""Days without appointments: public holidays of the state (package `holidays`) and the centre's own closures."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.conf import settings

from consultations.models import Closure


def parts_of(code: str) -> tuple[str, str | None]:
    """Return country and subdivision of an ISO 3166-2 code ("DE-HE"); "DE" has no subdivision."""
    country, _, subdivision = code.partition("-")
    return country.upper(), subdivision.upper() or None


def is_known(code: str) -> bool:
    """True when the package knows the holidays of a code."""
    import holidays  # late: it takes a tenth of a second, and most commands never ask for a date

    country, subdivision = parts_of(code)
    known = holidays.list_supported_countries()
    return country in known and (subdivision is None or subdivision in known[country])


@lru_cache(maxsize=64)
def public_holidays(code: str, year: int) -> dict[date, str]:
    """Return the public holidays of a year with their German names; none for an empty code."""
    if not code:
        return {}
    import holidays

    country, subdivision = parts_of(code)
    return dict(holidays.country_holidays(country, subdiv=subdivision, years=year, language="de"))


def closed_days(first: date, last: date) -> dict[date, str]:
    """Return the days from `first` to `last` (both included) without appointments, each with its reason.

    One query for the closures; weekends are no closures, they simply have no hours.
    """
    found: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        found |= public_holidays(settings.HOLIDAYS, year)
    for closure in Closure.objects.all():
        found |= dict.fromkeys(closure.dates(first.year, last.year), closure.name)
    return {day: name for day, name in found.items() if first <= day <= last}
