"""Calendar entries as mails carry them (RFC 5545, RFC 5546, RFC 6047): one UID for life, a rising SEQUENCE.

The centre's mailbox is the organiser: the one the portal reads, where there is one. Each mail names its own
recipient as the only attendee, so that nobody learns an address by it; RSVP=FALSE, because answers go by the link
of the mail.
"""

from __future__ import annotations

from datetime import UTC
from enum import StrEnum

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, vCalAddress, vText

from consultations import times
from consultations.mailing import addressing, zones
from consultations.mailing.people import Person
from consultations.models import Appointment
from consultations.requester import ics


class Method(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


def _address(email: str, name: str, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    if name:
        address.params["CN"] = vText(name)
    for key, value in parameters.items():
        address.params[key] = vText(value)
    return address


def calendar_object(appointment: Appointment, person: Person, method: Method, *, advising: str = "") -> bytes:
    """Return the calendar object for one recipient of an appointment with a time.

    The summary names format and portal, the description who advises and the link: nothing of the concern. A
    cancellation says so in STATUS too, where the appointment itself takes place without this recipient. DTSTAMP is
    the moment at which the object is made (RFC 5545, section 3.8.7.2).
    """
    assert appointment.starts_at is not None  # noqa: S101 - callers have asked
    event = ics.of_appointment(appointment, person.link or settings.BASE_URL, advising=advising)
    event.pop("dtstamp")
    event.add("dtstamp", timezone.now().astimezone(UTC).replace(microsecond=0))
    if method == Method.CANCEL:
        event["status"] = "CANCELLED"
    event.add("organizer", _address(addressing.reply_address(), settings.SITE_NAME), encode=False)
    answer = "ACCEPTED" if person.is_requester else "NEEDS-ACTION"
    attendee = _address(
        person.email, person.name, CUTYPE="INDIVIDUAL", ROLE="REQ-PARTICIPANT", PARTSTAT=answer, RSVP="FALSE"
    )
    event.add("attendee", attendee, encode=False)
    found = Calendar()
    found.add("prodid", f"-//{settings.SITE_NAME}//Termine//DE")
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", method.value)
    found.add_component(zones.rules(str(times.zone()), appointment.starts_at.year))
    found.add_component(event)
    return bytes(found.to_ical())
