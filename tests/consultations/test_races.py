"""Many at once, each with a connection of its own and real commits: one wins, all others are told kindly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from consultations import times
from consultations.models import (
    Absence,
    Adviser,
    Allocation,
    Appointment,
    CaseEvent,
    Invitation,
    Seat,
    WaitingEntry,
)
from consultations.refusals import BookingRefused, NotOffered, NotPossible, SlotTaken
from consultations.services import absences, appointments, calendar, changes, groups, invitations, seats
from consultations.states import BLOCKING, AppointmentState, WaitingState
from portal.core.models import AuditEntry, WorkItem
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = pytest.mark.usefixtures("real_db")
State = AppointmentState
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls at the same moment, and return what each returned or raised."""
    start = Barrier(len(calls))
    outcomes: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        connection.ensure_connection()
        start.wait()
        try:
            outcomes[number] = call()
        except Exception as error:  # looked at by the test
            outcomes[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def winners(outcomes: list[Any], *, refused: type[BookingRefused] = SlotTaken) -> list[Any]:
    """Return what succeeded; everything else has to be a refusal in friendly words, never an error."""
    failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(error, refused) for error in failed), failed
    assert all("Bitte" in str(error) or "Warteliste" in str(error) for error in failed), failed
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def no_overlap() -> None:
    """Look at the rows themselves, without the constraint."""
    for adviser in Adviser.objects.all():
        rows = adviser.allocations.filter(state__in=BLOCKING).order_by("blocks_from")
        for earlier, later in pairwise(rows):
            assert earlier.blocks_until <= later.blocks_from, (earlier, later)


def coming(days: int = 0, hour: int = 10, minute: int = 0) -> Any:
    """Return a wall time of a workday at least a week ahead: these tests run by the real clock."""
    today = timezone.localdate()
    monday = today + timedelta(days=14 - today.weekday())
    return make.local(monday + timedelta(days=days), hour, minute)


@pytest.fixture(autouse=True)
def _no_holidays(settings: Any) -> None:
    settings.HOLIDAYS = ""  # whatever day it is


def booking(form: Any, start: Any, *advisers: Any, further: tuple[Any, ...] = ()) -> Callable[[], Any]:
    case = make.case()
    wanted = make.placement(form, start, *advisers, further=[person.pk for person in further])
    return lambda: appointments.book(placement=wanted, case=case, by=None)


@pytest.mark.slow
def test_fifty_confirmations_of_one_slot_make_one_booking() -> None:
    form, anna = make.form(), make.adviser()
    outcomes = at_once(*(booking(form, coming(), anna) for _ in range(50)))
    (booked,) = winners(outcomes)
    assert Appointment.objects.get().pk == booked.pk
    assert Allocation.objects.count() == 1
    assert CaseEvent.objects.filter(action="appointment.book").count() == 1


@pytest.mark.slow
def test_fifty_holds_that_are_submitted_make_one_booking() -> None:
    form, anna = make.form(), make.adviser()
    wanted = make.placement(form, coming(), anna)

    def visitor(number: int) -> Callable[[], Any]:
        case = make.case()

        def visit() -> Any:
            held = appointments.hold(placement=wanted, holder=f"draft-{number}")
            return appointments.book_held(appointment=held, case=case, by=None)

        return visit

    (booked,) = winners(at_once(*map(visitor, range(50))))
    assert booked.state == State.CONFIRMED
    assert Appointment.objects.exclude(state=State.EXPIRED).get() == booked


@pytest.mark.slow
def test_anyone_is_as_many_as_there_are() -> None:
    form, people = make.form(), [make.adviser(name) for name in ("Größe", "Müller", "Weiß")]
    found = winners(at_once(*(booking(form, coming(), *people) for _ in range(20))))
    assert len(found) == 3
    assert set(Allocation.objects.values_list("adviser", flat=True)) == {person.pk for person in people}


