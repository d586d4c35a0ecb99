"""What a municipality changes by itself: the same rules as for a new booking, the centre hears of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from consultations import offers, queries
from consultations.models import Allocation, Appointment, Case, Format, WaitingEntry
from consultations.queries import Asked
from consultations.refusals import NotPossible
from consultations.requester import mails
from consultations.services import appointments, changes, record, seats
from consultations.services import cases as case_services
from consultations.states import AppointmentState

STARTED = "Dieser Termin hat schon begonnen oder ist vorbei. Bitte melden Sie sich bei uns."
CHOOSE = "Bitte wählen Sie eine der angebotenen Zeiten."


def lead_first(case: Case, able: Sequence[int]) -> list[int]:
    """Return who could take an appointment nobody has yet (ids): whoever leads the case first, if they could."""
    return sorted(able, key=lambda pk: pk != case.lead_id)


def asked_to_move(appointment: Appointment, now: datetime | None = None) -> Asked:
    """Return whose times count for a move: whoever leads it first, then the others who could.

    Where nobody has it yet (a request by wishes), as for a new one. Further advisers stay with it: a time is
    offered only where all of them have it too.
    """
    case = appointment.case
    assert case is not None  # noqa: S101 - only what belongs to a case is moved
    able = queries.competent_advisers(form=appointment.format, topic=case.topic, municipality=case.municipality)
    crew = record.allocated(appointment)
    lead = [row.adviser_id for row in crew if row.role == Allocation.Role.LEAD]
    further = tuple(row.adviser_id for row in crew if row.role == Allocation.Role.FURTHER)
    in_order = dict.fromkeys([*lead, *able]) if crew else lead_first(case, able)
    candidates = [pk for pk in in_order if pk not in further]
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
    """Move, cancel or withdraw an appointment; returns the word for what was done. A second time changes nothing.

    A request that is moved asks for the other time and stays a request.

    Raises:
        SlotTaken, NotOffered: The new time is none to be had.
        NotPossible: The state of the appointment does not allow it.
    """
    moment = now or timezone.now()
    done = {"cancel": "cancelled", "withdraw": "withdrawn"}.get(action)
    asks = appointment.state == AppointmentState.REQUESTED
    words = {
        "cancel": "abgesagt", "withdraw": "zurueckgezogen", "move": "neu-angefragt" if asks else "verschoben",
    }  # fmt: skip
    if action not in words:
        raise NotPossible(CHOOSE)
    if done is not None and appointment.state == done:
        return words[action]
    if appointment.starts_at is not None and appointment.starts_at <= moment:
        raise NotPossible(STARTED)
    with transaction.atomic():
        if action == "move":
            changed = _move(appointment, minute, by=by, reason=reason, now=moment)
        elif action == "cancel":
            changed = changes.cancel(appointment=appointment, by=by, reason=reason, now=moment)
        else:
            changed = appointments.withdraw(appointment=appointment, by=by, reason=reason)
        what = {
            "cancel": "Termin abgesagt",
            "withdraw": "Terminanfrage zurückgezogen",
            "move": "Andere Zeit angefragt" if asks else "Termin verschoben",
        }
        if changed.case_id is not None:
            mails.tell_centre(fresh(changed.case_id), what[action], changed)
    return words[action]


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
    if case.state == "withdrawn":
        return
    case_services.withdraw(case=case, by=by, reason=reason)
    mails.tell_centre(fresh(case.pk), "Anfrage zurückgezogen")


def answer_waiting(entry: WaitingEntry, *, accept: bool, by: Any) -> str:
    """Accept an offered seat or stop waiting; returns the word for what was done.

    Raises:
        SlotTaken: The time to accept is over; the seat has gone to the next, and that stays so.
        NotPossible: There is no offer.
    """
    if accept:
        seat = seats.accept(entry=entry, by=by)
        asks = seat.state == AppointmentState.REQUESTED
        if asks:
            case_services.go_on(case=entry.case, by=by)
        mails.tell_centre(fresh(entry.case_id), "Platz angefragt" if asks else "Platz gebucht", seat)
        if asks:
            mails.tell_request(seat)
        return "platz-angefragt" if asks else "angenommen"
    seats.leave(entry=entry, by=by)
    mails.tell_centre(fresh(entry.case_id), "Von der Warteliste genommen")
    return "ausgetragen"
