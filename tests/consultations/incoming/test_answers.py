"""Answers of calendars set what the invited person has answered: this person's, about this date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from consultations.mailing.incoming import reading
from consultations.models import Adviser, Appointment, Case, IncomingMail, Invitation, Participant
from consultations.services import changes, invitations
from tests import mails
from tests.consultations.incoming.boxes import Box
from tests.factories import calendar, incoming, mailing

pytestmark = pytest.mark.django_db
GUEST = mailing.GUEST


def uid(appointment: Appointment) -> str:
    return f"{appointment.thread}@testserver"


def said(appointment: Appointment) -> str:
    return Invitation.objects.get(thread=appointment.thread).answer


def told(lead: Adviser) -> list[str]:
    address = calendar.user_of(lead).email
    return [str(mail["Subject"]) for mail in mails.deliver() if mail["To"] == address]


def test_accepted_and_declined(appointment: Appointment, lead: Adviser, box: Box) -> None:
    assert box.read(incoming.calendar_answer(uid(appointment), GUEST, "ACCEPTED")) == "1 Antworten auf Einladungen"
    assert said(appointment) == "accepted"
    assert not any("abgesagt" in subject for subject in told(lead))
    later = "20270301T080000Z"
    box.read(incoming.calendar_answer(uid(appointment), GUEST.upper(), "DECLINED", stamp=later))
    assert said(appointment) == "declined"
    assert any("Eine eingeladene Person hat abgesagt" in subject for subject in told(lead))
    box.read(incoming.calendar_answer(uid(appointment), GUEST, "TENTATIVE", stamp=later))
    assert said(appointment) == "open"
    assert box.numbers() == (0, 3, 0)


def answered(appointment: Appointment, said: str, stamp: str, *, arrived: datetime) -> None:
    """Deal with an answer that has arrived then; the server of these tests has the machine's clock."""
    mail = incoming.calendar_answer(uid(appointment), GUEST, said, stamp=stamp)
    reading.take(mail.as_bytes(), arrived)


@pytest.mark.parametrize("in_order", [True, False])
def test_the_last_click_counts_however_late_and_in_whatever_order_mails_are_read(
    appointment: Appointment, lead: Adviser, in_order: bool
) -> None:
    said_last = datetime(2027, 3, 1, 9, 1, tzinfo=UTC)
    both = [("ACCEPTED", "20270301T090000Z"), ("DECLINED", "20270301T090100Z")]
    with time_machine.travel(said_last + timedelta(minutes=2)):
        for number, (word, stamp) in enumerate(both if in_order else both[::-1]):
            answered(appointment, word, stamp, arrived=said_last + timedelta(seconds=30 + number))
        assert said(appointment) == "declined"
        assert Invitation.objects.get().answered_at == said_last
        assert any("Eine eingeladene Person hat abgesagt" in subject for subject in told(lead))


@pytest.mark.parametrize(
    "stamp", ["20270301T120000Z", "", "20270301T090000", "20270301", "gestern", "19700101T000000Z"]
)
def test_a_clock_that_is_wrong_or_says_nothing_neither_overrules_nor_loses_an_answer(
    appointment: Appointment, stamp: str
) -> None:
    arrived = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
    invitation = Invitation.objects.get()
    with time_machine.travel(arrived + timedelta(minutes=3)):
        answered(appointment, "ACCEPTED", stamp, arrived=arrived)
        invitation.refresh_from_db()
        assert invitation.answer == "accepted"
        assert invitation.answered_at is not None
        assert invitation.created_at <= invitation.answered_at <= arrived
        answered(appointment, "DECLINED", "20270301T090100Z", arrived=arrived + timedelta(minutes=2))
        assert said(appointment) == "declined"
        invitations.answer(invitation=invitation, accept=True)
        answered(appointment, "DECLINED", stamp, arrived=arrived + timedelta(seconds=90))
        assert said(appointment) == "accepted", "said by the link since"


def test_an_answer_given_once_more_is_the_later_one(appointment: Appointment) -> None:
    arrived = datetime(2027, 3, 1, 9, 10, tzinfo=UTC)
    with time_machine.travel(arrived + timedelta(minutes=3)):
        for word, stamp in (("ACCEPTED", "090000"), ("ACCEPTED", "090500"), ("DECLINED", "090200")):
            answered(appointment, word, f"20270301T{stamp}Z", arrived=arrived)
        assert said(appointment) == "accepted"


def test_an_answer_by_the_link_after_it_stays(appointment: Appointment, box: Box) -> None:
    invitations.answer(invitation=Invitation.objects.get(), accept=True)
    box.read(incoming.calendar_answer(uid(appointment), GUEST, "DECLINED", stamp="20270228T070000Z"))
    assert said(appointment) == "accepted"


def test_an_answer_to_an_earlier_date_changes_nothing(appointment: Appointment, lead: Adviser, box: Box) -> None:
    later = calendar.placement(appointment.format, calendar.on(11), lead, place="video")
    moved = changes.move(appointment=appointment, placement=later, by=None)
    box.read(incoming.calendar_answer(uid(moved), GUEST, "DECLINED", sequence=appointment.sequence))
    assert said(moved) == "open"
    assert IncomingMail.objects.get().outcome == "nothing"
    box.read(incoming.calendar_answer(uid(moved), GUEST, "ACCEPTED", sequence=moved.sequence))
    assert said(moved) == "accepted"


def test_a_gap_in_the_sequence_costs_no_answer(appointment: Appointment, box: Box) -> None:
    other = invitations.invite(appointment=appointment, name="Uli", email="uli@ort.example", by=None)
    invitations.take_back(invitation=other, by=None)
    appointment.refresh_from_db()
    assert appointment.sequence == 2
    box.read(incoming.calendar_answer(uid(appointment), GUEST, "ACCEPTED", sequence=0))
    assert Invitation.objects.get(participant__email=GUEST).answer == "accepted"


@pytest.mark.parametrize(
    "fields",
    [
        {"sender": "fremd@anderswo.example"}, {"attendee": "fremd@anderswo.example"},
        {"uid": "0e2b8a0e-0000-4000-8000-000000000000@testserver"}, {"uid": "kein-uid"}, {"method": "COUNTER"},
        {"said": "DELEGATED"},
    ],
)  # fmt: skip
def test_foreign_answers_are_left_for_people(appointment: Appointment, box: Box, fields: dict[str, Any]) -> None:
    values = {"uid": uid(appointment), "attendee": GUEST, "said": "DECLINED", **fields}
    box.read(incoming.calendar_answer(**values))
    assert said(appointment) == "open"
    assert IncomingMail.objects.get().reason == "calendar"


def test_who_asked_cannot_cancel_by_a_calendar_but_is_heard(
    appointment: Appointment, case: Case, box: Box
) -> None:
    box.read(incoming.calendar_answer(uid(appointment), incoming.ASKER, "ACCEPTED"))
    box.read(incoming.calendar_answer(uid(appointment), incoming.ASKER, "DECLINED"))
    appointment.refresh_from_db()
    assert appointment.state == "confirmed"
    row = IncomingMail.objects.get(outcome="left")
    assert (row.reason, row.case) == ("calendar", case)


def test_what_is_over_or_withdrawn_cannot_be_answered(
    appointment: Appointment, guest: Participant, box: Box
) -> None:
    changes.cancel(appointment=appointment, by=None)
    box.read(incoming.calendar_answer(uid(appointment), GUEST, "DECLINED"))
    assert said(appointment) == "open"
    assert IncomingMail.objects.get().outcome == "nothing"
