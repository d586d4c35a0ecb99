"""The numbers of the queues are those of their lists, whoever looks, from one query over the cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from consultations.desk import queues, rights
from consultations.desk.queues import Queue
from consultations.models import Case
from consultations.services import appointments, cases
from consultations.states import OPEN_CASES
from tests.factories import calendar as make
from tests.factories import desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def world() -> list[Any]:
    """Make cases for every queue; return who looks: Koordination, a lead, one from outside, one of none."""
    anna, bernd = desk.adviser_with_role("Anna"), desk.adviser_with_role("Bernd")
    outside = desk.adviser_with_role("Extern", external=True)
    make.case("neu")
    late = make.case("spät")
    Case.objects.filter(pk=late.pk).update(answer_due=date(2027, 2, 26))
    waiting = cases.advance(case=desk.working_case(anna), action="ask", by=None)
    assert waiting.state == "waiting"
    shared = desk.working_case(bernd)
    shared.further.add(anna, outside)
    video = desk.working_case(bernd)
    asked = make.placement(make.form(), make.on(1), bernd, place="video")
    appointments.book(placement=asked, case=video, by=None)
    over = desk.working_case(anna)
    cases.decline(case=over, by=None, reason="Nicht zuständig")
    Case.objects.filter(pk=over.pk).update(answer_due=date(2027, 2, 26))
    people = [make.user_of(each) for each in (anna, outside)]
    return [desk.person("Koordination", "k@kkv.example"), *people, desk.person("Beratung", "ohne@kkv.example")]


def test_each_number_is_that_of_its_list(django_assert_num_queries: Any) -> None:
    people = world()
    for person in people:
        listed = {
            queue.value: rights.scope(person).filter(queues.condition(queue, person), state__in=OPEN_CASES).count()
            for queue in Queue
            if queue is not Queue.ALL
        }
        assert queues.counts(person) == listed, person
        with django_assert_num_queries(2):  # the other one: which days are closed
            queues.counts(person)
    assert queues.counts(people[0]) == {
        "unzugeordnet": 2, "meine": 0, "team": 5, "warten": 1, "ueberfaellig": 1, "videolink": 1,
    }  # fmt: skip
    assert queues.counts(people[1])["meine"] == 2
    assert queues.counts(people[2])["team"] == 1


def test_without_cases_every_number_is_zero() -> None:
    assert set(queues.counts(desk.person("Koordination", "k@kkv.example")).values()) == {0}
