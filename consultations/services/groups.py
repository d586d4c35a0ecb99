"""Group sessions by the centre: planned, changed, moved, cancelled as a whole. One range, many seats."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any

from django.utils import timezone

from consultations.models import Appointment, Format, GroupSession, Seat
from consultations.refusals import NotPossible
from consultations.services import calendar, placing, record, repeated, seats
from consultations.services.placing import Placement
from consultations.states import BLOCKING, AppointmentState, SessionState

NO_GROUP = "Gruppentermine gibt es nur für Formate mit mehreren Plätzen."


def plan(
    *, placement: Placement, title: str, by: Any, capacity: int | None = None, topic: Any = None,
    now: datetime | None = None,
) -> GroupSession:  # fmt: skip
    """Plan a date of a group format; without a capacity it has that of the format.

    The same once more from the same person at once is the date it has planned already (`repeated`).

    Raises:
        SlotTaken: An adviser is not free.
        NotOffered: An adviser does not work at this time.
        NotPossible: The format has no seats.
    """
    moment = now or timezone.now()
    if placement.form.kind != Format.Kind.GROUP:
        raise NotPossible(NO_GROUP)

    def attempt(lead: int) -> GroupSession:
        known = repeated.planned(placement, title=title, topic=topic, capacity=capacity, by=by)
        if known is not None:
            return known
        placing.free_holds(advisers=placement.crew(lead), now=moment)
        placing.check(placement, lead, now=moment)
        session = GroupSession.objects.create(
            format=placement.form, title=title, topic=topic, starts_at=placement.starts_at,
            ends_at=placement.ends_at, place=placement.place, place_detail=placement.place_detail or "",
            capacity=capacity or placement.form.capacity, state=record.target("session", "plan", None),
        )  # fmt: skip
        placing.occupy(placement, lead, state=session.state, of=session)
        record.note("session", session, "plan", by=by, new=session.state, adviser=lead)
        return session

    return placing.take(placement, attempt)


def move(*, session: GroupSession, placement: Placement, by: Any, now: datetime | None = None) -> GroupSession:
    """Move a session with everybody in it: each seat gets a new row of its thread.

    An offer stays, until the beginning at most. Where the time is another one, who is invited to a seat is asked
    anew, who waits is told, and what is held while a form is filled in is given up. To where it is already,
    nothing changes and nobody gets a mail.

    Raises as `plan`.
    """
    moment = now or timezone.now()
    before = list(session.allocations.filter(state__in=BLOCKING).values_list("adviser_id", flat=True))

    def attempt(lead: int) -> GroupSession:
        row = seats.lock(session)
        if row.state != SessionState.CONFIRMED or row.ends_at <= moment:
            raise NotPossible("Dieser Gruppentermin lässt sich nicht mehr verschieben.")
        if repeated.stands_there(row, placement):
            return row
        row.before, crew = copy(row), repeated.crew_of(row)
        row.allocations.filter(state__in=BLOCKING).update(state=AppointmentState.MOVED)
        placing.free_holds(advisers=placement.crew(lead), now=moment)
        placing.check(placement, lead, now=moment)
        row.starts_at, row.ends_at, row.sequence = placement.starts_at, placement.ends_at, row.sequence + 1
        for name, value in placement.where(row).items():
            setattr(row, name, value)
        row.save()
        placing.occupy(placement, lead, state=row.state, of=row)
        others: dict[str, Any] = {"former": crew} if set(crew) != set(placement.crew(lead)) else {}
        record.note("session", row, "move", by=by, old=row.state, new=row.state, adviser=lead, **others)
        has_other_time = record.time_of(row) != record.time_of(row.before)
        if has_other_time:
            seats.give_up_unsent(row, now=moment)
        for appointment in _taken(row):
            _move_seat(row, appointment, by=by)
        if has_other_time:
            _tell_line(row, by=by, now=moment)
        return row

    return placing.take(placement, attempt, also_lock=before)


def _tell_line(session: GroupSession, *, by: Any, now: datetime) -> None:
    """Tell who waits, or is offered a seat, that the session is at another time."""
    for entry in seats.line_of(session):
        record.note(
            "waiting", entry, "move", by=by, old=entry.state, new=entry.state, case=entry.case, session=session.pk,
            appointment=entry.appointment,
        )  # fmt: skip
    seats.move_up(session, now=now)  # what was held while a form was filled in


def _taken(session: GroupSession) -> list[Appointment]:
    rows = Appointment.objects.filter(session=session, state__in=BLOCKING).select_for_update(of=("self",))
    return list(rows.select_related("case", "format").order_by("case", "pk"))  # mails: keys in order


def _move_seat(session: GroupSession, old: Appointment, *, by: Any) -> None:
    when = {
        "starts_at": session.starts_at, "ends_at": session.ends_at, "place": session.place,
        "place_detail": session.place_detail,
    }  # fmt: skip
    if old.state == AppointmentState.HELD:  # not in anybody's calendar yet
        until = min(old.held_until, session.starts_at) if old.held_until is not None else None
        Appointment.objects.filter(pk=old.pk).update(**when, held_until=until)
        return
    if old.state == AppointmentState.REQUESTED:  # stays a request, at the time the session has now
        Appointment.objects.filter(pk=old.pk).update(
            **when, sequence=old.sequence + 1, generation=old.generation + 1, changed_at=timezone.now()
        )
        row = Appointment.objects.get(pk=old.pk)
        if record.has_other_time(row, old):  # with other people alone, or elsewhere, it asks for the same
            asked = record.ask_anew(row, old)
            record.changed(row, "choose_again", by=by, old=old.state, session=session.pk, **asked)
        return
    state = record.settle(old, "move")
    new = Appointment.objects.create(
        thread=old.thread, sequence=old.sequence + 1, generation=old.generation + 1, case=old.case,
        format=old.format, session=session, moved_from=old, state=state, **when,
    )  # fmt: skip
    Seat.objects.filter(appointment=old).update(appointment=new)
    record.changed(new, "move", by=by, old=old.state, session=session.pk, **record.ask_anew(new, old))


def change(
    *, session: GroupSession, title: str, place: str, place_detail: str, by: Any, now: datetime | None = None
) -> GroupSession:
    """Give a session to come another title, place, address or video link; seats have what it has.

    Raises:
        NotPossible: It is over or cancelled.
        ValidationError: A text is too long, or the place unknown.
    """
    with calendar.guarded():
        row = seats.lock(session)
        if row.state != SessionState.CONFIRMED or row.ends_at <= (now or timezone.now()):
            raise NotPossible("Dieser Gruppentermin lässt sich nicht mehr ändern.")
        row.before, elsewhere = copy(row), (row.place, row.place_detail) != (place, place_detail)
        if not elsewhere and row.title == title:
            return row
        row.title, row.place, row.place_detail = title, place, place_detail
        row.sequence += 1
        row.full_clean(validate_constraints=False)
        row.save(update_fields=["title", "place", "place_detail", "sequence"])
        record.note("session", row, "change", by=by, old=row.state, new=row.state)
        for appointment in _taken(row) if elsewhere else ():
            _place_seat(row, appointment, by=by)
        return row


def _place_seat(session: GroupSession, appointment: Appointment, *, by: Any) -> None:
    appointment.place, appointment.place_detail = session.place, session.place_detail
    confirmed = appointment.state == AppointmentState.CONFIRMED  # others are in nobody's calendar yet
    appointment.sequence += confirmed
    appointment.save(update_fields=["place", "place_detail", "sequence", "changed_at"])
    if confirmed:
        record.changed(appointment, "change_place", by=by, old=appointment.state)


def cancel(*, session: GroupSession, by: Any, reason: str = "", now: datetime | None = None) -> GroupSession:
    """Cancel a session with all its seats and its waiting list; a second time changes nothing."""
    moment = now or timezone.now()
    with calendar.guarded():
        row = seats.lock(session)
        if row.state == SessionState.CANCELLED:
            return row
        if row.ends_at <= moment:
            raise NotPossible("Dieser Gruppentermin ist schon vorbei.")
        record.change_session(row, "cancel", by=by)
        for entry in seats.line_of(row):
            record.change_waiting(entry, "cancel", by=by)
        for appointment in _taken(row):
            if appointment.state == AppointmentState.HELD:
                placing.expire(Appointment.objects.filter(pk=appointment.pk), now=moment)
                continue
            if appointment.state == AppointmentState.REQUESTED:
                old = record.settle(appointment, "decline", reason=record.reason_of(reason))
                record.changed(appointment, "decline", by=by, old=old, session=row.pk)
                continue
            record.change(
                appointment, "cancel", by=by, reason=record.reason_of(reason), sequence=appointment.sequence + 1,
                generation=appointment.generation + 1,
            )  # fmt: skip
        Seat.objects.filter(session=row).delete()
        return row


def complete(*, session: GroupSession, by: Any, now: datetime | None = None) -> GroupSession:
    """Note that a session has taken place; who did not come is noted at each appointment before.

    Nobody waits for a seat of it any more.
    """
    moment = now or timezone.now()
    with calendar.guarded():
        row = seats.lock(session)
        if row.starts_at > moment:
            raise NotPossible("Das geht erst, wenn der Termin begonnen hat.")
        record.change_session(row, "complete", by=by)
        for appointment in _taken(row):
            if appointment.state == AppointmentState.CONFIRMED:
                record.change(appointment, "complete", by=by)
        seats.close_line(row, now=moment)
        return row


def change_capacity(*, session: GroupSession, capacity: int, by: Any, now: datetime | None = None) -> GroupSession:
    """Give a session more or fewer seats; more go to those who wait.

    Raises:
        NotPossible: More seats are taken than there would be.
    """
    with calendar.guarded():
        row = seats.lock(session)
        taken = list(Seat.objects.filter(session=row).order_by("number"))
        if capacity < max(len(taken), 1):
            raise NotPossible(f"{len(taken)} Plätze sind schon vergeben; weniger geht nicht.")
        _close_ranks(taken, capacity)
        row.capacity = capacity
        row.save(update_fields=["capacity"])
        record.note("session", row, "capacity", by=by, old=row.state, new=row.state, number=capacity)
        seats.move_up(row, now=now or timezone.now())
        return row


def _close_ranks(taken: list[Seat], capacity: int) -> None:
    """Give seats with numbers beyond the capacity free ones below it."""
    numbers = {seat.number for seat in taken}
    free = (number for number in range(1, capacity + 1) if number not in numbers)
    for seat in taken:
        if seat.number > capacity:
            seat.number = next(free)
            seat.save(update_fields=["number"])
