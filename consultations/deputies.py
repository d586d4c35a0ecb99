"""Who stands in for somebody who is away today: hears of their cases and finds them among their own."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from consultations import from_outside
from consultations.models import Absence, Adviser, Case


def of_today() -> QuerySet[Absence]:
    """Return the absences that hold today with who stands in, of each adviser the longest first."""
    today = timezone.localdate()
    rows = Absence.objects.filter(first_day__lte=today, last_day__gte=today)
    return rows.select_related("deputy__user").order_by("-last_day", "pk")


def absence_of(adviser: Adviser) -> Absence | None:
    """Return the absence that holds today; one query."""
    return of_today().filter(adviser=adviser).first()


def with_absence() -> Prefetch[str]:
    """Return what reads the absences of the leads of many cases at once; `words_of` says them."""
    return Prefetch("lead__absences", of_today(), to_attr="away_today")


def words(absence: Absence) -> str:
    """Say in German until when somebody is away, and who stands in."""
    until = f"abwesend bis {absence.last_day:%d.%m.%Y}"
    return f"{until}, Vertretung: {absence.deputy}" if absence.deputy is not None else f"{until}, ohne Vertretung"


def words_of(adviser: Adviser) -> str:
    """Say it of somebody read by `with_absence`; empty for who is there."""
    away: list[Absence] = getattr(adviser, "away_today", [])
    return words(away[0]) if away else ""


def represented_by(adviser: Adviser) -> QuerySet[Absence]:
    """Return the absences of today somebody stands in for."""
    return of_today().filter(deputy=adviser)


def standing_in(absence: Absence, case: Case | None) -> Adviser | None:
    """Return who stands in at a case: the deputy who may open it and is there today; two queries.

    Without a case (a group session) the deputy is somebody of the centre.
    """
    if absence.deputy_id is None:
        return None
    able = from_outside.for_case(case) if case is not None else from_outside.of_the_centre()
    deputy = able.filter(pk=absence.deputy_id).first()
    return deputy if deputy is not None and absence_of(deputy) is None else None


def deputy_of(adviser: Adviser, case: Case | None) -> Adviser | None:
    """Return who stands in for somebody today; None for who is there, or has nobody to stand in."""
    absence = absence_of(adviser)
    return standing_in(absence, case) if absence is not None else None
