"""What a municipality reads of its case promises nothing that is past, and names no day twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from consultations.models import Case
from consultations.requester import words
from consultations.services import appointments, cases, correspondence
from consultations.states import CaseState
from tests.factories import calendar as make
from tests.factories import desk

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
        case.refresh_from_db()
        status = words.status_of(case, coming)
    assert status.what_next == "Wir sprechen uns am Dienstag, 2. März 2027, 10:00 bis 11:00 Uhr."
    assert status.by_when is None


LATER = make.NOW + timedelta(days=14)
DUE = date(2027, 3, 4)  # three working days after Monday, 1 March


def seen(case: Case) -> words.Status:
    return words.status_of(Case.objects.get(pk=case.pk))


def test_the_day_holds_in_every_state_in_which_the_centre_owes() -> None:
    with time_machine.travel(make.NOW, tick=False):
        lead = desk.adviser_with_role()
        assigned = cases.assign(case=make.case(), lead=lead, by=None)
        working = desk.working_case(lead)
        for case in (assigned, working):
            assert seen(case).by_when == DUE, case.state
    with time_machine.travel(LATER, tick=False):
        for case in (assigned, working):
            assert (seen(case).by_when, seen(case).what_next) == (None, words.LATE), case.state


def test_a_case_that_is_answered_and_not_assigned_yet_is_not_late() -> None:
    with time_machine.travel(make.NOW, tick=False):
        lead, case = desk.adviser_with_role(), make.case()
        correspondence.answer(case=case, text="Wir kümmern uns.", by=lead.user)
    with time_machine.travel(LATER, tick=False):
        assert seen(case).state == "Eingegangen"
        assert seen(case).by_when is None
        assert seen(case).what_next != words.LATE


def test_who_waits_for_the_municipality_promises_no_day() -> None:
    with time_machine.travel(make.NOW, tick=False):
        lead = desk.adviser_with_role()
        case = cases.advance(case=desk.working_case(lead), action="ask", by=lead.user)
    with time_machine.travel(LATER, tick=False):
        assert seen(case) == words.Status("Wartet auf Sie", words._STATUS[CaseState.WAITING].what_next)


def test_a_question_after_the_advice_gets_a_day_of_its_own() -> None:
    with time_machine.travel(make.NOW, tick=False):
        lead = desk.adviser_with_role()
        case = cases.advance(case=desk.working_case(lead), action="answer", by=lead.user)
        assert seen(case).by_when is None
        correspondence.receive(case=case, text="Und was kostet das?", by=None)
        assert (seen(case).by_when, seen(case).what_next) == (DUE, words.ASKED_MORE)
    with time_machine.travel(LATER, tick=False):
        assert seen(case).what_next == words.LATE


def test_a_question_beside_an_appointment_is_promised_too() -> None:
    with time_machine.travel(make.NOW, tick=False):
        case = make.case()
        placement = make.placement(make.form(), make.on(21), make.adviser())
        coming = appointments.book(placement=placement, case=case, by=None)
        correspondence.receive(case=case, text="Was bringen wir mit?", by=None)
        status = words.status_of(Case.objects.get(pk=case.pk), coming)
        assert status.by_when == DUE
        assert status.what_next == f"Wir sprechen uns am {words.when(coming.starts_at, coming.ends_at)}. " + (
            words.ASKED_MORE
        )
    with time_machine.travel(LATER, tick=False):
        late = words.status_of(Case.objects.get(pk=case.pk), coming)
        assert late.by_when is None
        assert late.what_next.endswith(words.LATE)
