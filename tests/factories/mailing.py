"""Mails about cases as a mail server would get them, and a case with people to write to."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from django.core import mail

from consultations.models import Adviser, Appointment, Case, Format, Participant
from consultations.services import appointments
from portal.core import outbox
from tests.factories import calendar
from tests.people import make_user

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
ASKER, GUEST = "kaethe@muehltal.example", "nora@nachbarort.example"


def deliver() -> list[EmailMessage]:
    """Let the worker send what is due; return what has been sent so far, in the order of sending."""
    outbox.work_off()
    return [message_from_bytes(found.message().as_bytes(), policy=default) for found in mail.outbox]


def to(address: str) -> list[EmailMessage]:
    return [found for found in deliver() if found["To"] == address]


def subjects(address: str) -> list[str]:
    """Return the subjects of what went to an address, without the number of the case."""
    return [str(found["Subject"]).partition(": ")[2] for found in to(address)]


def calendar_of(found: EmailMessage) -> tuple[str, bytes, bytes]:
    """Return method of the MIME part, its text with the line ends of the wire, and the attached file."""
    (part,) = [each for each in found.walk() if each.get_content_type() == "text/calendar"]
    (attached,) = [each for each in found.walk() if each.get_content_type() == "application/ics"]
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    wire = payload.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
    file = attached.get_payload(decode=True)
    assert isinstance(file, bytes)
    return str(part.get_param("method")), wire.replace(b"\n", b"\r\n"), file


def case_with_people(**fields: Any) -> Case:
    """Make a case of an account with one participant from elsewhere."""
    asker = make_user(ASKER)
    case = calendar.case(requester=asker, **fields)
    Participant.objects.create(case=case, name="Nora Öz", email=GUEST)
    return case


def booked(case: Case, adviser: Adviser, form: Format, *, days: int = 10, hour: int = 10) -> Appointment:
    """Book a video appointment of the centre's adviser."""
    asked = calendar.placement(form, calendar.on(days, hour), adviser, place="video")
    return appointments.book(placement=asked, case=case, by=None)
