"""What becomes of a confirmed appointment: moved, cancelled, handed over, done; one transaction each.

A move sets the old row to moved and stores a new one of the same thread, so that calendars see one entry change.
Every change of what a calendar shows raises the sequence (RFC 5546, section 2.1.4).
"""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any

from django.db.models.base import ModelState
from django.utils import timezone

from consultations import queries, refusals, slots, times
from consultations.models import Allocation, Appointment, GroupSession
from consultations.refusals import NotPossible
from consultations.services import calendar, placing, record, repeated, seats
from consultations.services.placing import Placement
from consultations.states import BLOCKING, AppointmentState

NOT_YET = "Das geht erst, wenn der Termin begonnen hat."
NOT_TO_HAND_OVER = "Übergeben lässt sich nur ein angefragter oder bestätigter Termin."
LEFT = "Diese Person ist an dem Termin nicht mehr beteiligt. Bitte laden Sie die Seite neu."
TAKES_PART = "Diese Person ist an dem Termin schon beteiligt."
STARTED = "Dieser Termin hat schon begonnen."
OVER = "Dieser Termin ist schon vorbei."
IN_A_GROUP = "Diesen Termin legt die Kompetenzstelle für alle fest. Sagen Sie ab und wählen Sie einen anderen."


def move(
    *, appointment: Appointment, placement: Placement, by: Any, reason: str = "", now: datetime | None = None
) -> Appointment:
    """Move a confirmed appointment: the old time is free and the new one taken, or nothing changes.

    The same rules hold as for a new booking. Who is invited is asked anew where the time is another one. Returns
    the new row; to where it stands already, nothing changes and nobody gets a mail (`repeated`).

    Raises:
        SlotTaken: The new time is taken.
        NotOffered: It is none that can be booked.
        NotPossible: The appointment cannot be moved (any more).
    """
    moment = now or timezone.now()

    def attempt(lead: int) -> Appointment:
        old = record.locked(appointment)
        if old.session_id is not None:
            raise NotPossible(IN_A_GROUP)
        if old.ends_at is not None and old.ends_at <= moment:
            raise NotPossible(OVER)
        if (known := repeated.moved_there(old, placement)) is not None:
            return known
        state = record.settle(old, "move", reason=record.reason_of(reason))
        placing.free_holds(advisers=placement.crew(lead), now=moment)
        placing.check(placement, lead, now=moment)
        new = Appointment.objects.create(
            thread=old.thread, sequence=old.sequence + 1, generation=old.generation + 1, case=old.case,
            format=placement.form, moved_from=old, state=state, starts_at=placement.starts_at,
            ends_at=placement.ends_at, **placement.where(old),
        )  # fmt: skip
        placing.occupy(placement, lead, state=state, of=new)
        asked = record.ask_anew(new, old)
        record.changed(new, "move", by=by, old=old.state, adviser=lead, **asked)
        return new

    return placing.take(placement, attempt, also_lock=record.advisers_of(appointment))


def cancel(*, appointment: Appointment, by: Any, reason: str = "", now: datetime | None = None) -> Appointment:
    """Cancel a confirmed appointment; its time, or its seat, is free at once. A second time changes nothing.

    Raises:
        NotPossible: It is over, moved, or was never confirmed.
    """
    moment = now or timezone.now()
    with calendar.guarded():
        if appointment.session is not None:
            seats.lock(appointment.session)  # before the appointment, as everywhere
        row = record.locked(appointment)
        if row.state == AppointmentState.CANCELLED:
            return row
        if row.state == AppointmentState.CONFIRMED and row.ends_at is not None and row.ends_at <= moment:
            raise NotPossible(OVER)
        record.change(
            row, "cancel", by=by, reason=record.reason_of(reason), sequence=row.sequence + 1,
            generation=row.generation + 1,
        )  # fmt: skip
        seats.give_up(row, now=moment)
        return row


def hand_over(
    *, appointment: Appointment, to: int, by: Any, part_of: int | None = None, now: datetime | None = None
) -> Appointment:
    """Give one adviser's part (id; without one the lead's) in an appointment to another (id); see `pass_on`."""
    rows = [row for row in appointment.allocations.order_by("-pk") if row.adviser_id == part_of]
    part = next(iter(rows if part_of is not None else record.allocated(appointment)), None)
    if part is None:
        raise NotPossible(NOT_TO_HAND_OVER)
    pass_on(allocation=part, to=to, by=by, now=now)
    return Appointment.objects.get(pk=appointment.pk)


