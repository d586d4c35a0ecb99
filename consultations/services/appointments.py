"""From a free slot to a confirmed appointment: hold, request, book, confirm, and what ends a request.

Every function is one transaction (or a part of the caller's). Times are aware; `now` is for tests, it is the
present otherwise. Whether somebody may do it is checked where they ask for it. docs/consultations-calendar.md
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consultations import refusals
from consultations.models import Adviser, Allocation, Appointment, Case, Format
from consultations.refusals import BookingRefused, NotPossible, SlotTaken
from consultations.services import calendar, flagged, placing, record, repeated, seats
from consultations.services.placing import Placement
from consultations.states import HOLD, LONGEST_HOLD, AppointmentState, SessionState

MOST_WISHES = 5
PARTS_OF_DAY = {"morning": "vormittags", "afternoon": "nachmittags", "any": "ganztägig"}
CASE_ENDED = record.CASE_ENDED
NO_LONGER_A_REQUEST = "Diese Terminanfrage ist keine mehr. Bitte laden Sie die Seite neu."


def hold(*, placement: Placement, holder: str, now: datetime | None = None) -> Appointment:
    """Keep a slot for 15 minutes for whoever fills in the form; another slot of the same holder is given up.

    `holder` is a random key of the draft, up to 64 characters. A hold always names advisers.

    Raises:
        SlotTaken: None of the candidates is free (any more).
        NotOffered: The time is none that can be booked.
    """
    moment = now or timezone.now()

    def attempt(lead: int) -> Appointment:
        placing.free_holds(advisers=placement.crew(lead), now=moment, holder=holder)
        placing.check(placement, lead, now=moment)
        return placing.store(placement, lead, action="hold", by=None, holder=holder, held_until=moment + HOLD)

    return placing.take(placement, attempt)


def extend(*, appointment: Appointment, now: datetime | None = None) -> Appointment:
    """Keep a hold while an address is being confirmed: two hours from its beginning at most.

    Raises:
        NotPossible: It is no hold any more.
    """
    with calendar.guarded():
        row = record.locked(appointment)
        if not row.is_held(now or timezone.now()) or row.created_at is None:
            raise NotPossible(refusals.HOLD_OVER)
        row.held_until = max(row.held_until or row.created_at, row.created_at + LONGEST_HOLD)
        row.save(update_fields=["held_until", "changed_at"])
        record.changed(row, "extend", by=None, old=row.state)
    return row


def release(*, appointment: Appointment) -> None:
    """Give up a hold; one that is none any more is left as it is."""
    with calendar.guarded():
        row = record.locked(appointment)
        if row.state == AppointmentState.HELD:
            placing.expire(Appointment.objects.filter(pk=row.pk), now=timezone.now())


def release_of(*, adviser: Adviser, of: QuerySet[Allocation] | None = None) -> None:
    """Give up the holds of an adviser, or some of them: who does not advise, or not then, cannot be booked.

    Called with the adviser locked; whoever has filled in a form chooses another time, and what was typed is kept.
    """
    allocations = Allocation.objects.filter(adviser=adviser) if of is None else of
    due = allocations.filter(state=AppointmentState.HELD).values("appointment")
    placing.expire(Appointment.objects.filter(pk__in=due), now=timezone.now())


def request(*, appointment: Appointment, case: Case, by: Any, now: datetime | None = None) -> Appointment:
    """Turn a hold into a request that the centre confirms; the slot stays taken until it answers.

    Raises:
        SlotTaken: As `book_held`.
    """
    return _turn(appointment, "request", case=case, by=by, now=now or timezone.now())


def book_held(*, appointment: Appointment, case: Case, by: Any, now: datetime | None = None) -> Appointment:
    """Turn a hold into a confirmed appointment. One that has run out is booked anew when the time is still free.

    Raises:
        SlotTaken: It has run out and the time is not to be had any more, has begun, or nobody of it advises.
    """
    return _turn(appointment, "book", case=case, by=by, now=now or timezone.now())


def _turn(appointment: Appointment, action: str, *, case: Case, by: Any, now: datetime) -> Appointment:
    with calendar.guarded():
        current = record.open_case(case)
        _lock_crew(appointment)
        _lock_session(appointment)
        row = record.locked(appointment)
        if row.starts_at is not None and row.starts_at <= now:
            raise SlotTaken(refusals.BEGUN)
        if _still_theirs(row, now=now):
            return record.change(row, action, by=by, case=current, held_until=None, holder="")
    # What has run out counts as free, whether a job has seen it or not: the rules of a new booking hold.
    if row.state not in (AppointmentState.HELD, AppointmentState.EXPIRED):
        record.target("appointment", action, row.state)
    if row.session is not None:
        if row.starts_at != row.session.starts_at:
            raise SlotTaken(refusals.MOVED)
        return seats.ask(session=row.session, case=case, by=by, now=now)  # whoever waits comes first
    if not row.format.active:
        raise SlotTaken(refusals.HOLD_OVER)
    try:
        return _place(_placement_of(row), action, case=case, by=by, now=now)
    except BookingRefused as error:
        raise SlotTaken(refusals.HOLD_OVER) from error


def _lock_crew(hold: Appointment) -> None:
    """Lock who advises at a hold: an absence or the end of advising is waited for, and waits for the booking.

    Raises:
        SlotTaken: One of them does not advise any more.
    """
    try:
        calendar.lock(record.advisers_of(hold))
    except NotPossible as error:
        raise SlotTaken(refusals.HOLD_OVER) from error


def _still_theirs(row: Appointment, *, now: datetime) -> bool:
    """True for a hold that lives, and for a time whose hold has run out where nothing has come between.

    Nobody has freed it, so nobody else has it; how long the form took is no reason to lose it to the notice.
    Hours, absences and closed days see no hold that has run out in their way: they are looked at anew.
    """
    if row.is_held(now):
        return True
    if row.state != AppointmentState.HELD or row.session_id is not None or not row.format.active:
        return False
    placement = replace(_placement_of(row), by_centre=True)
    try:
        placing.check(placement, placement.candidates[0], now=now, ignore=row)
    except BookingRefused:
        return False
    return True


def _placement_of(row: Appointment) -> Placement:
    """Return what an appointment had taken, to take the same again."""
    assert row.starts_at is not None  # noqa: S101 - a hold has a time
    allocations = sorted(row.allocations.all(), key=lambda item: item.role != Allocation.Role.LEAD)
    crew = [item.adviser_id for item in allocations]
    return Placement(
        form=row.format, starts_at=row.starts_at, candidates=crew[:1], further=crew[1:], place=row.place,
        place_detail=row.place_detail,
    )  # fmt: skip


def _place(placement: Placement, action: str, *, case: Case, by: Any, now: datetime) -> Appointment:
    def attempt(lead: int) -> Appointment:
        placing.free_holds(advisers=placement.crew(lead), now=now)
        placing.check(placement, lead, now=now)
        return placing.store(placement, lead, action=action, by=by, case=current)

    with calendar.guarded():
        current = record.open_case(case)
        if (known := repeated.booked(current, placement, by=by, action=action)) is not None:
            return known
        return placing.take(placement, attempt)


def book(*, placement: Placement, case: Case, by: Any, now: datetime | None = None) -> Appointment:
    """Book a slot at once, without a hold. The same once more from the same person changes nothing (`repeated`).

    Raises:
        SlotTaken: None of the candidates is free (any more).
        NotOffered: The time is none that can be booked.
    """
    return _place(placement, "book", case=case, by=by, now=now or timezone.now())


def request_slot(*, placement: Placement, case: Case, by: Any, now: datetime | None = None) -> Appointment:
    """Ask for a slot at once, without a hold; it is taken until the centre answers. Raises as `book`."""
    return _place(placement, "request", case=case, by=by, now=now or timezone.now())


@transaction.atomic
def request_by_wishes(
    *, case: Case, form: Format, wishes: Sequence[tuple[date, str]], by: Any, place: str = ""
) -> Appointment:
    """Ask for an appointment without naming a slot: days and parts of days (keys of PARTS_OF_DAY), and a place.

    Raises:
        NotPossible: No wish, too many, or one that is no day to come.
    """
    today = timezone.localdate()
    if not 1 <= len(wishes) <= MOST_WISHES:
        raise NotPossible(f"Bitte nennen Sie einen bis {MOST_WISHES} Wünsche.")
    if any(day <= today or part not in PARTS_OF_DAY for day, part in wishes):
        raise NotPossible("Bitte nennen Sie Tage, die noch kommen.")
    appointment = Appointment.objects.create(
        case=record.open_case(case), format=form, state=record.target("appointment", "request", None), place=place,
        wishes=[{"day": day.isoformat(), "part": part} for day, part in wishes],
    )  # fmt: skip
    record.changed(appointment, "request", by=by, old="")
    return appointment


def confirm(
    *, appointment: Appointment, by: Any, placement: Placement | None = None, now: datetime | None = None,
    chosen: bool = False,
) -> Appointment:  # fmt: skip
    """Confirm a request: at the time it asked for, or at the one the centre names (needed where it had wishes).

    Who is invited and has answered to the request is asked anew where the centre names another time. It names one
    too by proposing times: whoever chooses one of them carries out what the centre has agreed to (`chosen`,
    `proposals`).

    Raises:
        SlotTaken: The time the centre names is taken.
        NotOffered: It is none that can be booked.
        NotPossible: The request is none any more, or its own time is on a day of an absence or a closure.
    """
    moment = now or timezone.now()
    if placement is not None:
        return _confirm_at(appointment, placement, by=by, now=moment, chosen=chosen)
    with calendar.guarded():
        record.lock_case(appointment)
        _lock_session(appointment)
        row = record.locked(appointment)
        record.target("appointment", "confirm", row.state)
        if row.starts_at is None:
            raise NotPossible("Bitte wählen Sie einen Termin: Die Anfrage nennt nur Wünsche.")
        if row.starts_at <= moment:
            raise SlotTaken(refusals.BEGUN)
        if row.session is not None and row.session.state != SessionState.CONFIRMED:
            raise NotPossible(seats.GONE)
        if row.session is None:
            flagged.refuse(row)
        return record.change(row, "confirm", by=by)


def _lock_session(appointment: Appointment) -> None:
    """Lock the session of a seat, before its appointment as everywhere."""
    if appointment.session is not None:
        seats.lock(appointment.session)


def _confirm_at(
    appointment: Appointment, placement: Placement, *, by: Any, now: datetime, chosen: bool
) -> Appointment:
    def attempt(lead: int) -> Appointment:
        row = record.locked(appointment)
        record.target("appointment", "confirm", row.state)
        if row.session_id is not None:
            raise NotPossible(seats.OF_ALL)
        record.take_off(row)
        placing.free_holds(advisers=placement.crew(lead), now=now)
        placing.check(placement, lead, now=now)
        before = copy(row)
        generation = row.generation + (not repeated.stands_at(row, placement))
        old = record.settle(
            row, "confirm", starts_at=placement.starts_at, ends_at=placement.ends_at, format=placement.form,
            generation=generation, **placement.where(row),
        )  # fmt: skip
        placing.occupy(placement, lead, state=row.state, of=row)
        detail = {"adviser": lead, **record.ask_anew(row, before), **({"chosen": True} if chosen else {})}
        record.changed(row, "confirm", by=by, old=old, **detail)
        return row

    return placing.take(placement, attempt, also_lock=record.advisers_of(appointment))


def choose_again(
    *, appointment: Appointment, placement: Placement, by: Any, reason: str = "", now: datetime | None = None
) -> Appointment:
    """Let a request ask for another time: the one before is free and the new one taken, or nothing changes.

    It stays a request of the same thread, of another format where the centre has proposed one; wishes it had are
    settled by it. The rules of a new booking hold. Who is invited is asked anew. The time it asks for already
    changes nothing (`repeated`).

    Raises:
        SlotTaken: The new time is taken.
        NotOffered: It is none that can be booked.
        NotPossible: It is no request any more, its time has begun, it is a seat, or the case has ended.
    """
    moment = now or timezone.now()
    assert appointment.case is not None  # noqa: S101 - the database says so

    def attempt(lead: int) -> Appointment:
        row = record.locked(appointment)
        if row.state != AppointmentState.REQUESTED:
            raise NotPossible(NO_LONGER_A_REQUEST)
        if row.session_id is not None:
            raise NotPossible(seats.OF_ALL)
        if row.starts_at is not None and row.starts_at <= moment:
            raise NotPossible(refusals.BEGUN)
        if repeated.stands(row, placement):
            return row
        record.take_off(row)
        placing.free_holds(advisers=placement.crew(lead), now=moment)
        placing.check(placement, lead, now=moment)
        before = copy(row)
        _put_at(row, placement, reason=reason)
        placing.occupy(placement, lead, state=row.state, of=row)
        asked = record.ask_anew(row, before)
        record.changed(row, "choose_again", by=by, old=row.state, adviser=lead, **asked)
        return row

    with calendar.guarded():
        record.open_case(appointment.case)
        return placing.take(placement, attempt, also_lock=record.advisers_of(appointment))


def _put_at(row: Appointment, placement: Placement, *, reason: str) -> None:
    row.starts_at, row.ends_at, row.wishes = placement.starts_at, placement.ends_at, []
    row.format = placement.form
    for name, value in placement.where(row).items():
        setattr(row, name, value)
    row.reason = record.reason_of(reason) or row.reason
    row.sequence, row.generation = row.sequence + 1, row.generation + 1
    row.save()


def decline(*, appointment: Appointment, by: Any, reason: str = "", now: datetime | None = None) -> Appointment:
    """Refuse a request; the case goes on. A seat goes to whoever waits."""
    return _end_request(appointment, "decline", by=by, reason=reason, now=now)


def withdraw(*, appointment: Appointment, by: Any, reason: str = "", now: datetime | None = None) -> Appointment:
    """Take back a request; a second time changes nothing. A seat goes to whoever waits."""
    return _end_request(appointment, "withdraw", by=by, reason=reason, now=now)


def _end_request(
    appointment: Appointment, action: str, *, by: Any, reason: str, now: datetime | None
) -> Appointment:
    with calendar.guarded():
        _lock_session(appointment)
        row = record.locked(appointment)
        if action == "withdraw" and row.state == AppointmentState.WITHDRAWN:
            return row
        record.change(row, action, by=by, reason=record.reason_of(reason))
        seats.give_up(row, now=now or timezone.now())
        return row
