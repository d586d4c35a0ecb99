"""Mails about cases: filled from their templates, with a calendar entry where there is one, stored in the outbox.

All mails of a case have one key, so that they go out in the order in which they were stored: a cancellation never
overtakes its invitation, and an invitation that was given up never comes after it (docs/outbox.md).
"""

from __future__ import annotations

from collections.abc import Mapping

from django.core.mail import EmailMultiAlternatives

from consultations import links
from consultations.mailing import addressing, invitations, texts, values
from consultations.mailing.addressing import Frame
from consultations.mailing.invitations import Method
from consultations.mailing.people import Person, account_of, requester_of
from consultations.models import Appointment, Case
from portal.core.mail import ABOUT_HEADER, KEY_HEADER

AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def key_of(case_id: int) -> str:
    """Return the outbox key under which the mails of a case keep their order."""
    return f"case:{case_id}"


def build(
    kind: str, to: str, filled: Mapping[str, str], *, headers: Mapping[str, str] | None = None,
    frame: Frame | None = None,
) -> EmailMultiAlternatives:  # fmt: skip
    """Return a mail of a kind with a text and an HTML part, not sent yet; without `frame` people read answers."""
    return as_message(texts.render(kind, filled), to, headers={ABOUT_HEADER: kind, **(headers or {})}, frame=frame)


def as_message(
    mail: texts.Rendered, to: str, *, headers: Mapping[str, str] | None = None, frame: Frame | None = None
) -> EmailMultiAlternatives:
    """Return a mail with a text and an HTML part, not sent yet; without `frame` people read answers."""
    frame = frame or addressing.plain()
    message = EmailMultiAlternatives(
        subject=mail.subject, body=mail.text, from_email=frame.envelope, to=[to], reply_to=[frame.reply_to],
        headers={**AUTOMATIC, **frame.headers, **(headers or {})},
    )  # fmt: skip
    message.attach_alternative(mail.html, "text/html")
    return message


def send(kind: str, to: str, filled: Mapping[str, str], *, key: str) -> None:
    """Store a mail in the outbox, in the caller's transaction."""
    build(kind, to, filled, headers={KEY_HEADER: key}).send()


def tell(
    case: Case, kind: str, person: Person, appointment: Appointment | None = None, method: Method | None = None,
    **more: str,
) -> None:  # fmt: skip
    """Write to one person about a case; with a method the mail carries the appointment for the calendar.

    The entry is both a part of the message, which calendars act on, and a file, which people can open.
    """
    filled = values.of(case, person, appointment, **more)
    frame = addressing.of_case(case, person.email)
    message = build(kind, person.email, filled, headers={KEY_HEADER: key_of(case.pk)}, frame=frame)
    if method is not None and appointment is not None and appointment.starts_at is not None:
        who = filled["beratende"]
        entry = invitations.calendar_object(appointment, person, method, advising=who).decode()
        message.attach_alternative(entry, f"text/calendar; method={method.value}")
        message.attach("termin.ics", entry.encode(), "application/ics")
    message.send()


def tell_requester(case: Case, kind: str, appointment: Appointment | None = None, **more: str) -> bool:
    """Write to whoever asked; False when nobody can be reached."""
    person = requester_of(case)
    if person is not None:
        tell(case, kind, person, appointment, None, **more)
    return person is not None


def tell_centre(case: Case, to: str, what: str, appointment: Appointment | None = None) -> None:
    """Write to somebody who advises, or to the centre's mailbox, what has happened.

    The link leads to the desk, that of an adviser from outside to the page of the case they may open.
    """
    person = Person("", to, links.for_centre(case, account_of(to)))
    filled = {**values.of(case, person, appointment), "linkhinweis": "", "anlass": what}
    send("centre", to, filled, key=key_of(case.pk))
