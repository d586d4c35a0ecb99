"""Group sessions: one range, numbered seats, a waiting list that moves up by itself with a time to accept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from consultations.models import Appointment, Case, CaseEvent, Concern, GroupSession, Seat, WaitingEntry
from consultations.refusals import NotPossible, SlotTaken
from consultations.requester import cases as requester_cases
from consultations.requester import follow_up
from consultations.services import appointments, cases, changes, groups, seats
from consultations.states import AppointmentState, WaitingState
from consultations.tasks import tidy
from portal.core import schedule
from tests.factories import calendar as make
from tests.mails import deliver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
State = AppointmentState
DAYS = timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def session() -> GroupSession:
    """Two seats, in three days at 10, led by somebody who has a colleague along."""
    form = make.group_form(capacity=2, accept_hours=24)
    wanted = make.placement(
        form, make.on(3), make.adviser("Größe"), further=[make.adviser("Müller").pk], by_centre=True, place="video"
    )
    return groups.plan(placement=wanted, title="Sprechstunde Registermodernisierung", by=None)


def towns(count: int) -> list[Case]:
    return [make.case(municipality=make.municipality(f"Ort {number}")) for number in range(count)]


def numbers(session: GroupSession) -> list[int]:
    return list(Seat.objects.filter(session=session).values_list("number", flat=True))


def full(session: GroupSession) -> tuple[list[Any], list[Any]]:
    """Fill the two seats, and let two more wait."""
    booked: list[Any] = [seats.book(session=session, case=case, by=None) for case in towns(2)]
    waiting: list[Any] = [seats.join(session=session, case=case, by=None) for case in towns(4)[2:]]
    return booked, waiting


def test_a_session_takes_everybodys_time_once(session: GroupSession) -> None:
    assert session.allocations.filter(state="confirmed").count() == 2
    adviser = session.allocations.get(role="lead").adviser
    with pytest.raises(SlotTaken):
        appointments.book(placement=make.placement(make.form(), make.on(3), adviser), case=make.case(), by=None)


def test_single_formats_have_no_sessions() -> None:
    wanted = make.placement(make.form(), make.on(3), make.adviser())
    with pytest.raises(NotPossible):
        groups.plan(placement=wanted, title="x", by=None)


def test_seats_are_numbered_and_end(session: GroupSession) -> None:
    booked, _ = full(session)
    assert numbers(session) == [1, 2]
    assert (booked[0].state, booked[0].starts_at, booked[0].place) == (State.CONFIRMED, make.on(3), "video")
    with pytest.raises(SlotTaken, match="Warteliste"):
        seats.book(session=session, case=make.case(), by=None)
    with pytest.raises(NotPossible, match="schon einen Platz"):
        seats.book(session=session, case=booked[0].case, by=None)


def test_a_held_seat_is_taken_until_it_runs_out(session: GroupSession) -> None:
    seats.book(session=session, case=make.case(), by=None)
    held = seats.hold(session=session, holder="a")
    with pytest.raises(SlotTaken):
        seats.hold(session=session, holder="b")
    other = seats.hold(session=session, holder="b", now=make.NOW + timedelta(minutes=15))
    held.refresh_from_db()
    assert (held.state, other.seat.number) == (State.EXPIRED, 2)
    booked = appointments.book_held(appointment=other, case=make.case(), by=None)
    assert (booked.pk, booked.state, numbers(session)) == (other.pk, State.CONFIRMED, [1, 2])
    with pytest.raises(SlotTaken, match="letzte Platz"):
        appointments.book_held(appointment=held, case=make.case(), by=None)


def test_a_cancelled_seat_goes_to_the_first_who_waits(session: GroupSession) -> None:
    booked, (first, second) = full(session)
    changes.cancel(appointment=booked[0], by=None)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (WaitingState.OFFERED, WaitingState.WAITING)
    offer = first.appointment
    assert (offer.state, offer.case, offer.seat.number) == (State.HELD, first.case, 1)
    assert offer.held_until == make.NOW + DAYS
    with pytest.raises(SlotTaken):
        seats.book(session=session, case=make.case(), by=None)
    taken = seats.accept(entry=first, by=None)
    first.refresh_from_db()
    assert (taken.state, first.state, numbers(session)) == (State.CONFIRMED, WaitingState.TAKEN, [1, 2])
    with pytest.raises(NotPossible, match="kein Platz angeboten"):
        seats.accept(entry=second, by=None)


def test_an_offer_nobody_takes_goes_on(session: GroupSession) -> None:
    booked, (first, second) = full(session)
    changes.cancel(appointment=booked[0], by=None)
    with time_machine.travel(make.NOW + DAYS, tick=False):
        assert tidy() == "1 Plätze angeboten"
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, second.state) == (WaitingState.PASSED, WaitingState.OFFERED)
        assert second.appointment.held_until == make.NOW + 2 * DAYS
        with pytest.raises(SlotTaken, match="weitergegeben"):
            seats.accept(entry=first, by=None)
    with time_machine.travel(make.NOW + 2 * DAYS, tick=False):
        assert tidy() == ""
    second.refresh_from_db()
    assert second.state == WaitingState.PASSED
    assert numbers(session) == [2]
    assert seats.book(session=session, case=make.case(), by=None).seat.number == 1


def test_late_acceptance_hands_on_at_once(session: GroupSession) -> None:
    booked, (first, second) = full(session)
    changes.cancel(appointment=booked[0], by=None)
    with pytest.raises(SlotTaken):
        seats.accept(entry=first, by=None, now=make.NOW + DAYS)
    second.refresh_from_db()
    assert second.state == WaitingState.OFFERED


def test_a_case_that_is_closed_waits_no_more_and_its_offer_goes_to_the_next(session: GroupSession) -> None:
    booked, (first, second) = full(session)
    changes.cancel(appointment=booked[0], by=None)
    first.refresh_from_db()
    assert first.state == WaitingState.OFFERED
    lead = make.adviser("Öhlmüller")
    cases.assign(case=first.case, lead=lead, by=None)
    for action in ("start", "answer"):
        cases.advance(case=first.case, action=action, by=None)
    cases.close(case=first.case, by=None)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (WaitingState.LEFT, WaitingState.OFFERED)
    with pytest.raises(NotPossible):
        seats.accept(entry=first, by=None)


def test_an_offer_ends_with_the_beginning(session: GroupSession) -> None:
    booked, (first, _) = full(session)
    changes.cancel(appointment=booked[0], by=None, now=make.on(3) - timedelta(hours=2))
    first.refresh_from_db()
    assert first.appointment.held_until == make.on(3)


def test_refusing_an_offer_hands_on_at_once(session: GroupSession) -> None:
    booked, (first, second) = full(session)
    changes.cancel(appointment=booked[0], by=None)
    first.refresh_from_db()
    seats.leave(entry=first, by=None)
    seats.leave(entry=first, by=None)
    second.refresh_from_db()
    assert second.state == WaitingState.OFFERED
    assert numbers(session) == [1, 2]


def test_nobody_waits_while_there_are_seats_and_nobody_twice(session: GroupSession) -> None:
    with pytest.raises(NotPossible, match="noch Plätze frei"):
        seats.join(session=session, case=make.case(), by=None)
    _, (first, _) = full(session)
    assert seats.join(session=session, case=first.case, by=None).pk == first.pk
    booked: Any = Appointment.objects.filter(session=session).earliest("pk")
    with pytest.raises(NotPossible, match="schon einen Platz"):
        seats.join(session=session, case=booked.case, by=None)


def test_more_seats_go_to_those_who_wait_and_fewer_keep_what_is_taken(session: GroupSession) -> None:
    booked, entries = full(session)
    with pytest.raises(NotPossible, match="2 Plätze sind schon vergeben"):
        groups.change_capacity(session=session, capacity=1, by=None)
    groups.change_capacity(session=session, capacity=4, by=None)
    assert {WaitingEntry.objects.get(pk=entry.pk).state for entry in entries} == {WaitingState.OFFERED}
    for entry in entries:
        seats.accept(entry=entry, by=None)
    changes.cancel(appointment=booked[0], by=None)
    groups.change_capacity(session=session, capacity=3, by=None)
    assert sorted(numbers(session)) == [1, 2, 3]


def test_a_session_moves_with_everybody_in_it(session: GroupSession) -> None:
    booked, (first, _) = full(session)
    changes.cancel(appointment=booked[0], by=None)
    leads = [row.adviser for row in session.allocations.order_by("-role")]
    wanted = make.placement(session.format, make.on(4, 11), *leads[:1], by_centre=True, place="centre")
    moved = groups.move(session=session, placement=wanted, by=None)
    assert (moved.starts_at, moved.sequence, moved.place) == (make.on(4, 11), 1, "centre")
    assert session.allocations.filter(state="confirmed").count() == 1
    old = Appointment.objects.get(pk=booked[1].pk)
    new = old.moved_to
    assert (old.state, new.state, new.thread, new.sequence) == (State.MOVED, State.CONFIRMED, old.thread, 1)
    assert (new.starts_at, new.seat.number) == (make.on(4, 11), 2)
    first.refresh_from_db()
    assert (first.appointment.state, first.appointment.starts_at) == (State.HELD, make.on(4, 11))
    with pytest.raises(NotPossible, match="legt die Kompetenzstelle"):
        changes.move(appointment=new, placement=make.placement(session.format, make.on(5), leads[0]), by=None)


def test_a_cancelled_session_cancels_everything_once(session: GroupSession) -> None:
    booked, entries = full(session)
    changes.cancel(appointment=booked[0], by=None)
    groups.cancel(session=session, by=None, reason="Krankheit")
    ended = groups.cancel(session=session, by=None)
    assert ended.state == "cancelled"
    assert numbers(session) == []
    assert {WaitingEntry.objects.get(pk=entry.pk).state for entry in entries} == {WaitingState.LEFT}
    states = dict(Appointment.objects.values_list("pk", "state"))
    assert (
        states.pop(WaitingEntry.objects.values_list("appointment_id", flat=True).get(pk=entries[0].pk))
        == State.EXPIRED
    )
    assert set(states.values()) == {State.CANCELLED}
    assert not session.allocations.filter(state="confirmed").exists()
    for attempt in (seats.book, seats.join):
        with pytest.raises(NotPossible, match="nicht mehr anmelden"):
            attempt(session=session, case=make.case(), by=None)


def test_a_session_that_took_place(session: GroupSession) -> None:
    booked, _ = full(session)
    with pytest.raises(NotPossible):
        groups.complete(session=session, by=None)
    after = make.on(3, 11)
    changes.no_show(appointment=booked[1], by=None, now=after)
    groups.complete(session=session, by=None, now=after)
    assert [Appointment.objects.get(pk=row.pk).state for row in booked] == [State.DONE, State.NO_SHOW]
    with pytest.raises(NotPossible):
        groups.cancel(session=session, by=None, now=after)


def test_who_withdraws_a_case_gives_up_seat_and_place_in_the_line(session: GroupSession) -> None:
    booked, (first, second) = full(session)
    cases.withdraw(case=first.case, by=None)
    cases.withdraw(case=booked[0].case, by=None)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (WaitingState.LEFT, WaitingState.OFFERED)


def test_who_waits_until_the_beginning_is_let_go_and_told(session: GroupSession) -> None:
    booked, (first, second) = full(session)
    for number, entry in enumerate((first, second)):
        Concern.objects.create(case=entry.case, contact_name="Nora Öz", contact_email=f"nora{number}@ort.example")
    begun, case = make.on(3), first.case
    case.format = session.format
    with time_machine.travel(begun - timedelta(hours=2), tick=False):
        changes.cancel(appointment=booked[0], by=None)  # offered until the beginning
        deliver()
    with time_machine.travel(begun, tick=False):
        assert follow_up.way_of(case) is None
        assert tidy() == "2 Einträge der Warteliste beendet"
        assert tidy() == ""
        told = {mail["To"]: mail["Subject"].partition(": ")[2] for mail in deliver()}
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (WaitingState.PASSED, WaitingState.LEFT)
    assert first.appointment.state == State.EXPIRED
    assert numbers(session) == [2], "the seat that was offered is free"
    assert {to: what for to, what in told.items() if not to.endswith("@kkv.example")} == {
        "nora0@ort.example": "Nicht mehr auf der Warteliste", "nora1@ort.example": "Kein Platz frei geworden",
    }  # fmt: skip
    assert not requester_cases.waiting_of(case)
    assert follow_up.way_of(case) is not None, "another date can be chosen"


def test_noting_that_a_session_took_place_ends_its_line(session: GroupSession) -> None:
    _, (first, second) = full(session)
    groups.complete(session=session, by=None, now=make.on(3, 11))
    assert set(WaitingEntry.objects.values_list("state", flat=True)) == {WaitingState.LEFT}
    events = CaseEvent.objects.filter(case__in=(first.case, second.case), action="waiting.close")
    assert events.count() == 2


def test_the_job_is_registered() -> None:
    assert schedule.jobs["tidy_calendar"].interval == timedelta(minutes=1)
