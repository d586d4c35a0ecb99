"""Who gets a case: suggested by competence, region, absence, load; given by a person, overridden with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consultations import queries
from consultations.models import Adviser, Allocation, Assignment, Case
from consultations.queries import Load
from consultations.refusals import NotPossible
from consultations.services import cases, notices
from consultations.states import BLOCKING, AppointmentState
from consultations.times import local_day
from portal.core import audit
from portal.core.text import printable

WHY = "Bitte geben Sie an, warum Sie vom Vorschlag abweichen."


@dataclass(frozen=True)
class Suggestion:
    """Whom the rules name, and the words that say why; nobody when nobody is competent and there."""

    adviser: Adviser | None
    reasons: tuple[str, ...]
    candidates: int = 0


def _words(load: Load) -> str:
    cases_open = "1 offener Vorgang" if load.cases == 1 else f"{load.cases} offene Vorgänge"
    return f"{cases_open}, {load.minutes} gebuchte Minuten, Anteil {load.weight} %"


def _booked(case: Case) -> Allocation | None:
    """Return the lead's time of the next appointment of a case that is requested or confirmed; one query.

    Who leads it has to advise still, and belongs to the centre.
    """
    rows = Allocation.objects.filter(
        appointment__case=case, role=Allocation.Role.LEAD, state__in=BLOCKING, blocks_until__gt=timezone.now(),
        adviser__active=True, adviser__external=False, adviser__user__is_active=True,
    )  # fmt: skip
    return rows.select_related("adviser__user", "appointment").order_by("blocks_from", "pk").first()


def _of_booked(booked: Allocation) -> Suggestion:
    reasons = [f"{_holds(booked)}; so bleibt alles in einer Hand", "heute da"]
    if settings.STAFF_FIGURES:
        reasons.append(_words(queries.loads([booked.adviser_id])[booked.adviser_id]))
    return Suggestion(booked.adviser, tuple(reasons), 1)


def _holds(booked: Allocation) -> str:
    """Say in German which appointment of the case somebody leads."""
    row = booked.appointment
    assert row is not None  # noqa: S101 - asked for by the query
    kind = "gebuchten" if row.state == AppointmentState.CONFIRMED else "angefragten"
    return f"leitet den {kind} Termin dieses Vorgangs am {local_day(row.starts_at or booked.blocks_from):%d.%m.%Y}"


def suggest(case: Case) -> Suggestion:
    """Return who should get a case now: who leads its appointment, else competent and least busy of those there.

    Whoever is away today gets nothing, also with an appointment to come; the reasons say so then. External
    advisers are never suggested. Seven queries at most.
    """
    booked, away = _booked(case), queries.away_on(timezone.localdate())
    if booked is not None and booked.adviser_id not in away:
        return _of_booked(booked)
    found = _by_load(case, away)
    if booked is None:
        return found
    absent = f"{booked.adviser} {_holds(booked)}, ist heute aber abwesend"
    return replace(found, reasons=(absent, *found.reasons))


def _by_load(case: Case, away: set[int]) -> Suggestion:
    """Return who is competent, responsible for the district, there today and least busy."""
    competent = queries.competent_advisers(form=case.format, topic=case.topic, municipality=case.municipality)
    there = [pk for pk in competent if pk not in away]
    if not there:
        text = (
            "Alle Zuständigen sind heute abwesend."
            if competent
            else "Niemand ist dafür als zuständig eingetragen."
        )
        return Suggestion(None, (text,))
    adviser = Adviser.objects.select_related("user").get(pk=there[0])
    topic = f"zuständig für „{case.topic.title}“" if case.topic is not None else "kein Thema angegeben"
    district = case.municipality.district
    region = f"zuständig für {district.name}" if district is not None else "Kommune ohne Landkreis, alle zuständig"
    number = len(there)
    least = (
        f"am wenigsten ausgelastet von {number} Personen"
        if number > 1
        else "die einzige Person, die in Frage kommt"
    )
    present = f"{len(competent) - number} weitere heute abwesend" if number < len(competent) else "heute da"
    if settings.STAFF_FIGURES:
        least = f"{least} ({_words(queries.loads(there[:1])[adviser.pk])})"
    return Suggestion(adviser, (topic, region, present, least), number)


@transaction.atomic
def assign(
    *, case: Case, adviser: Adviser, by: Any, reason: str = "", further: Iterable[Adviser] = (),
    suggestion: Suggestion | None = None,
) -> Case:  # fmt: skip
    """Give a case to somebody; who differs from the suggestion of this moment says why.

    Where the lead stays nothing is suggested and nobody overrides anything: only the further advisers change.
    Whoever is new on the case hears of it.

    Raises:
        NotPossible: No reason for the override, or somebody new is away or does not advise, or the case has ended.
    """
    before = cases.locked(case)
    stays, known = before.lead_id == adviser.pk, set(before.further.values_list("pk", flat=True))
    suggested = None if stays else (suggestion or suggest(case)).adviser
    overrides = suggested is not None and suggested.pk != adviser.pk
    if overrides and not reason.strip():
        raise NotPossible(WHY)
    row = cases.assign(case=case, lead=adviser, by=by, further=further)
    if not stays or reason.strip():
        _keep(row, adviser, suggested, overrides=overrides, reason=printable(reason).strip()[:300], by=by)
    if not stays:
        _tell(row, adviser, "Ihnen ist ein Vorgang zugeordnet", by=by)
    for person in row.further.exclude(pk__in=known).select_related("user").order_by("pk"):
        _tell(row, person, "Sie beraten bei einem Vorgang mit", by=by)
    return row


def _keep(
    case: Case, adviser: Adviser, suggested: Adviser | None, *, overrides: bool, reason: str, by: Any
) -> None:
    Assignment.objects.create(case=case, adviser=adviser, suggested=suggested, reason=reason, by=by)
    audit.record(
        "case.assignment", actor=by, subject=case, adviser=adviser.pk,
        suggested=suggested.pk if suggested is not None else None, overridden=overrides,
        further=sorted(case.further.values_list("pk", flat=True)),
    )  # fmt: skip


def _tell(case: Case, adviser: Adviser, what: str, *, by: Any) -> None:
    """Write to somebody who is new on a case, but for whoever has put them there."""
    if by is None or by.pk != adviser.user_id:
        notices.tell_adviser(case, adviser, what)
