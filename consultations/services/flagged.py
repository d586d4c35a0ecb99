"""Appointments on days of an absence or a closure: not confirmed as they are, and work until they are off them.

Nor are those of somebody who may not have them any more.

`absences` opens the work items. They end with what takes the time of whoever is away (moved, handed over,
cancelled), with the absence, and with the time itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from consultations import from_outside, queries
from consultations.closures import closed_days
from consultations.models import Absence, Adviser, Allocation, Appointment, Case, GroupSession
from consultations.refusals import NotPossible
from consultations.services import record
from consultations.states import BLOCKING
from consultations.times import local_day
from portal.core import work
from portal.core.models import WorkItem

KIND = "appointment_absence"
"""The kind of work an appointment on a day of absence becomes."""
INSTEAD = "wählen Sie „Andere Zeit bestätigen“."


def key_of(allocation: int) -> str:
    """Return the key of the work item about what an appointment or a session takes of somebody (id)."""
    return f"allocation:{allocation}"


def _id_of(key: str) -> int | None:
    number = key.partition(":")[2]
    return int(number) if number.isdecimal() else None


def refuse(appointment: Appointment) -> None:
    """Refuse to confirm a request (locked) at its own time where its advisers cannot or may not keep it.

    Raises:
        NotPossible: One of its advisers is away that day, advises no more or does not see the case; or nobody
            advises on that day.
    """
    _refuse_shut_out(appointment)
    assert appointment.starts_at is not None  # noqa: S101 - callers have asked
    day = local_day(appointment.starts_at)
    if reason := closed_days(day, day).get(day):
        raise NotPossible(f"Am {day:%d.%m.%Y} finden keine Beratungen statt ({reason}). Bitte {INSTEAD}")
    away = queries.away_on(day).intersection(record.advisers_of(appointment))
    if away:
        rows = Adviser.objects.filter(pk__in=away).select_related("user").order_by("pk")
        names = " und ".join(str(row) for row in rows)
        is_away = "ist" if len(away) == 1 else "sind"
        raise NotPossible(
            f"{names} {is_away} am {day:%d.%m.%Y} abwesend. Bitte übergeben Sie den Termin zuerst, oder {INSTEAD}"
        )


def _refuse_shut_out(appointment: Appointment) -> None:
    """Refuse where one of the advisers may not have the appointment any more (`from_outside.shut_out`)."""
    assert appointment.case is not None  # noqa: S101 - what is no seat belongs to a case
    rows = Adviser.objects.filter(pk__in=record.advisers_of(appointment)).select_related("user").order_by("pk")
    gone = list(rows.exclude(pk__in=from_outside.for_case(appointment.case).values("pk")))
    if not gone:
        return
    still = set(from_outside.advising().filter(pk__in=[row.pk for row in gone]).values_list("pk", flat=True))
    said = " ".join(
        f"{row} {'sieht den Vorgang nicht' if row.pk in still else 'berät nicht mehr'}." for row in gone
    )
    raise NotPossible(f"{said} Bitte übergeben Sie den Termin zuerst, oder {INSTEAD}")


def follow(sender: Any, *, kind: str, subject: Any, action: str, by: Any, **kwargs: Any) -> None:
    """Receiver of `calendar_changed`: end the work about what takes nobody's time any more."""
    rows = Allocation.objects.exclude(state__in=BLOCKING)
    if kind == "appointment":
        rows = rows.filter(appointment__in=[pk for pk in (subject.pk, subject.moved_from_id) if pk is not None])
    elif kind == "session":
        rows = rows.filter(session=subject)
    else:
        return
    if ids := list(rows.values_list("pk", flat=True)):
        _close(
            _open_items().filter(dedupe_key__in=[key_of(pk) for pk in ids]).values_list("dedupe_key", flat=True)
        )


def _open_items() -> Any:
    return WorkItem.objects.filter(kind=KIND, state=WorkItem.State.OPEN)


def _close(keys: Iterable[str]) -> int:
    return sum(work.close_item(kind=KIND, dedupe_key=key) for key in sorted(keys))


@transaction.atomic
def tidy() -> int:
    """End the work about what is on no day of absence (any more), or is over; returns how many there were."""
    found = {key: _id_of(key) for key in _open_items().values_list("dedupe_key", flat=True)}
    taken = Allocation.objects.filter(
        pk__in=[pk for pk in found.values() if pk is not None], state__in=BLOCKING,
        blocks_until__gt=timezone.now(),
    )  # fmt: skip
    rows = {row.pk: row for row in taken}
    away = list(Absence.objects.filter(adviser__in={row.adviser_id for row in rows.values()}))
    still = {key_of(pk) for pk, row in rows.items() if any(_is_on(row, absence) for absence in away)}
    return _close(set(found) - still)


def _is_on(row: Allocation, absence: Absence) -> bool:
    """True for what takes time of somebody on a day of this absence."""
    last = local_day(row.blocks_until - timedelta(microseconds=1))
    return (
        row.adviser_id == absence.adviser_id
        and local_day(row.blocks_from) <= absence.last_day
        and absence.first_day <= last
    )


def entry_of(key: str) -> Case | GroupSession | None:
    """Return the case or the group session a work item is about, by its key."""
    rows = Allocation.objects.select_related("appointment__case", "session")
    row = rows.filter(pk=_id_of(key) or 0).first()
    if row is None:
        return None
    return row.appointment.case if row.appointment is not None else row.session
