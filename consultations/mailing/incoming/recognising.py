"""What kind of mail has arrived, and what it says of itself. Nothing in it is trusted."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from icalendar import Calendar, Component

from consultations import eml
from consultations.mailing import addressing
from consultations.models import Case
from consultations.requester import cases

LARGEST_REPLY = 200 * 1024
_REFERENCE = re.compile(r"(?<![A-Za-z0-9-])B-([A-Z0-9]{4})-([A-Z0-9]{4})(?![A-Za-z0-9-])", re.IGNORECASE)
_AUTOMATIC_SUBJECT = re.compile(
    r"^(?:automatische antwort|automatic reply|abwesenheitsnotiz|out of office|autoreply)\s*(?::|$)", re.IGNORECASE
)
"""As programs begin it, with a colon; people write "Abwesend am 11. März, bitte verlegen" themselves."""
_BULK = {"bulk", "junk", "list", "auto_reply", "auto-reply"}
# Turn the direction of writing around, so that something else is read than what is there.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class CalendarReply:
    """An answer of a calendar (METHOD:REPLY, RFC 5546 section 3.2.3) to one entry of ours.

    `stamp` (DTSTAMP, aware) is when somebody clicked, by the clock of their device; None where it says no moment.
    """

    uid: str
    sequence: int
    stamp: datetime | None
    attendee: str
    answer: str


def digest_of(raw: bytes) -> str:
    """Return what makes a mail the same one: Message-ID, sender, date, subject and content, not its way here."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    kept = re.findall(rb"(?im)^(?:message-id|from|date|subject):.*(?:\n[ \t].*)*", head)
    return hashlib.sha256(b"\n".join([*sorted(kept), b"", body.rstrip(b"\n")])).hexdigest()


def straight(text: str) -> str:
    """Return a text without characters that turn the direction of writing around."""
    return _TURNING.sub("", text)


def sender_of(mail: EmailMessage) -> str:
    """Return the one address a mail claims to come from, in lower case; empty for none or several."""
    try:
        heads = mail.get_all("From", [])
        found = [address.addr_spec for head in heads for address in head.addresses]
    except (MessageError, ValueError, IndexError, AttributeError, TypeError):  # what a broken header raises
        return ""
    if len(heads) != 1 or len(found) != 1:
        return ""
    try:
        validate_email(found[0])
    except ValidationError:
        return ""
    return str(found[0]).lower()


def references_in(mail: EmailMessage) -> set[str]:
    """Return the numbers of the cases a mail names: in its subject, and by the Message-IDs it answers."""
    named = {f"B-{one}-{two}".upper() for one, two in _REFERENCE.findall(eml.header(mail, "Subject"))}
    answered = " ".join(eml.header(mail, name) for name in ("In-Reply-To", "References"))
    sent = (addressing.read_id(value) for value in addressing.PATTERN.findall(answered))
    return named | {found.reference for found in sent if found is not None}


def is_automatic(mail: EmailMessage) -> bool:
    """True for what no person has written: absences, lists, answers of machines (RFC 3834), and our own mails."""
    if eml.header(mail, "Auto-Submitted").lower().partition(";")[0].strip() not in ("", "no"):
        return True
    if mail.get_content_type() == "multipart/report":  # such as a receipt that a mail was read
        return True
    if eml.header(mail, "Precedence").lower() in _BULK or eml.header(mail, "Return-Path") == "<>":
        return True
    if any(mail.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id")):
        return True
    return bool(_AUTOMATIC_SUBJECT.match(eml.header(mail, "Subject"))) or is_own(mail)


def is_own(mail: EmailMessage) -> bool:
    """True for a mail of the portal itself, such as one of the contact form: people read it in the mailbox."""
    return sender_of(mail) in _own_addresses()


def case_of(mail: EmailMessage) -> Case | None:
    """Return the case a mail names; None for none or several."""
    named = references_in(mail)
    return Case.objects.filter(reference__in=named).first() if len(named) == 1 else None


def _own_addresses() -> set[str]:
    sender = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> ")
    return {address.lower() for address in (settings.IMAP_ADDRESS, sender, cases.mailbox()) if address}


def is_report(mail: EmailMessage) -> bool:
    """True for a report of a mail server about a mail (RFC 3462, RFC 3464)."""
    kind = str(mail.get_param("report-type", "", header="content-type") or "").lower()
    return mail.get_content_type() == "multipart/report" and kind in ("delivery-status", "")


def _calendar_parts(mail: EmailMessage) -> list[bytes]:
    found = []
    for part in mail.walk():
        raw = part.get_payload(decode=True) if part.get_content_type() == "text/calendar" else None
        if isinstance(raw, bytes) and 0 < len(raw) <= LARGEST_REPLY:
            found.append(raw)
    return found


def has_calendar_answer(mail: EmailMessage) -> bool:
    """True for a mail a calendar has sent as an answer of any kind."""
    wanted = re.compile(rb"^METHOD:(?:REPLY|COUNTER|DECLINECOUNTER|REFRESH)\s*$", re.MULTILINE | re.IGNORECASE)
    return any(wanted.search(raw) for raw in _calendar_parts(mail))


def calendar_reply(mail: EmailMessage) -> CalendarReply | None:
    """Return the answer to one entry; None for what cannot be read, or is about several entries or people."""
    for raw in _calendar_parts(mail):
        try:
            calendar = Calendar.from_ical(raw)
            if str(calendar.get("method", "")).upper() == "REPLY":
                return _reply(calendar)
        except (ValueError, KeyError, IndexError, AttributeError, TypeError, RecursionError, OverflowError):
            continue
    return None


def _reply(calendar: Calendar) -> CalendarReply | None:
    events = [item for item in calendar.walk() if item.name == "VEVENT"]
    if len(events) != 1 or "recurrence-id" in events[0]:
        return None
    event = events[0]
    attendee = event.get("attendee")
    if attendee is None or isinstance(attendee, list):
        return None
    address = str(attendee)
    if address.lower().startswith("mailto:"):
        address = address[len("mailto:") :]
    return CalendarReply(
        uid=str(event.get("uid", "")), sequence=int(event.get("sequence", 0)), stamp=_stamp(event),
        attendee=address.strip().lower(), answer=str(attendee.params.get("PARTSTAT", "")).upper(),
    )  # fmt: skip


def _stamp(event: Component) -> datetime | None:
    """Return the DTSTAMP of an event; it has to be UTC (RFC 5545, section 3.8.7.2), also where nothing says so."""
    try:
        found = event.decoded("dtstamp")
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    if not isinstance(found, datetime):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
