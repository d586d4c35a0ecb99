"""What a municipality reads of its case promises nothing that is past, and names no day twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from consultations.models import Case
from consultations.requester import words
from consultations.services import appointments
from tests.factories import calendar as make

pytestmark = pytest.mark.django_db


def test_a_day_that_is_past_is_promised_no_more() -> None:
    with time_machine.travel(make.NOW, tick=False):
        case = make.case()
        status = words.status_of(case)
        assert status.by_when is not None
    with time_machine.travel(make.NOW + timedelta(days=14), tick=False):
        late = words.status_of(Case.objects.get(pk=case.pk))
    assert (late.by_when, late.what_next) == (None, words.LATE)
    assert late.state == status.state


def test_the_day_of_an_appointment_is_said_once() -> None:
    with time_machine.travel(make.NOW, tick=False):
        case = make.case()
        placement = make.placement(make.form(), make.on(1), make.adviser())
        coming = appointments.book(placement=placement, case=case, by=None)
        status = words.status_of(case, coming)
    assert status.what_next == "Wir sprechen uns am Dienstag, 2. März 2027, 10:00 bis 11:00 Uhr."
    assert status.by_when is None
