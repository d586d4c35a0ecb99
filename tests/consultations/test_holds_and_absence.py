"""A hold becomes no appointment with somebody who does not advise any more, or is away by now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine

from consultations.models import Adviser, Appointment, Closure, DateOverride, Format, WeeklyHours
from consultations.refusals import SlotTaken
from consultations.services import absences, appointments
from consultations.states import HOLD, AppointmentState
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = pytest.mark.django_db
GONE = "Vormerkung ist abgelaufen"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday(settings: Any) -> Iterator[None]:
    settings.HOLIDAYS = ""
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def anna() -> Adviser:
    return desk.adviser_with_role("Größe")


@pytest.fixture
def form() -> Format:
    return make.form(notice_hours=26)


@pytest.fixture
def held(anna: Adviser, form: Format) -> Appointment:
    return appointments.hold(placement=make.placement(form, make.on(1, 9), anna), holder="a")


def switch_off(anna: Adviser) -> int:
    """Untick „Berät“ as Koordination does."""
    client = signed_in(desk.person("Koordination", "koordination@kkv.example"))
    none = {f"{name}-{kind}": 0 for name in ("hours", "overrides") for kind in ("TOTAL_FORMS", "INITIAL_FORMS")}
    answer = client.post(f"/cms/beratung/beratende/edit/{anna.pk}/", {**none, "weight": 100})
    return int(answer.status_code)


def test_times_of_who_stops_advising_are_given_up(anna: Adviser, held: Appointment) -> None:
    assert switch_off(anna) == 302
    anna.refresh_from_db()
    held.refresh_from_db()
    assert (anna.active, held.state) == (False, AppointmentState.EXPIRED)
    with pytest.raises(SlotTaken, match=GONE):
        appointments.book_held(appointment=held, case=make.case(), by=None)


def test_nothing_is_booked_with_who_was_switched_off_otherwise(anna: Adviser, held: Appointment) -> None:
    Adviser.objects.filter(pk=anna.pk).update(active=False)
    for act in (appointments.book_held, appointments.request):
        with pytest.raises(SlotTaken, match=GONE):
            act(appointment=held, case=make.case(), by=None)
    held.refresh_from_db()
    assert held.state == AppointmentState.HELD


def test_a_hold_that_ran_out_does_not_reach_into_an_absence(anna: Adviser, held: Appointment) -> None:
    with time_machine.travel(make.NOW + HOLD, tick=False):
        day = make.MONDAY + DAY
        absences.plan(adviser=anna, first_day=day, last_day=day, by=None)
        with pytest.raises(SlotTaken, match=GONE):
            appointments.book_held(appointment=held, case=make.case(), by=None)


@pytest.mark.parametrize("change", ["hours", "override", "closed"])
def test_nor_into_other_hours_or_a_closed_day(anna: Adviser, held: Appointment, change: str) -> None:
    day = make.MONDAY + DAY
    if change == "hours":
        WeeklyHours.objects.filter(adviser=anna).update(starts=time(12), ends=time(15))
    elif change == "override":
        DateOverride.objects.create(adviser=anna, day=day)
    else:
        Closure.objects.create(day=day.day, month=day.month, name="Umzug")
    with time_machine.travel(make.NOW + HOLD, tick=False), pytest.raises(SlotTaken, match=GONE):
        appointments.request(appointment=held, case=make.case(), by=None)


def test_within_the_notice_it_stays_the_holders(held: Appointment) -> None:
    """The time was chosen in time; how long the form took is no reason to lose it."""
    with time_machine.travel(make.NOW + timedelta(hours=2), tick=False):
        row = appointments.book_held(appointment=held, case=make.case(), by=None)
    assert (row.pk, row.state) == (held.pk, AppointmentState.CONFIRMED)
