"""Absences: written under the adviser's lock, so that no booking slips in; appointments in the way are named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from consultations import queries
from consultations.models import Absence, Adviser, Allocation
from consultations.refusals import BookingRefused
from consultations.services import appointments, calendar, flagged
from consultations.states import AppointmentState
from consultations.times import local_day
from portal.core import audit, work

KIND = flagged.KIND
FLAG_BEFORE = timedelta(days=7)
"""So long before the appointment somebody should have seen to it."""


HELD = " Was erst vorgemerkt ist, während jemand das Formular ausfüllt, wird dann wieder frei."


class AppointmentsInTheWay(BookingRefused):
    """Appointments stand on the days of an absence; `allocations` are what they take, in order of time."""

    def __init__(self, allocations: Sequence[Allocation]) -> None:
        self.allocations = list(allocations)
        days = ", ".join(dict.fromkeys(f"{local_day(row.blocks_from):%d.%m.%Y}" for row in allocations))
        number = len(self.allocations)
        super().__init__(
            f"In dieser Zeit {'liegt 1 Termin' if number == 1 else f'liegen {number} Termine'} ({days}). "
            "Übergeben, verschieben oder sagen Sie sie zuerst ab. Oder tragen Sie die Abwesenheit trotzdem ein: "
            "dann wird jeder Termin zur Aufgabe der Koordination."
            f"{HELD if any(row.state == AppointmentState.HELD for row in self.allocations) else ''}"
        )


def plan(
    *, adviser: Adviser, first_day: date, last_day: date, by: Any, deputy: Adviser | None = None,
    absence: Absence | None = None, anyway: bool = False,
) -> Absence:  # fmt: skip
    """Write down an absence (local days, both included), or change one; nothing is booked on them from then on.

    With `anyway` appointments on these days stay and become work items of Koordination; holds are given up. One
    that is written down already with these days and this deputy is not written down again.

    Raises:
        AppointmentsInTheWay: There are such appointments, and `anyway` is not set.
        ValidationError: The days or the deputy make no sense.
    """
    with calendar.guarded():
        # Not `calendar.lock`: somebody who has stopped advising may still be away.
        Adviser.objects.select_for_update(no_key=True).get(pk=adviser.pk)
        if absence is None and (known := _same(adviser, first_day, last_day, deputy)) is not None:
            return known
        row = absence or Absence()
        row.adviser, row.first_day, row.last_day, row.deputy = adviser, first_day, last_day, deputy
        row.full_clean()
        ahead = queries.ahead_of(adviser, first_day, last_day)
        in_the_way = list(ahead)
        if in_the_way and not anyway:
            raise AppointmentsInTheWay(in_the_way)
        appointments.release_of(adviser=adviser, of=ahead)
        in_the_way = list(ahead.all())  # without holds; with what a hold has become while it was waited for
        row.save()
        audit.record("absence.plan", actor=by, subject=row, adviser=adviser.pk, number=len(in_the_way))
        for allocation in in_the_way:
            _flag(allocation, by=by)
        return row


def _same(adviser: Adviser, first_day: date, last_day: date, deputy: Adviser | None) -> Absence | None:
    rows = Absence.objects.filter(adviser=adviser, first_day=first_day, last_day=last_day, deputy=deputy)
    return rows.first()


def _flag(allocation: Allocation, *, by: Any) -> None:
    """Ask Koordination to see to an appointment of somebody who will be away; once for each."""
    case = allocation.appointment.case if allocation.appointment is not None else None
    what = f"Vorgang {case.reference}" if case is not None else "Gruppentermin"
    day = local_day(allocation.blocks_from)
    work.open_item(
        kind=KIND, dedupe_key=flagged.key_of(allocation.pk), actor=by,
        title=f"Termin am {day:%d.%m.%Y} fällt in eine Abwesenheit ({what})", source="Abwesenheit",
        due_on=max(timezone.localdate(), day - FLAG_BEFORE),
    )  # fmt: skip


@transaction.atomic
def end(*, absence: Absence, by: Any) -> None:
    """Take an absence back; the work about appointments on its days ends."""
    audit.record("absence.end", actor=by, subject=absence, adviser=absence.adviser_id)
    absence.delete()
    flagged.tidy()
