"""Somebody is invited while the appointment changes: nobody reads an error, and the newest mail has the time."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from consultations.models import Appointment
from consultations.services import appointments, changes, invitations
from portal.core.models import OutboxMessage
from tests.consultations.test_races import at_once, coming
from tests.factories import calendar as make
from tests.factories import mailing

pytestmark = pytest.mark.usefixtures("real_db", "mails_by_outbox")
ROUNDS = 4


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.HOLIDAYS = ""
    settings.CONSULTATIONS_OPEN = True


def latest_sequence(address: str) -> int:
    """Return the SEQUENCE of the newest calendar entry somebody has been sent."""
    found = 0
    for message in OutboxMessage.objects.order_by("pk"):
        if address in message.payload.get("to", []):
            mail = message_from_bytes(base64.b64decode(message.payload["mime"]), policy=default)
            for part in mail.walk():
                if part.get_content_type() == "text/calendar":
                    raw = part.get_payload(decode=True)
                    assert isinstance(raw, bytes)
                    (number,) = re.findall(rb"SEQUENCE:(\d+)", raw)
                    found = int(number)
    return found


@pytest.mark.parametrize("what", ["move", "place", "confirm"])
def test_the_newest_mail_of_a_guest_has_the_appointment_as_it_is(what: str) -> None:
    anna, form, case = make.adviser(), make.form(), mailing.case_with_people()
    for number in range(ROUNDS):
        asked = make.placement(form, coming(number, 9), anna, place="video", by_centre=True)
        book = appointments.request_slot if what == "confirm" else appointments.book
        row = book(placement=asked, case=case, by=None)
        to = make.placement(form, coming(7 + number, 11), anna, place="video", by_centre=True)
        acts: dict[str, Callable[[], Any]] = {
            "move": lambda row=row, to=to: changes.move(appointment=row, placement=to, by=None),  # type: ignore[misc]
            "place": lambda row=row: changes.change_place(  # type: ignore[misc]
                appointment=row, by=None, place="video", place_detail="https://video.example/neu"
            ),
            "confirm": lambda row=row: appointments.confirm(appointment=row, by=None),  # type: ignore[misc]
        }
        guest = f"uli-{number}@ort.example"
        outcomes = at_once(
            acts[what],
            lambda row=row, guest=guest: invitations.invite(appointment=row, name="Uli Öz", email=guest, by=None),  # type: ignore[misc]
        )
        assert not [found for found in outcomes if isinstance(found, Exception)], outcomes
        now = Appointment.objects.filter(thread=row.thread).latest("pk")
        assert latest_sequence(guest) == now.sequence
