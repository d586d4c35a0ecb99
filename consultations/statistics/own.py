"""Figures about one person, for that person alone; `STAFF_FIGURES` switches them off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Avg, Count, Q
from django.utils import timezone

from consultations import queries
from consultations.models import Adviser, Case, Rating
from consultations.services import alerts
from consultations.states import OPEN_CASES
from consultations.statistics import periods, reading

LATELY = timedelta(days=90)


@dataclass(frozen=True)
class Own:
    """Open cases led, minutes booked to come, cases ended and ratings of 90 days, and the year's hours.

    `work` is None where a table of one's own keeps hours for less than a year.
    """

    open: int
    overdue: int
    ahead: int
    ended: int
    ratings: int
    mean: float | None
    work: reading.Work | None


def read(adviser: Adviser) -> Own:
    """Return the figures of one adviser; a constant number of queries."""
    now, today = timezone.now(), timezone.localdate()
    year = periods.year(today.year)
    is_open = Q(state__in=OPEN_CASES)
    cases = Case.objects.filter(lead=adviser).order_by().aggregate(
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=alerts.overdue()),
        ended=Count("pk", filter=Q(ended_at__gte=now - LATELY)),
    )  # fmt: skip
    rated = Rating.objects.filter(case__lead=adviser, at__gte=now - LATELY).order_by()
    stars = rated.aggregate(number=Count("pk"), mean=Avg("stars"))
    load = queries.loads([adviser.pk])[adviser.pk]
    return Own(
        **cases, ahead=load.minutes, ratings=stars["number"], mean=stars["mean"],
        work=reading.work(year, now, [adviser.pk]) if periods.has_hours(year, today) else None,
    )  # fmt: skip