def test_overlapping_but_not_equal_ranges() -> None:
    form, anna = make.form(duration=60, step=15, buffer_after=15), make.adviser()
    found = winners(at_once(*(booking(form, coming(0, 10, minute), anna) for minute in (0, 15, 30, 45) * 3)))
    assert len(found) == 1
    no_overlap()


def test_two_advisers_together_against_the_second_alone() -> None:
    form, anna, bernd = make.form(), make.adviser("Größe"), make.adviser("Müller")
    for day in range(3):
        both = [booking(form, coming(day), anna, further=(bernd,)) for _ in range(2)]
        crossed = [booking(form, coming(day), bernd, further=(anna,)) for _ in range(2)]
        single = [booking(form, coming(day), bernd) for _ in range(2)]
        found = winners(at_once(*both, *crossed, *single))
        assert len(found) == 1
    no_overlap()
    for appointment in Appointment.objects.all():
        assert appointment.allocations.count() in {1, 2}


def test_crossing_moves_end_without_a_deadlock() -> None:
    """Anna's 10 o'clock to Bernd's and the other way round: neither place is free until the other one has gone."""
    form, anna, bernd = make.form(), make.adviser("Größe"), make.adviser("Müller")
    for day in range(4):
        first = booking(form, coming(day), anna)()
        second = booking(form, coming(day), bernd)()
        outcomes = at_once(
            partial(changes.move, appointment=first, placement=make.placement(form, coming(day), bernd), by=None),
            partial(changes.move, appointment=second, placement=make.placement(form, coming(day), anna), by=None),
        )
        assert winners(outcomes) == []
    no_overlap()
    assert Appointment.objects.filter(state=State.CONFIRMED).count() == 8


def test_moves_in_a_ring_on_one_calendar() -> None:
    form, anna = make.form(), make.adviser()
    made = [booking(form, coming(0, hour), anna)() for hour in (9, 10, 11)]
    targets = [coming(0, hour) for hour in (10, 11, 12)]
    outcomes = at_once(
        *(
            partial(changes.move, appointment=row, placement=make.placement(form, start, anna), by=None)
            for row, start in zip(made, targets, strict=True)
        )
    )
    assert 1 <= len(winners(outcomes)) <= 3
    no_overlap()
    assert Appointment.objects.filter(state=State.CONFIRMED).count() == 3


def test_a_move_while_others_book_the_target() -> None:
    form, anna = make.form(), make.adviser()
    made = booking(form, coming(), anna)()
    outcomes = at_once(
        lambda: changes.move(appointment=made, placement=make.placement(form, coming(1), anna), by=None),
        *(booking(form, coming(1), anna) for _ in range(4)),
        *(booking(form, coming(0), anna) for _ in range(4)),
    )
    found = winners(outcomes)
    no_overlap()
    taken = Appointment.objects.filter(state=State.CONFIRMED)
    assert taken.filter(starts_at=coming(1)).count() == 1
    assert taken.filter(starts_at=coming(0)).count() == 1
    assert len(found) in {1, 2}


def test_a_hold_that_runs_out_while_it_is_submitted() -> None:
    """It is the holder's or the other one's, never both, and nobody sees an error."""
    form, anna = make.form(), make.adviser()
    for day in range(6):
        wanted = make.placement(form, coming(day % 5, 9 + day), anna)
        held = appointments.hold(placement=wanted, holder="a")
        Appointment.objects.filter(pk=held.pk).update(held_until=timezone.now())
        case = make.case()
        outcomes = at_once(
            partial(appointments.book_held, appointment=held, case=case, by=None),
            partial(appointments.hold, placement=wanted, holder="b"),
        )
        assert len(winners(outcomes)) == 1
    no_overlap()