def pass_on(*, allocation: Allocation, to: int, by: Any, now: datetime | None = None) -> Allocation:
    """Give one adviser's part in an appointment or a session to another one (id); the time stays.

    Hours, absences and closures of the other one hold, limits and the grid do not. A further adviser can take over
    the lead; whoever led it leaves. The same once more changes nothing.

    Raises:
        SlotTaken: The other one is not free at this time.
        NotOffered: The other one does not work at this time.
        NotPossible: There is nothing (any more) to hand over.
    """
    moment = now or timezone.now()
    with calendar.locked({to}, leaving={allocation.adviser_id}):
        owner = _locked_owner(allocation)
        part = Allocation.objects.get(pk=allocation.pk)
        own = owner.allocations.filter(adviser=to, state__in=BLOCKING).first()
        if own is not None and part.state == AppointmentState.WITHDRAWN:
            return own  # a second click
        if part.state not in (AppointmentState.CONFIRMED, AppointmentState.REQUESTED):
            raise NotPossible(LEFT if owner.state in BLOCKING else NOT_TO_HAND_OVER)
        if own is not None and own.pk == part.pk:
            return own
        if own is None:
            placing.free_holds(advisers=[to], now=moment)
            _check_can_take(owner, to, now=moment)
        elif part.role != Allocation.Role.LEAD:
            raise NotPossible(TAKES_PART)
        elif owner.starts_at is not None and owner.starts_at < moment:
            raise NotPossible(STARTED)
        Allocation.objects.filter(pk=part.pk).update(state=AppointmentState.WITHDRAWN)
        new = _taking_over(part, own, to)
        _note_hand_over(owner, by=by, adviser=to, former=part.adviser_id)
        return new


def _locked_owner(allocation: Allocation) -> Appointment | GroupSession:
    if allocation.appointment is not None:
        return record.locked(allocation.appointment)
    assert allocation.session is not None  # noqa: S101 - the database says so
    return seats.lock(allocation.session)


def _taking_over(part: Allocation, own: Allocation | None, to: int) -> Allocation:
    """Return the part of whoever takes one over; who has been a further adviser keeps the row and leads now."""
    if own is None:
        new = copy(part)
        new._state = ModelState()
        new.adviser_id, new.pk = to, None
    else:
        new = own
        new.role = part.role
    new.save()
    return new


def _note_hand_over(owner: Appointment | GroupSession, *, by: Any, **who: Any) -> None:
    owner.sequence += owner.state == AppointmentState.CONFIRMED
    owner.save(update_fields=["sequence"])
    if isinstance(owner, Appointment):
        record.changed(owner, "hand_over", by=by, old=owner.state, **who)
    else:
        record.note("session", owner, "hand_over", by=by, old=owner.state, new=owner.state, **who)


def _check_can_take(owner: Appointment | GroupSession, adviser: int, *, now: datetime) -> None:
    assert owner.starts_at is not None  # noqa: S101 - what takes time has a beginning
    asked = queries.Asked(owner.format, [adviser], now, by_centre=True)
    day = times.local_day(owner.starts_at)
    (diary,) = queries.diaries(asked, day, day)
    start = times.to_minute(owner.starts_at)
    reason = slots.refusal(asked.rules, diary, start, queries.frame(asked, day, day), grid=False)
    if reason not in (None, slots.Refusal.LIMIT):
        raise refusals.of(reason)


def change_place(
    *, appointment: Appointment, by: Any, place: str, place_detail: str = "", now: datetime | None = None
) -> Appointment:
    """Name another place, address or video link of an appointment to come."""
    with calendar.guarded():
        row = record.locked(appointment)
        if row.state not in (AppointmentState.CONFIRMED, AppointmentState.REQUESTED):
            raise NotPossible("Nur ein bevorstehender Termin hat einen Ort.")
        if row.session_id is not None:
            raise NotPossible("Ort und Einwahl ändern Sie am Gruppentermin, für alle zugleich.")
        if row.ends_at is not None and row.ends_at <= (now or timezone.now()):
            raise NotPossible(OVER)
        if (row.place, row.place_detail) == (place, place_detail):
            return row
        row.place, row.place_detail = place, place_detail
        row.sequence += row.state == AppointmentState.CONFIRMED
        row.full_clean(validate_constraints=False)
        row.save(update_fields=["place", "place_detail", "sequence", "changed_at"])
        record.changed(row, "change_place", by=by, old=row.state)
        return row


def _after_the_beginning(appointment: Appointment, action: str, *, by: Any, now: datetime) -> Appointment:
    with calendar.guarded():
        row = record.locked(appointment)
        if row.starts_at is None or row.starts_at > now:
            raise NotPossible(NOT_YET)
        return record.change(row, action, by=by)


def complete(*, appointment: Appointment, by: Any, now: datetime | None = None) -> Appointment:
    """Note that an appointment has taken place; the case goes on by itself.

    Raises:
        NotPossible: It has not begun, or is not confirmed.
    """
    return _after_the_beginning(appointment, "complete", by=by, now=now or timezone.now())


def no_show(*, appointment: Appointment, by: Any, now: datetime | None = None) -> Appointment:
    """Note that nobody of the municipality has come. Raises as `complete`."""
    return _after_the_beginning(appointment, "no_show", by=by, now=now or timezone.now())
