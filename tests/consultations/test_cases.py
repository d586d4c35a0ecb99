"""Cases follow their own table; no appointment closes one, and an ended one takes its appointments with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from consultations import states
from consultations.models import Case, CaseEvent
from consultations.refusals import NotPossible
from consultations.services import appointments, cases, changes
from consultations.states import CaseState, Party
from portal.core import audit, audit_labels
from tests.factories import calendar as make
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def steps(case: Case) -> list[str]:
    return list(CaseEvent.objects.filter(case=case).values_list("action", flat=True))


def test_the_whole_way() -> None:
    by, lead = make_user(), make.adviser()
    case = make.case(by=by)
    assert re.fullmatch(r"B-[A-Z0-9]{4}-[A-Z0-9]{4}", case.reference)
    cases.assign(case=case, lead=lead, by=by)
    for action in ("start", "ask", "resume", "advise", "leave_measures"):
        case = cases.advance(case=case, action=action, by=by)
    case = cases.close(case=case, by=by)
    assert (case.state, case.ended_at, case.lead) == (CaseState.CLOSED, make.NOW, lead)
    assert steps(case) == [
        "case.receive", "case.assign", "case.start", "case.ask", "case.resume", "case.advise",
        "case.leave_measures", "case.close",
    ]  # fmt: skip
    reopened = cases.reopen(case=case, by=by, now=make.NOW + timedelta(days=60))
    assert (reopened.state, reopened.ended_at) == (CaseState.IN_PROGRESS, None)


def test_after_sixty_days_a_case_stays_closed() -> None:
    case = cases.assign(case=make.case(), lead=make.adviser(), by=None)
    for action in ("start", "answer"):
        cases.advance(case=case, action=action, by=None)
    case = cases.close(case=case, by=None)
    with pytest.raises(NotPossible, match="neue Anfrage"):
        cases.reopen(case=case, by=None, now=make.NOW + timedelta(days=60, seconds=1))


@pytest.mark.parametrize("action", cases.PLAIN)
def test_ways_begin_where_the_table_says(action: str) -> None:
    case = make.case()
    with pytest.raises(NotPossible):
        cases.advance(case=case, action=action, by=None)
    with pytest.raises(ValueError, match="close"):
        cases.advance(case=case, action="close", by=None)


def test_somebody_else_takes_over_and_the_state_stays() -> None:
    first, second, third = (make.adviser(name) for name in ("Größe", "Müller", "Weiß"))
    case = cases.assign(case=make.case(), lead=first, by=None)
    cases.advance(case=case, action="start", by=None)
    case = cases.assign(case=case, lead=second, further=[second, third], by=None)
    assert (case.state, case.lead, list(case.further.all())) == (CaseState.IN_PROGRESS, second, [third])
    assert steps(case)[-1] == "case.reassign"


def test_declining_needs_a_reason_and_ends_the_appointments() -> None:
    person, form = make.adviser(), make.form()
    case = make.case()
    booked = appointments.book(placement=make.placement(form, make.on(1), person), case=case, by=None)
    asked = appointments.request_slot(placement=make.placement(form, make.on(2), person), case=case, by=None)
    with pytest.raises(NotPossible, match="warum"):
        cases.decline(case=case, by=None, reason=" ")
    case = cases.decline(case=case, by=None, reason="Nicht unsere Aufgabe")
    booked.refresh_from_db()
    asked.refresh_from_db()
    assert (case.state, booked.state, asked.state) == ("declined", "cancelled", "declined")
    with pytest.raises(NotPossible):
        cases.withdraw(case=case, by=None)


def test_no_appointment_closes_a_case_and_an_open_one_keeps_it_open() -> None:
    case = cases.assign(case=make.case(), lead=make.adviser(), by=None)
    cases.advance(case=case, action="start", by=None)
    assert case.lead is not None
    wanted = make.placement(make.form(), make.on(1), case.lead)
    booked = appointments.book(placement=wanted, case=case, by=None)
    cases.advance(case=case, action="advise", by=None)
    with pytest.raises(NotPossible, match="offene Termine"):
        cases.close(case=case, by=None)
    changes.complete(appointment=booked, by=None, now=make.on(1, 11))
    case.refresh_from_db()
    assert case.state == CaseState.ADVISED
    cases.close(case=case, by=None)


def test_what_keeps_a_case_open_says_what_is_possible() -> None:
    lead, form = make.adviser(), make.form()
    case = cases.assign(case=make.case(), lead=lead, by=None)
    for action in ("start", "advise"):
        cases.advance(case=case, action=action, by=None)
    booked = appointments.book(placement=make.placement(form, make.on(1), lead), case=case, by=None)
    asked = appointments.request_slot(placement=make.placement(form, make.on(1, 12), lead), case=case, by=None)
    with time_machine.travel(make.on(2), tick=False):
        with pytest.raises(NotPossible) as refused:
            cases.close(case=case, by=None)
        assert str(refused.value) == f"{cases.TO_NOTE} {cases.TO_DECIDE}", "neither can be cancelled any more"
        changes.no_show(appointment=booked, by=None)
        appointments.decline(appointment=asked, by=None)
        assert cases.close(case=case, by=None).state == CaseState.CLOSED


def test_a_former_municipality_asks_nothing() -> None:
    town = make.municipality()
    town.active = False
    with pytest.raises(NotPossible, match="Nachfolgerin"):
        make.case(municipality=town)


def test_from_every_open_state_a_case_can_be_declined_and_withdrawn() -> None:
    for state in states.OPEN_CASES:
        assert "decline" in states.possible("case", state, Party.CENTRE)
        assert "withdraw" in states.possible("case", state, Party.MUNICIPALITY)
        assert "decline" not in states.possible("case", state, Party.MUNICIPALITY)
    for state in states.ENDED_CASES:
        assert states.possible("case", state, Party.CENTRE) == (["reopen"] if state == CaseState.CLOSED else [])


def test_the_appointment_table_is_the_one_of_the_reference() -> None:
    """held → requested, (booked), expired; requested → confirmed, declined, withdrawn; confirmed → four ends."""
    found = {
        state: {way.target for way in states.APPOINTMENT_WAYS.values() if state in way.sources}
        for state in states.AppointmentState
    }
    assert found == {
        "held": {"requested", "confirmed", "expired"},
        "requested": {"confirmed", "declined", "withdrawn"},
        "confirmed": {"moved", "cancelled", "done", "no_show"},
        **{end: set() for end in ("moved", "cancelled", "declined", "withdrawn", "expired", "done", "no_show")},
    }


def test_every_step_has_a_german_name_in_the_log() -> None:
    for action in states.labels():
        assert audit.label(action) != action
    assert (
        audit_labels.detail_text({"old": "held", "new": "confirmed"}) == "vorher: Vorgemerkt, nachher: Bestätigt"
    )