def test_request_request_confirm_confirm() -> None:
    form, anna = make.form(), make.adviser()
    wishes = [(times.local_day(coming()), "any")]
    asked = [appointments.request_by_wishes(case=make.case(), form=form, wishes=wishes, by=None) for _ in range(4)]
    wanted = make.placement(form, coming(), anna, by_centre=True)
    outcomes = at_once(
        *(partial(appointments.confirm, appointment=row, by=None, placement=wanted) for row in asked)
    )
    assert len(winners(outcomes)) == 1
    assert Appointment.objects.filter(state=State.REQUESTED, starts_at=None).count() == 3
    slot = make.placement(form, coming(1), anna)
    pairs = [(slot, make.case()) for _ in range(4)]
    outcomes = at_once(*(partial(appointments.request_slot, placement=p, case=c, by=None) for p, c in pairs))
    (request,) = winners(outcomes)
    outcomes = at_once(*(lambda: appointments.confirm(appointment=request, by=None) for _ in range(2)))
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Appointment | BookingRefused) for outcome in outcomes)


def test_cancelling_twice_at_once_is_cancelling_once() -> None:
    form, anna = make.form(), make.adviser()
    made = booking(form, coming(), anna)()
    outcomes = at_once(*(lambda: changes.cancel(appointment=made, by=None) for _ in range(4)))
    assert [outcome.sequence for outcome in outcomes] == [1] * 4
    assert AuditEntry.objects.filter(action="appointment.cancel").count() == 1


def test_moved_and_cancelled_at_once() -> None:
    form, anna = make.form(), make.adviser()
    made = booking(form, coming(), anna)()
    at_once(
        lambda: changes.cancel(appointment=made, by=None),
        lambda: changes.move(appointment=made, placement=make.placement(form, coming(1), anna), by=None),
    )
    assert Appointment.objects.filter(thread=made.thread, state__in=BLOCKING).count() <= 1
    states = set(Appointment.objects.values_list("state", flat=True))
    assert states in ({State.CANCELLED}, {State.MOVED, State.CONFIRMED})


def test_an_answer_about_the_former_time_never_counts_for_the_new_one() -> None:
    form, anna, case = make.form(), make.adviser(), make.case()
    row = appointments.book(placement=make.placement(form, coming(), anna), case=case, by=None)
    asked = [invitations.invite(appointment=row, name=f"Person {number}", by=None) for number in range(3)]
    for day in range(1, 4):
        about, wanted = invitations.time_of(row), make.placement(form, coming(day), anna)
        answers = [
            partial(invitations.answer, invitation=each, accept=True, about=about) for each in asked
        ]  # fmt: skip
        moving = partial(changes.move, appointment=row, placement=wanted, by=None)
        outcomes = at_once(moving, *answers)
        assert not isinstance(outcomes[0], Exception), outcomes
        assert all(not isinstance(each, Exception) or type(each) is NotPossible for each in outcomes), outcomes
        row = outcomes[0]
        assert set(Invitation.objects.values_list("answer", flat=True)) == {"open"}


def test_an_absence_and_a_booking_of_its_day() -> None:
    form, anna = make.form(), make.adviser()
    for day in range(5):
        when: date = times.local_day(coming(day))
        outcomes = at_once(
            booking(form, coming(day), anna),
            partial(absences.plan, adviser=anna, first_day=when, last_day=when, by=None),
        )
        failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert len(failed) == 1, outcomes
        assert isinstance(failed[0], NotOffered | absences.AppointmentsInTheWay), failed
    booked = {times.local_day(row.starts_at) for row in Appointment.objects.all() if row.starts_at is not None}
    away = {row.first_day for row in Absence.objects.all()}
    assert not booked & away
    assert len(booked | away) == 5


