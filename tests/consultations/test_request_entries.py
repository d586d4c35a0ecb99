"""The calendar entry of a request: whoever asked may have it from the case page, and what decides it is newer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine

from consultations import times
from consultations.models import Adviser, Appointment, Case, Format
from consultations.requester import follow_up, ics
from consultations.services import appointments, assignment, changes, correspondence
from tests.consultations import strict_ics
from tests.factories import calendar as make
from tests.factories import desk, mailing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture(autouse=True)
def _monday_morning(settings: Any) -> Iterator[None]:
    settings.HOLIDAYS = ""
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def form() -> Format:
    return make.form(entry="triage")


@pytest.fixture
def case(lead: Adviser) -> Case:
    return assignment.assign(case=mailing.case_with_people(), adviser=lead, by=None, reason="Absprache")


@pytest.fixture
def asked(case: Case, form: Format, lead: Adviser) -> Appointment:
    """A request for the third day at ten, of which whoever asked has the entry: SEQUENCE 0, TENTATIVE."""
    wanted = make.placement(form, make.on(2), lead, place="video")
    row = appointments.request_slot(placement=wanted, case=case, by=None)
    entry = ics.of_appointment(row, "https://portal.example")
    assert (entry["SEQUENCE"], entry["STATUS"]) == (0, "TENTATIVE")
    return row


def at(form: Format, moment: datetime, lead: Adviser, **fields: Any) -> Any:
    return make.placement(form, moment, lead, by_centre=True, **{"place": "video", **fields})


def entry() -> tuple[str, str, str]:
    """Return METHOD, SEQUENCE and beginning of the last entry whoever asked got by mail."""
    mails = [each for each in mailing.to(mailing.ASKER) if "text/calendar" in each.as_string()]
    method, text, _ = mailing.calendar_of(mails[-1])
    event = strict_ics.parse(text).part("VEVENT")
    return method, event.value("SEQUENCE"), event.value("DTSTART")


def test_confirmed_at_its_own_time_the_entry_is_newer(asked: Appointment, lead: Adviser) -> None:
    row = appointments.confirm(appointment=asked, by=lead.user)
    assert entry() == ("REQUEST", "1", "20270303T100000")
    assert (row.sequence, row.generation) == (1, 0)
    changes.move(appointment=row, placement=at(row.format, make.on(3, 11), lead), by=lead.user)
    assert entry() == ("REQUEST", "2", "20270304T110000")


@pytest.mark.parametrize(("hour", "place", "generation"), [(11, "video", 1), (10, "phone", 1), (10, "video", 0)])
def test_confirmed_at_another_time_or_place_the_entry_is_newer(
    asked: Appointment, form: Format, lead: Adviser, hour: int, place: str, generation: int
) -> None:
    wanted = at(form, make.on(2, hour), lead, place=place)
    row = appointments.confirm(appointment=asked, by=lead.user, placement=wanted)
    assert entry() == ("REQUEST", "1", f"20270303T{hour}0000")
    assert (row.sequence, row.generation, row.thread) == (1, generation, asked.thread)


def test_a_proposed_time_in_place_of_a_request_makes_a_newer_entry(
    asked: Appointment, form: Format, lead: Adviser, case: Case
) -> None:
    minute = times.to_minute(make.on(4, 14))
    correspondence.propose(
        case=case, form=form, text="Am Freitag?", by=lead.user, adviser=lead.pk, minutes=[minute]
    )
    assert follow_up.choose(case, proposed=minute, by=case.requester) == "gebucht"
    assert entry() == ("REQUEST", "1", "20270305T140000")


@pytest.mark.parametrize("action", ["decline", "withdraw"])
def test_what_ends_a_request_is_newer_than_its_entry(asked: Appointment, action: str) -> None:
    getattr(appointments, action)(appointment=asked, by=None)
    assert entry() == ("CANCEL", "1", "20270303T100000")


def test_wishes_have_no_entry_to_be_newer_than(case: Case, form: Format, lead: Adviser) -> None:
    wishes = [(times.local_day(make.on(7)), "morning")]
    row = appointments.request_by_wishes(case=case, form=form, wishes=wishes, by=None)
    appointments.confirm(appointment=row, by=lead.user, placement=at(form, make.on(7), lead))
    assert entry()[:2] == ("REQUEST", "0")
