"""A time that is held while a form is filled in never becomes an appointment where nobody advises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from consultations import without_role
from consultations.models import Absence, Adviser, Appointment, Closure, DateOverride, Format, WeeklyHours
from consultations.refusals import SlotTaken
from consultations.services import absences, appointments, groups, seats
from consultations.states import AppointmentState
from portal.core.models import WorkItem
from tests.factories import bodies, desk
from tests.factories import calendar as make
from tests.people import signed_in

pytestmark = pytest.mark.django_db
State = AppointmentState
DAY = make.MONDAY + timedelta(days=1)
turns = pytest.mark.parametrize("turn", [appointments.book_held, appointments.request])


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def later(minutes: int = 16) -> Any:
    return time_machine.travel(make.NOW + timedelta(minutes=minutes), tick=False)


def held(adviser: Adviser, **fields: Any) -> Appointment:
    return appointments.hold(placement=make.placement(make.form(**fields), make.on(1), adviser), holder="a")


def refused(row: Appointment, turn: Callable[..., Any] = appointments.book_held) -> bool:
    with pytest.raises(SlotTaken, match="Bitte wählen Sie einen anderen Termin"):
        turn(appointment=row, case=make.case(), by=None)
    return not Appointment.objects.filter(state__in=(State.CONFIRMED, State.REQUESTED)).exists()


@turns
def test_what_is_held_with_somebody_who_stops_advising_is_not_booked(turn: Any) -> None:
    anna = make.adviser()
    row = held(anna)
    Adviser.objects.update(active=False)  # by whatever way
    assert refused(row, turn)


def test_who_is_switched_off_gives_up_what_is_held() -> None:
    anna = make.adviser()
    row = held(anna)
    assert desk.stop_advising(anna, signed_in(desk.person("Koordination", "k@kkv.example"))) == 302
    row.refresh_from_db()
    assert (row.state, Adviser.objects.get().active) == (State.EXPIRED, False)
    assert refused(row)


def test_an_absence_holds_against_what_had_been_held_before() -> None:
    """A hold that has run out is in nobody's way, and is booked by the rules of a new booking."""
    anna = make.adviser()
    row = held(anna)
    with later():
        absences.plan(adviser=anna, first_day=DAY, last_day=DAY, by=None)
        assert refused(row)


def test_an_absence_all_the_same_gives_up_what_is_held_and_makes_no_work_of_it() -> None:
    anna = make.adviser()
    row = held(anna)
    with pytest.raises(absences.AppointmentsInTheWay, match="wird dann wieder frei"):
        absences.plan(adviser=anna, first_day=DAY, last_day=DAY, by=None)
    row.refresh_from_db()
    assert row.state == State.HELD
    absences.plan(adviser=anna, first_day=DAY, last_day=DAY, by=None, anyway=True)
    row.refresh_from_db()
    assert (row.state, WorkItem.objects.count(), Absence.objects.count()) == (State.EXPIRED, 0, 1)
    assert refused(row)


def _no_hours(_: Adviser) -> None:
    WeeklyHours.objects.all().delete()


def _day_off(adviser: Adviser) -> None:
    DateOverride.objects.create(adviser=adviser, day=DAY)


def _closed(_: Adviser) -> None:
    Closure.objects.create(day=DAY.day, month=DAY.month, name="Umzug")


def _format_ends(_: Adviser) -> None:
    Format.objects.update(active=False)


@pytest.mark.parametrize("change", [_no_hours, _day_off, _closed, _format_ends])
@turns
def test_a_hold_that_has_run_out_is_booked_by_the_rules_of_now(change: Any, turn: Any) -> None:
    anna = make.adviser()
    row = held(anna)
    change(anna)
    with later():
        assert refused(row, turn)


def test_a_hold_that_lives_is_kept_when_times_change() -> None:
    anna = make.adviser()
    row = held(anna)
    _no_hours(anna)
    assert appointments.book_held(appointment=row, case=make.case(), by=None).state == State.CONFIRMED


def test_a_held_seat_that_has_run_out_goes_to_whoever_waits() -> None:
    form, anna = make.group_form(capacity=1), make.adviser()
    wanted = make.placement(form, make.on(3), anna, by_centre=True, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde", by=None)
    row = seats.hold(session=session, holder="a")
    first = seats.join(session=session, case=make.case(), by=None)
    with later(), pytest.raises(SlotTaken, match="Warteliste"):
        appointments.book_held(appointment=row, case=make.case(), by=None)
    with later():
        seats.leave(entry=first, by=None)
        booked = appointments.book_held(appointment=row, case=make.case(), by=None)
    assert (booked.state, booked.session) == (State.CONFIRMED, session)


def test_what_is_held_makes_no_task_of_an_adviser_from_outside() -> None:
    anna = make.adviser()
    mark = bodies.belongs(make.user_of(anna), bodies.association(), is_external_adviser=True)
    row = held(anna)
    Adviser.objects.update(external=True)
    mark.is_external_adviser = False
    mark.save()
    row.refresh_from_db()
    anna.refresh_from_db()
    assert not WorkItem.objects.filter(kind=without_role.OUTSIDE_KIND).exists()
    assert (row.state, anna.active) == (State.EXPIRED, False)
