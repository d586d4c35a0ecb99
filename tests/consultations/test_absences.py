"""Absences: nothing is booked on them, and appointments in the way are named, or become work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError

from consultations import queries
from consultations.models import Absence
from consultations.refusals import NotOffered
from consultations.services import absences, appointments, groups
from consultations.services.absences import AppointmentsInTheWay
from portal.core.models import AuditEntry, WorkItem
from tests.factories import calendar as make
from tests.people import make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def test_nothing_is_booked_while_somebody_is_away() -> None:
    anna, form, by = make.adviser(), make.form(), make_user()
    away = absences.plan(
        adviser=anna,
        first_day=make.MONDAY + DAY,
        last_day=make.MONDAY + 2 * DAY,
        by=by,
        deputy=make.adviser("Weiß"),
    )
    asked = queries.Asked(form, [anna.pk], make.NOW)
    days = {slot.day for slot in queries.free_slots(asked, last=make.MONDAY + 4 * DAY)}
    assert days == {make.MONDAY, make.MONDAY + 3 * DAY, make.MONDAY + 4 * DAY}
    wanted = make.placement(form, make.on(1), anna)
    with pytest.raises(NotOffered):
        appointments.book(placement=wanted, case=make.case(), by=None)
    entry = AuditEntry.objects.get(action="absence.plan")
    assert (entry.actor, entry.detail) == (by.pk, {"adviser": anna.pk, "number": 0})
    absences.end(absence=away, by=by)
    assert appointments.book(placement=wanted, case=make.case(), by=None).pk


def test_appointments_in_the_way_are_named() -> None:
    anna, form = make.adviser(), make.form()
    for start in (make.on(0, 9), make.on(1, 9), make.on(2, 16), make.on(3)):
        appointments.book(placement=make.placement(form, start, anna), case=make.case(), by=None)
    with pytest.raises(AppointmentsInTheWay, match=r"liegen 2 Termine \(02\.03\.2027, 03\.03\.2027\)") as caught:
        absences.plan(adviser=anna, first_day=make.MONDAY + DAY, last_day=make.MONDAY + 2 * DAY, by=None)
    in_the_way: Any = caught.value.allocations
    assert [row.appointment.starts_at for row in in_the_way] == [make.on(1, 9), make.on(2, 16)]
    assert not Absence.objects.exists()


def test_anyway_they_become_work_of_the_coordination() -> None:
    anna, form, group = make.adviser(), make.form(), make.group_form()
    case = make.case()
    appointments.book(placement=make.placement(form, make.on(15, 9), anna), case=case, by=None)
    groups.plan(
        placement=make.placement(group, make.on(15, 11), anna, by_centre=True), title="Sprechstunde", by=None
    )
    day = make.MONDAY + 15 * DAY
    away = absences.plan(adviser=anna, first_day=day, last_day=day, by=None, anyway=True)
    absences.plan(adviser=anna, first_day=day, last_day=day + DAY, by=None, absence=away, anyway=True)
    items = WorkItem.objects.filter(kind=absences.KIND).order_by("pk")
    assert [(item.title, item.team, item.due_on) for item in items] == [
        (
            f"Termin am 16.03.2027 fällt in eine Abwesenheit (Vorgang {case.reference})",
            "Koordination",
            day - 7 * DAY,
        ),
        ("Termin am 16.03.2027 fällt in eine Abwesenheit (Gruppentermin)", "Koordination", day - 7 * DAY),
    ]
    assert Absence.objects.get().last_day == day + DAY


def test_a_hold_that_ran_out_is_in_nobodys_way() -> None:
    anna, form = make.adviser(), make.form()
    appointments.hold(placement=make.placement(form, make.on(1), anna), holder="a")
    day = make.MONDAY + DAY
    with pytest.raises(AppointmentsInTheWay, match="liegt 1 Termin"):
        absences.plan(adviser=anna, first_day=day, last_day=day, by=None)
    with time_machine.travel(make.NOW + timedelta(minutes=15), tick=False):
        absences.plan(adviser=anna, first_day=day, last_day=day, by=None)


def test_days_and_deputies_must_make_sense() -> None:
    anna = make.adviser()
    with pytest.raises(ValidationError, match="nicht vor dem ersten"):
        absences.plan(adviser=anna, first_day=make.MONDAY, last_day=make.MONDAY - DAY, by=None)
    with pytest.raises(ValidationError, match="vertritt sich nicht selbst"):
        absences.plan(adviser=anna, first_day=make.MONDAY, last_day=make.MONDAY, by=None, deputy=anna)
