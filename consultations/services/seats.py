"""Seats of a group session: taking one, and the waiting list that moves up. The session's row is locked for it.

A seat is a row with a number; the database allows each number once and none beyond the capacity. A free seat is
offered to the first who waits as a hold with a time to accept; when that runs out, to the next.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from consultations import refusals
from consultations.models import Appointment, Case, GroupSession, Seat, WaitingEntry
from consultations.refusals import NotPossible, SlotTaken
from consultations.services import calendar, placing, record, repeated
from consultations.states import BLOCKING, HOLD, WAITING_OPEN, AppointmentState, SessionState, WaitingState

ALREADY = "Für diesen Vorgang gibt es bei diesem Termin schon einen Platz."
OF_ALL = "Diesen Termin legt die Kompetenzstelle für alle fest. Ziehen Sie zurück und wählen Sie einen anderen."
OF_THE_SESSION = "Was alle Plätze gemeinsam haben, ändern Sie am Gruppentermin."
MOVED_SINCE = (
    "Dieser Termin ist inzwischen verschoben, der Platz ist Ihnen weiter angeboten. Bitte sehen Sie sich die neue "
    "Zeit im Vorgang an, und nehmen Sie ihn dort an."
)
GONE = "Für diesen Termin kann man sich nicht mehr anmelden."


def lock(session: GroupSession) -> GroupSession:
    """Return a session as it is now, its row locked until the transaction ends."""
    rows = GroupSession.objects.select_for_update(no_key=True, of=("self",)).select_related("format")
    return rows.get(pk=session.pk)


def free_numbers(session: GroupSession) -> list[int]:
    """Return the numbers nobody has, in order."""
    taken = set(Seat.objects.filter(session=session).values_list("number", flat=True))
    return [number for number in range(1, session.capacity + 1) if number not in taken]


def line_of(session: GroupSession) -> list[WaitingEntry]:
    """Return who waits for a seat of a locked session, or is offered one; mails: keys in order."""
    rows = WaitingEntry.objects.filter(session=session, state__in=WAITING_OPEN)
    return list(rows.select_related("case", "appointment", "session__format").order_by("case", "pk"))


def _held(session: GroupSession) -> QuerySet[Appointment]:
    return Appointment.objects.filter(session=session, state=AppointmentState.HELD)


def _expire_holds(session: GroupSession, *, now: datetime) -> None:
    """End the holds of a session that have run out; offers among them are passed."""
    for row in placing.expire(_held(session).filter(held_until__lte=now), now=now):
        for entry in WaitingEntry.objects.filter(appointment=row, state=WaitingState.OFFERED):
            record.change_waiting(entry, "pass", by=None)


def give_up_unsent(session: GroupSession, *, now: datetime) -> None:
    """Give up what is held of a locked session while a form is filled in; offers that have not passed stay."""
    _expire_holds(session, now=now)
    placing.expire(_held(session).filter(case=None), now=now)


def close_line(session: GroupSession, *, now: datetime) -> int:
    """End what is held and waited for at a locked session that has begun; returns how many are let go.

    No seat is given any more: an offer has passed, and who still waits is told that none became free.
    """
    placing.expire(_held(session), now=now)
    found = line_of(session)
    for entry in found:
        record.change_waiting(entry, "pass" if entry.state == WaitingState.OFFERED else "close", by=None)
    return len(found)


def move_up(session: GroupSession, *, now: datetime) -> int:
    """Offer the free seats of a locked session to those who wait, first come first served; returns how many."""
    _expire_holds(session, now=now)
    if session.state != SessionState.CONFIRMED or session.starts_at <= now:
        return 0
    until = min(now + timedelta(hours=session.format.accept_hours), session.starts_at)
    waiting = WaitingEntry.objects.filter(session=session, state=WaitingState.WAITING).select_related("case")
    free = free_numbers(session)
    offered = list(waiting.order_by("pk")[: len(free)])
    for number, entry in zip(free, offered, strict=False):
        appointment = _sit(session, number, action="hold", by=None, case=entry.case, held_until=until)
        record.change_waiting(entry, "offer", by=None, appointment=appointment)
    return len(offered)


def _sit(session: GroupSession, number: int, *, action: str, by: Any, **fields: Any) -> Appointment:
    appointment = Appointment.objects.create(
        format=session.format, session=session, state=record.target("appointment", action, None),
        starts_at=session.starts_at, ends_at=session.ends_at, place=session.place,
        place_detail=session.place_detail, **fields,
    )  # fmt: skip
    Seat.objects.create(session=session, number=number, appointment=appointment)
    record.changed(appointment, action, by=by, old="", session=session.pk)
    return appointment


def _open_for_booking(session: GroupSession, *, now: datetime) -> GroupSession:
    session = lock(session)
    if session.state != SessionState.CONFIRMED:
        raise NotPossible(GONE)
    if session.starts_at < now + timedelta(hours=session.format.notice_hours):
        raise NotPossible(GONE)
    return session


def _free_number(session: GroupSession, *, now: datetime) -> int:
    move_up(session, now=now)  # whoever waits comes first
    numbers = free_numbers(session)
    if not numbers:
        raise SlotTaken(refusals.NO_SEAT)
    return numbers[0]


def hold(*, session: GroupSession, holder: str, now: datetime | None = None) -> Appointment:
    """Keep a seat for 15 minutes for whoever fills in the form; another hold of the same holder is given up.

    Raises:
        SlotTaken: No seat is free (any more).
        NotPossible: The session takes no more bookings.
    """
    moment = now or timezone.now()
    with calendar.guarded():
        current = _open_for_booking(session, now=moment)
        placing.free_holds(advisers=[], now=moment, holder=holder)
        number = _free_number(current, now=moment)
        return _sit(current, number, action="hold", by=None, holder=holder, held_until=moment + HOLD)


def book(*, session: GroupSession, case: Case, by: Any, now: datetime | None = None) -> Appointment:
    """Take a seat at once, confirmed. Raises as `hold`."""
    return _take(session, "book", case=case, by=by, now=now or timezone.now())


def ask(*, session: GroupSession, case: Case, by: Any, now: datetime | None = None) -> Appointment:
    """Take a seat as the format says: booked, or requested where the centre confirms. Raises as `hold`."""
    return _take(session, _way_in(session), case=case, by=by, now=now or timezone.now())


def _way_in(session: GroupSession) -> str:
    """Return how a municipality comes to a seat: by booking, or by a request that the centre confirms."""
    return "book" if session.format.is_direct else "request"


def _take(session: GroupSession, action: str, *, case: Case, by: Any, now: datetime) -> Appointment:
    with calendar.guarded():
        current_case = record.open_case(case)
        current = _open_for_booking(session, now=now)
        _refuse_second_seat(current, current_case)
        number = _free_number(current, now=now)
        return _sit(current, number, action=action, by=by, case=current_case)


def give_up(appointment: Appointment, *, now: datetime) -> None:
    """Free the seat of an appointment that has ended, and offer it to whoever waits; the session is locked."""
    if appointment.session is not None:
        Seat.objects.filter(appointment=appointment).delete()
        move_up(appointment.session, now=now)


def _refuse_second_seat(session: GroupSession, case: Case) -> None:
    if Appointment.objects.filter(session=session, case=case, state__in=BLOCKING).exists():
        raise NotPossible(ALREADY)


def join(*, session: GroupSession, case: Case, by: Any, now: datetime | None = None) -> WaitingEntry:
    """Wait for a seat; somebody who waits already keeps the place in the line.

    Raises:
        NotPossible: There are seats to book, one is booked already, or the session takes no more bookings.
    """
    moment = now or timezone.now()
    with calendar.guarded():
        current_case = record.open_case(case)
        current = _open_for_booking(session, now=moment)
        _refuse_second_seat(current, current_case)
        known = WaitingEntry.objects.filter(session=current, case=current_case, state__in=WAITING_OPEN).first()
        if known is not None:
            return known
        move_up(current, now=moment)
        if free_numbers(current):
            raise NotPossible("Es sind noch Plätze frei. Bitte buchen Sie einen.")
        entry = WaitingEntry.objects.create(
            session=current, case=current_case, state=record.target("waiting", "join", None)
        )
        record.note("waiting", entry, "join", by=by, new=entry.state, case=current_case, session=current.pk)
        return entry


def leave(*, entry: WaitingEntry, by: Any, now: datetime | None = None) -> WaitingEntry:
    """Stop waiting, or refuse an offered seat: it goes to the next at once. A second time changes nothing."""
    moment = now or timezone.now()
    with calendar.guarded():
        session = lock(entry.session)
        row = WaitingEntry.objects.select_related("case", "appointment").get(pk=entry.pk)
        if row.state == WaitingState.LEFT:
            return row
        record.change_waiting(row, "leave", by=by)
        if row.appointment is not None:
            placing.expire(Appointment.objects.filter(pk=row.appointment.pk), now=moment)
        move_up(session, now=moment)
        return row


def accept(*, entry: WaitingEntry, by: Any, about: str = "", now: datetime | None = None) -> Appointment:
    """Take the seat that is offered, as long as the offer stands: booked, or requested where the centre confirms.

    A second time changes nothing. `about`: the time they have seen (`record.time_of`), where it is known.

    Raises:
        SlotTaken: The time to accept is over.
        NotPossible: There is no offer, the case has ended, or the session is at another time than `about`.
    """
    moment = now or timezone.now()
    with calendar.guarded():
        record.open_case(entry.case)
        session = lock(entry.session)
        row = WaitingEntry.objects.select_related("case", "appointment").get(pk=entry.pk)
        _expire_holds(session, now=moment)
        row.refresh_from_db(fields=["state"])
        if (known := repeated.taken(row)) is not None:
            return known
        if row.state == WaitingState.PASSED:
            in_time = False
        else:
            record.target("waiting", "take", row.state, "Zurzeit ist Ihnen kein Platz angeboten.")
            if about and about != record.time_of(session):
                raise NotPossible(MOVED_SINCE)
            in_time = True
        if in_time and row.appointment is not None:
            appointment = record.locked(row.appointment)
            record.change(appointment, _way_in(session), by=by, held_until=None)
            record.change_waiting(row, "take", by=by)
            return appointment
        move_up(session, now=moment)
    raise SlotTaken("Die Zeit zum Annehmen ist vorbei; der Platz ist weitergegeben worden.")
