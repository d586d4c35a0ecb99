"""Free times from the database: who can be asked, how many queries it takes, and how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consultations import queries
from consultations.models import Adviser, Allocation, Appointment, Format
from consultations.slots import Slot
from consultations.states import AppointmentState
from portal.accounts.models import District, Municipality, User
from tests.factories import calendar as make
from tests.factories import content

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def fill(form: Format, people: list[Adviser], *, each_day: int) -> None:
    """Book some hours of everybody's next 60 days, four of five of them."""
    case = make.case()
    spans = [
        (person, make.on(day, 9 + 2 * number))
        for index, person in enumerate(people)
        for day in range(60)
        for number in range(each_day)
        if (index + day + number) % 5
    ]
    made = Appointment.objects.bulk_create(
        Appointment(
            case=case, format=form, state=AppointmentState.CONFIRMED, starts_at=start,
            ends_at=start + timedelta(hours=1),
        )
        for _, start in spans
    )  # fmt: skip
    Allocation.objects.bulk_create(
        Allocation(
            appointment=appointment, adviser=person, state=AppointmentState.CONFIRMED, blocks_from=start,
            blocks_until=start + timedelta(hours=1),
        )
        for appointment, (person, start) in zip(made, spans, strict=True)
    )  # fmt: skip


def people_of(count: int) -> list[Adviser]:
    return [make.adviser(f"Person{number}", hours=(9 - number % 2, 17)) for number in range(count)]


def ask(form: Format, people: list[Adviser]) -> list[Slot]:
    return queries.free_slots(queries.Asked(form, [person.pk for person in people], make.NOW))


def test_the_number_of_queries_is_the_same_for_one_and_for_forty() -> None:
    form, people = make.form(per_day=4, per_week=10, buffer_after=15, step=30), people_of(40)
    fill(form, people, each_day=2)
    counts = []
    for asked in (people[:1], people[:4], people):
        with CaptureQueriesContext(connection) as found:
            slots = ask(form, asked)
        assert slots
        counts.append(len(found))
    assert counts == [6, 6, 6]
    with CaptureQueriesContext(connection) as found:
        assert len(queries.competent_advisers(form=form)) == 40
    assert len(found) == 2


def test_days_can_be_asked_for_one_by_one() -> None:
    form, anna = make.form(horizon_days=10), make.adviser()
    asked = queries.Asked(form, [anna.pk], make.NOW)
    everything = queries.free_slots(asked)
    assert {slot.day for slot in everything} == {
        make.MONDAY + timedelta(days=day) for day in (0, 1, 2, 3, 4, 7, 8, 9, 10)
    }
    day = make.MONDAY + timedelta(days=8)
    assert queries.free_slots(asked, first=day, last=day) == [slot for slot in everything if slot.day == day]
    assert queries.free_slots(asked, first=day + timedelta(days=9)) == []
    assert queries.free_slots(queries.Asked(form, [], make.NOW)) == []


def test_competence_region_and_format_decide_who_is_asked() -> None:
    form, other = make.form(), make.form("workshop")
    broad, narrow = content.topic("Registermodernisierung"), content.topic("Gebühren")
    below = content.topic("NOOTS", parent=broad)
    here = District.objects.create(key="99901", name="Kreis Süd")
    there = District.objects.create(key="99902", name="Kreis Nord")
    everything, by_topic, by_region, by_form, outside, gone = (make.adviser(f"P{number}") for number in range(6))
    by_topic.topics.set([broad])
    by_region.regions.set([here])
    by_form.formats.set([other])
    for person in (by_topic, by_region, by_form):
        person.save()
    Adviser.objects.filter(pk=outside.pk).update(external=True)
    User.objects.filter(pk=make.user_of(gone).pk).update(is_active=False)

    def town(district: District) -> Municipality:
        return Municipality.objects.create(name="Ort", slug=district.key, kind="gemeinde", district=district)

    def names(**asked: Any) -> set[Adviser]:
        return set(Adviser.objects.filter(pk__in=queries.competent_advisers(**{"form": form, **asked})))

    assert names() == {everything, by_topic, by_region}
    assert names(topic=below) == {everything, by_topic, by_region}
    assert names(topic=broad) == {everything, by_topic, by_region}
    assert names(topic=narrow) == {everything, by_region}
    assert names(municipality=town(here)) == {everything, by_topic, by_region}
    assert names(municipality=town(there)) == {everything, by_topic}
    assert names(municipality=make.municipality()) == {everything, by_topic, by_region}, "no district"
    assert names(form=other) == {everything, by_topic, by_region, by_form}


def test_the_least_busy_comes_first_by_weight() -> None:
    form = make.form()
    full, half = make.adviser("Größe", weight=100), make.adviser("Müller", weight=50)
    fill(form, [full, half], each_day=1)
    assert queries.by_load([half.pk, full.pk]) == [full.pk, half.pk]
    Allocation.objects.filter(adviser=half).update(state=AppointmentState.CANCELLED)
    assert queries.by_load([half.pk, full.pk]) == [half.pk, full.pk]


def test_the_longest_appointment_there_can_be_is_not_overlooked() -> None:
    form, person = make.form(duration=60), make.adviser()
    longest = make.form("lang", duration=24 * 60, buffer_before=24 * 60, buffer_after=24 * 60)
    row = Appointment.objects.create(
        case=make.case(), format=longest, state=AppointmentState.CONFIRMED, starts_at=make.on(-1, 12),
        ends_at=make.on(0, 12),
    )  # fmt: skip
    Allocation.objects.create(
        appointment=row, adviser=person, state=AppointmentState.CONFIRMED, blocks_from=make.on(-2, 12),
        blocks_until=make.on(1, 12),
    )  # fmt: skip
    assert ask(form, [person])[0].starts_at == make.on(1, 12)
