"""What becomes of a whole session is no word about any of the cases with a seat in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from consultations.models import Adviser, Case, GroupSession
from consultations.services import appointments, cases, correspondence, groups, seats
from portal.accounts.models import User
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user

pytestmark = pytest.mark.django_db
DUE = date(2027, 3, 4)


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def asker() -> User:
    return make_user("amt@stadt.example")


def planned(lead: Adviser, **fields: Any) -> GroupSession:
    wanted = make.placement(make.group_form(**fields), make.on(9), lead, by_centre=True, place="video")
    return groups.plan(placement=wanted, title="Sprechstunde NOOTS", by=None)


def move(session: GroupSession, hour: int, lead: Adviser) -> None:
    wanted = make.placement(session.format, make.on(9, hour), lead, by_centre=True, place="video")
    groups.move(session=session, placement=wanted, by=lead.user)


def time_of(case: Case) -> tuple[date | None, Any]:
    case.refresh_from_db()
    return case.answer_due, case.first_answer_at


def test_a_session_that_moves_answers_no_question(lead: Adviser, asker: User) -> None:
    session, asked, quiet = planned(lead), desk.working_case(lead, requester=asker), make.case(requester=asker)
    for case in (asked, quiet):
        seats.book(session=session, case=case, by=asker)
    correspondence.receive(case=asked, text="Was sollen wir mitbringen?", by=asker)
    move(session, 14, lead)
    assert (time_of(asked), time_of(quiet)) == ((DUE, None), (None, None))
    correspondence.answer(case=asked, text="Den Bescheid.", by=lead.user)
    assert time_of(asked) == (None, make.NOW)


def test_a_session_that_moves_does_not_end_what_the_centre_has_taken_up(lead: Adviser, asker: User) -> None:
    session, case = planned(lead), desk.working_case(lead, requester=asker)
    seats.book(session=session, case=case, by=asker)
    correspondence.answer(case=case, text="Dazu melden wir uns.", by=lead.user)
    for action in ("ask", "resume"):
        case = cases.advance(case=case, action=action, by=lead.user)
    move(session, 14, lead)
    assert time_of(case)[0] == DUE
    given_up = appointments.request_slot(
        placement=make.placement(make.form(), make.on(2), lead), case=case, by=asker
    )
    appointments.withdraw(appointment=given_up, by=asker)
    assert time_of(case)[0] == DUE, "the centre has still promised to go on"


def test_a_cancelled_session_declines_requests_and_answers_nothing_else(lead: Adviser, asker: User) -> None:
    session = planned(lead, entry="triage")
    new, asked, heard = (make.case(requester=asker) for _ in range(3))
    correspondence.answer(case=heard, text="Melden Sie sich an.", by=lead.user)
    for case in (new, asked, heard):
        seats.ask(session=session, case=case, by=asker)
    correspondence.receive(case=asked, text="Gibt es Unterlagen?", by=asker)
    assert time_of(heard)[0] == DUE, "a seat is asked for"
    groups.cancel(session=session, by=lead.user, reason="Zu wenige Anmeldungen")
    assert (time_of(new), time_of(asked)) == ((DUE, None), (DUE, None))
    assert time_of(heard) == (None, make.NOW), "what was asked for is asked for no more"


@pytest.mark.parametrize("action", ["confirm", "decline"])
def test_what_is_said_of_a_seat_answers_the_request_for_it_alone(action: str, lead: Adviser, asker: User) -> None:
    session = planned(lead, entry="triage")
    asked, quiet = make.case(requester=asker), make.case(requester=asker)
    rows = [seats.ask(session=session, case=case, by=asker) for case in (asked, quiet)]
    later = make.NOW + timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        correspondence.receive(case=asked, text="Gibt es Unterlagen?", by=asker)
        for row in rows:
            getattr(appointments, action)(appointment=row, by=lead.user)
    assert (time_of(asked), time_of(quiet)) == ((DUE, None), (None, later))