@pytest.mark.slow
def test_more_who_want_a_seat_than_there_are() -> None:
    form = make.group_form(capacity=3)
    wanted = make.placement(form, coming(3), make.adviser(), by_centre=True, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde", by=None)
    pairs = [make.case() for _ in range(20)]
    found = winners(at_once(*(partial(seats.book, session=session, case=case, by=None) for case in pairs)))
    assert sorted(Seat.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert len(found) == 3


def test_seats_that_become_free_at_once_go_to_those_who_wait() -> None:
    form = make.group_form(capacity=3)
    wanted = make.placement(form, coming(3), make.adviser(), by_centre=True, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde", by=None)
    booked = [seats.book(session=session, case=make.case(), by=None) for _ in range(3)]
    waiting = [seats.join(session=session, case=make.case(), by=None) for _ in range(3)]
    late = make.case()
    outcomes = at_once(
        *(partial(changes.cancel, appointment=row, by=None) for row in booked),
        lambda: seats.book(session=session, case=late, by=None),
    )
    assert isinstance(outcomes[-1], SlotTaken), "nobody jumps the queue"
    offered = WaitingEntry.objects.filter(state=WaitingState.OFFERED)
    assert set(offered) == set(waiting)
    taken = winners(at_once(*(partial(seats.accept, entry=row, by=None) for row in offered)))
    assert len(taken) == 3
    assert sorted(Seat.objects.values_list("number", flat=True)) == [1, 2, 3]


@on_postgresql
def test_a_lock_that_takes_too_long_is_a_taken_slot() -> None:
    form, anna = make.form(), make.adviser()
    locked, done = Event(), Event()

    def sit_on_it() -> None:
        with transaction.atomic():
            Adviser.objects.select_for_update().get(pk=anna.pk)
            locked.set()
            done.wait(30)
        connection.close()

    thread = Thread(target=sit_on_it)
    thread.start()
    locked.wait(30)
    try:
        with pytest.raises(SlotTaken):
            booking(form, coming(), anna)()
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",), "only these transactions wait so shortly"
    finally:
        done.set()
        thread.join()


@on_postgresql
def test_a_deadlock_is_a_taken_slot() -> None:
    """Made by hand: the services lock in one order and do not get there."""
    people = [make.adviser("Größe").pk, make.adviser("Müller").pk]
    both = Barrier(2)

    def crosswise(order: list[int]) -> None:
        with calendar.guarded():
            Adviser.objects.select_for_update().get(pk=order[0])
            both.wait()
            Adviser.objects.select_for_update().get(pk=order[1])

    outcomes = at_once(lambda: crosswise(people), lambda: crosswise(people[::-1]))
    assert sorted(isinstance(outcome, SlotTaken) for outcome in outcomes) == [False, True]


def test_an_absence_and_a_hold_of_its_day_that_is_submitted() -> None:
    """Whether the hold lives or has run out: never an appointment on a day of absence that nobody was told of."""
    form, anna = make.form(), make.adviser()
    for day in range(6):
        start = coming(day % 5, 9 + day)
        held = appointments.hold(placement=make.placement(form, start, anna), holder="a")
        if day % 2:
            Appointment.objects.filter(pk=held.pk).update(held_until=timezone.now())
        when = times.local_day(start)
        outcomes = at_once(
            partial(appointments.book_held, appointment=held, case=make.case(), by=None),
            partial(absences.plan, adviser=anna, first_day=when, last_day=when, by=None, anyway=not day % 2),
        )
        failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert all(isinstance(error, SlotTaken | absences.AppointmentsInTheWay) for error in failed), failed
        booked = Appointment.objects.filter(state=State.CONFIRMED)
        flagged = WorkItem.objects.filter(kind=absences.KIND).count()
        assert flagged == (booked.count() if Absence.objects.exists() else 0)
        booked.delete()
        for model in (WorkItem, Absence):
            model.objects.all().delete()


def test_the_end_of_advising_and_a_hold_that_is_submitted() -> None:
    form, client = make.form(), signed_in(desk.person("Koordination", "koordination@kkv.example"))
    for number in range(4):
        anna = make.adviser(f"Beratend{number}")
        held = appointments.hold(placement=make.placement(form, coming(), anna), holder=f"draft-{number}")
        outcomes = at_once(
            partial(appointments.book_held, appointment=held, case=make.case(), by=None),
            partial(desk.stop_advising, anna, client),
        )
        assert not isinstance(outcomes[1], Exception), outcomes
        anna.refresh_from_db()
        booked = Allocation.objects.filter(adviser=anna, state=State.CONFIRMED).exists()
        assert booked == anna.active == (outcomes[1] == 200), outcomes
        winners(outcomes[:1])
