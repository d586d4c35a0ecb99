"""What a municipality changes by itself: the same rules as for a new booking, the centre hears of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from consultations import from_outside, offers, queries
from consultations.models import Allocation, Appointment, Case, Format, WaitingEntry
from consultations.queries import Asked
from consultations.refusals import NotPossible
from consultations.requester import mails
from consultations.services import appointments, changes, record, repeated, seats
from consultations.services import cases as case_services
from consultations.states import AppointmentState, CaseState, WaitingState

STARTED = "Dieser Termin hat schon begonnen oder ist vorbei. Bitte melden Sie sich bei uns."
CHOOSE = "Bitte wählen Sie eine der angebotenen Zeiten."


def lead_first(case: Case, able: Sequence[int]) -> list[int]:
    """Return who could take an appointment nobody has yet (ids): whoever leads the case first, if they could."""
    return sorted(able, key=lambda pk: pk != case.lead_id)


def asked_to_move(appointment: Appointment, now: datetime | None = None) -> Asked:
    """Return whose times count for a move: whoever leads it first, then the others who could.

    Where nobody has it yet (a request by wishes), as for a new one. A lead who may not advise any more is left
    out. Further advisers stay with it: a time is offered only where all of them have it too, and none where one of
    them may not advise any more, since the centre decides who comes along then.
    """
    case = appointment.case
    assert case is not None  # noqa: S101 - only what belongs to a case is moved
    able = queries.competent_advisers(form=appointment.format, topic=case.topic, municipality=case.municipality)
    crew = record.allocated(appointment)
    lead = [row.adviser_id for row in crew if row.role == Allocation.Role.LEAD]
    further = tuple(row.adviser_id for row in crew if row.role == Allocation.Role.FURTHER)
    there = set(from_outside.for_case(case).filter(pk__in=[*lead, *further]).values_list("pk", flat=True))
    in_order = dict.fromkeys([*(pk for pk in lead if pk in there), *able]) if crew else lead_first(case, able)
    candidates = [pk for pk in in_order if pk not in further] if there.issuperset(further) else []
    return Asked(appointment.format, candidates, now or timezone.now(), ignore=appointment.pk, further=further)


def place_of(case: Case | None, appointment: Appointment | None, form: Format | None = None) -> str:
    """Return where another time takes place: as before, else as asked for, else as the format has it first."""
    concern = getattr(case, "concern", None)
    asked = (appointment.place if appointment is not None else "") or (
        concern.place if concern is not None else ""
    )
    offered = list(form.places) if form is not None else []
    return asked if asked and (not offered or asked in offered) else (offered[0] if offered else asked)


def change(
    appointment: Appointment, action: str, *, by: Any, reason: str = "", minute: int | None = None,
    now: datetime | None = None,
) -> str:  # fmt: skip
    """Move, cancel or withdraw an appointment; returns the word for what was done.

    A second time changes nothing and writes to nobody: looked at under the lock of the case, so that of two clicks
    at once the second finds what the first has done. A request that is moved asks for the other time and stays a
    request.

    Raises:
        SlotTaken, NotOffered: The new time is none to be had.
        NotPossible: The state of the appointment does not allow it.
    """
    moment = now or timezone.now()
    if action not in _ENDS and action != "move":
        raise NotPossible(CHOOSE)
    with transaction.atomic():
        row = _as_it_is_now(appointment)
        asks = row.state == AppointmentState.REQUESTED
        moved = ("neu-angefragt", "Andere Zeit angefragt") if asks else ("verschoben", "Termin verschoben")
        ended, word, what = _ENDS.get(action, ("", *moved))
        if row.state == ended:
            return word
        if row.starts_at is not None and row.starts_at <= moment:
            raise NotPossible(STARTED)
        if action == "move":
            changed = _move(row, minute, by=by, reason=reason, now=moment)
        elif action == "cancel":
            changed = changes.cancel(appointment=row, by=by, reason=reason, now=moment)
        else:
            changed = appointments.withdraw(appointment=row, by=by, reason=reason)
        is_new = (changed.pk, changed.sequence, changed.state) != (row.pk, row.sequence, row.state)
        if is_new and changed.case_id is not None:
            mails.tell_centre(fresh(changed.case_id), what, changed)
    return word


_ENDS = {
    "cancel": (AppointmentState.CANCELLED, "abgesagt", "Termin abgesagt"),
    "withdraw": (AppointmentState.WITHDRAWN, "zurueckgezogen", "Terminanfrage zurückgezogen"),
}
"""By action the state it leads to, its word, and what the centre reads."""


def _as_it_is_now(appointment: Appointment) -> Appointment:
    """Return what an appointment has become, its case locked until the transaction ends."""
    assert appointment.case is not None  # noqa: S101 - only what belongs to a case is changed
    case_services.locked(appointment.case)
    rows = Appointment.objects.select_related("case__municipality", "case__topic", "format", "session")
    return rows.filter(thread=appointment.thread).order_by("-sequence")[0]


def _move(appointment: Appointment, minute: int | None, *, by: Any, reason: str, now: datetime) -> Appointment:
    if minute is None:
        raise NotPossible(CHOOSE)
    asks = appointment.state == AppointmentState.REQUESTED
    if not asks:
        record.target("appointment", "move", appointment.state)
    asked = asked_to_move(appointment, now)
    try:
        placement = offers.placement(asked, minute, place=place_of(appointment.case, appointment))
    except ValueError as error:
        raise NotPossible(CHOOSE) from error
    if repeated.stands(appointment, placement):
        return appointment
    if asks and appointment.case is not None:
        case_services.go_on(case=appointment.case, by=by)  # first: the mail says how it goes on
    act = appointments.choose_again if asks else changes.move
    return act(appointment=appointment, placement=placement, by=by, reason=reason, now=now)


def fresh(pk: int) -> Case:
    """Return a case as it is now, with what mails to the centre say of it."""
    rows = Case.objects.select_related("concern", "municipality", "requester", "format", "lead__user")
    return rows.get(pk=pk)


@transaction.atomic
def withdraw(case: Case, *, by: Any, reason: str = "") -> None:
    """Withdraw a case with all its appointments; a second time changes nothing.

    Raises:
        NotPossible: It has ended otherwise.
    """
    if case_services.locked(case).state == CaseState.WITHDRAWN:
        return
    case_services.withdraw(case=case, by=by, reason=reason)
    mails.tell_centre(fresh(case.pk), "Anfrage zurückgezogen")


def answer_waiting(entry: WaitingEntry, *, accept: bool, by: Any, about: str = "") -> str:
    """Accept an offered seat or stop waiting; returns the word for what was done.

    A second time changes nothing and writes to nobody. `about`: the time they have seen (`record.time_of`).

    Raises:
        SlotTaken: The time to accept is over; the seat has gone to the next, and that stays so.
        NotPossible: There is no offer, or it is for another time by now.
    """
    before = _state_now(entry)
    if accept:
        seat = seats.accept(entry=entry, by=by, about=about)
        asks = seat.state == AppointmentState.REQUESTED
        if before != WaitingState.TAKEN:
            _tell_of_seat(entry, seat, by=by)
        return "platz-angefragt" if asks else "angenommen"
    seats.leave(entry=entry, by=by)
    if before != WaitingState.LEFT:
        mails.tell_centre(fresh(entry.case_id), "Von der Warteliste genommen")
    return "ausgetragen"


def _state_now(entry: WaitingEntry) -> str:
    """Return the state of an entry, its case locked: of two clicks at once the second finds the first."""
    case_services.locked(entry.case)
    return WaitingEntry.objects.values_list("state", flat=True).get(pk=entry.pk)


def _tell_of_seat(entry: WaitingEntry, seat: Appointment, *, by: Any) -> None:
    asks = seat.state == AppointmentState.REQUESTED
    if asks:
        case_services.go_on(case=entry.case, by=by)
    mails.tell_centre(fresh(entry.case_id), "Platz angefragt" if asks else "Platz gebucht", seat)
    if asks:
        mails.tell_request(seat)
