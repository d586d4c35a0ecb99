"""What makes an answer to a mail about a case find its way back: envelope, Reply-To, a Message-ID nobody makes up.

A Message-ID names the case and, by a keyed hash, the address the mail went to. It says to which case an answer or
a returned mail belongs; whether its sender may write there is decided by the address alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.crypto import get_random_string

from consultations.models import Case
from consultations.requester import cases
from portal.core.keyed import KeyedHash

SALT = "consultations.mailing.message"
_MARK, _SIGNATURE = KeyedHash(f"{SALT}.address", 32), KeyedHash(SALT, 32)
PATTERN = re.compile(r"<vorgang\.[A-Z0-9a-z.-]+@[^<>\s]+>")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_PARTS = re.compile(
    r"<vorgang\.(B-[A-Z0-9]{4}-[A-Z0-9]{4})\.([0-9a-f]{32})\.([a-z0-9]{12})\.([0-9a-f]{32})@[^<>\s]+>"
)


@dataclass(frozen=True)
class Frame:
    """Who is named to servers as the sender (None: the sender everybody sees), where answers go, headers."""

    envelope: str | None
    reply_to: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """The case of one of our mails, and the mark of the address it went to."""

    reference: str
    mark: str


def reads_answers() -> bool:
    """True when a mailbox is configured in which answers arrive."""
    return bool(settings.IMAP_HOST)


def reply_address() -> str:
    """Return where answers to mails about cases go: the mailbox the portal reads, else the one people read."""
    return settings.IMAP_ADDRESS if reads_answers() else cases.mailbox()


def is_of(mark: str, address: str) -> bool:
    """True when a mark is that of an address, made with this key or one it has replaced."""
    return bool(address) and _MARK.fits(mark, address.strip().lower())


def message_id(reference: str, address: str) -> str:
    """Return a new Message-ID for a mail about a case to an address."""
    host = settings.BASE_URL.partition("://")[2].partition(":")[0]
    text = f"{reference}.{_MARK.of(address.strip().lower())}.{get_random_string(12, _LETTERS)}"
    return f"<vorgang.{text}.{_SIGNATURE.of(text)}@{host}>"


def read_id(value: str) -> Sent | None:
    """Return what a Message-ID of ours says; None for one nobody of us has made."""
    found = _PARTS.fullmatch(value.strip())
    if found is None:
        return None
    text = f"{found[1]}.{found[2]}.{found[3]}"
    return Sent(found[1], found[2]) if _SIGNATURE.fits(found[4], text) else None


def plain() -> Frame:
    """Return the frame of a mail whose answers people read."""
    return Frame(None, cases.mailbox())


def of_case(case: Case, address: str, *, known_id: str = "") -> Frame:
    """Return the frame of a mail about a case to somebody outside the centre.

    With a mailbox to read, what comes back goes there too: its address is the sender of the envelope.
    """
    headers = {"Message-ID": known_id or message_id(case.reference, address)}
    if not reads_answers():
        return Frame(None, cases.mailbox(), headers)
    return Frame(settings.IMAP_ADDRESS, settings.IMAP_ADDRESS, {**headers, "From": settings.DEFAULT_FROM_EMAIL})


def questions(*, by_answer: bool) -> str:
    """Return in German where somebody sends questions; `by_answer`: theirs would become part of the case."""
    if by_answer and reads_answers():
        return "Fragen? Antworten Sie auf diese E-Mail: Ihre Antwort wird Teil des Vorgangs."
    return f"Fragen? Schreiben Sie an {cases.mailbox()} und nennen Sie die Vorgangsnummer."


def calendar_answers(*, own: bool) -> str:
    """Return in German what becomes of an answer from a calendar; `own`: said to who asked, not to a guest."""
    if not reads_answers():
        return "Antworten aus dem Kalenderprogramm erreichen uns nicht."
    if own:
        return "Eine Absage aus dem Kalenderprogramm sagt den Termin nicht ab; das geht in Ihrem Vorgang."
    return "Auch eine Zusage oder Absage aus dem Kalenderprogramm kommt bei uns an."
