"""Mail through the outbox: stored in the transaction that causes it, sent by the worker alone."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from email import message_from_bytes
from email.message import Message
from functools import partial
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils.crypto import get_random_string

from portal.core import outbox
from portal.core.keyed import KeyedHash
from portal.core.models import OutboxMessage

log = logging.getLogger(__name__)
KIND = "mail"
_ENTRY = KeyedHash("portal.core.mail.entry", 32, "sha1")
_UID = re.compile(rb"^UID:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE)
_FOLD = re.compile(rb"\r?\n[ \t]")
KEY_HEADER = "X-Outbox-Key"
"""Callers set it so that mails about one thing keep their order; it is taken off before the mail is stored."""
ABOUT_HEADER = "X-Outbox-About"
"""Callers name the kind of mail by a code, for lists of what waits; taken off as well."""


class OutboxBackend(BaseEmailBackend):
    """Stores each mail as a finished MIME text, with the Message-ID it will always have."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with transaction.atomic():
            return sum(self._store(message) for message in email_messages)

    def _store(self, message: EmailMessage) -> int:
        if not message.recipients():
            return 0
        key = message.extra_headers.get(KEY_HEADER) or f"mail:{get_random_string(20)}"
        outbox.enqueue(kind=KIND, key=str(key), payload=payload_of(message))
        return 1


def payload_of(message: EmailMessage) -> dict[str, Any]:
    """Return a mail as the outbox keeps it: sender, recipients, the finished MIME text; see `StoredMail`."""
    mime = message.message()
    about = str(mime[ABOUT_HEADER] or "")
    del mime[KEY_HEADER]
    del mime[ABOUT_HEADER]
    to = [str(recipient) for recipient in message.recipients()]
    entry = _entry_of(mime, to)
    return {
        "from": str(message.from_email),
        "to": to,
        "mime": base64.b64encode(mime.as_bytes()).decode("ascii"),
        **({"about": about} if about else {}),
        **({outbox.THING: _ENTRY.of(entry)} if entry else {}),
    }


def _entry_of(mime: Message, to: Sequence[str]) -> str:
    """Return which calendar entry a mail makes, changes or cancels for which recipients; empty without one.

    What stays when the mail has gone out is a keyed fingerprint, which says neither whose entry it is nor of what.
    """
    for part in mime.walk():
        if part.get_content_type() == "text/calendar" and part.get_param("method"):
            uid = _UID.search(bytes(part.get_payload(decode=True) or b""))
            if uid is not None:
                return "\n".join([_FOLD.sub(b"", uid[1]).decode("utf-8", "replace"), *sorted(map(str.lower, to))])
    return ""


class StoredMime(Message):
    """A parsed MIME text that is written out byte for byte as it was stored."""

    raw = b""

    def as_bytes(self, *args: Any, linesep: str = "\n", **kwargs: Any) -> bytes:
        return self.raw.replace(b"\n", linesep.encode())


class StoredMail(EmailMessage):
    """A stored MIME text in the shape Django's mail backends expect."""

    def __init__(self, payload: dict[str, Any]) -> None:
        raw = base64.b64decode(payload["mime"])
        self._mime = message_from_bytes(raw, StoredMime)
        self._mime.raw = raw.replace(b"\r\n", b"\n")
        self._to = list(payload["to"])
        super().__init__(subject=str(self._mime["Subject"] or ""), from_email=payload["from"], to=self._to)

    def recipients(self) -> list[str]:
        return self._to

    def message(self, **kwargs: Any) -> Any:
        return self._mime


class RecipientHeldUpError(outbox.HeldUpError, ConnectionError):
    """The server refuses the recipient for now, such as for a full mailbox; it takes mails to others."""


class RefusedError(outbox.PermanentError):
    """The mail server refuses for good; `reply` may name the address, so it is never logged or stored."""

    def __init__(self, text: str, *, reply: str) -> None:
        super().__init__(text)
        self.reply = reply


class RecipientRefusedError(RefusedError):
    """The server refuses whom the mail is for; only this may count against an address."""


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)


def _say_goodbye(server: BaseEmailBackend) -> None:
    """Close the connection; what the server says then changes nothing about a mail it has taken."""
    with suppress(OSError, SMTPException):
        server.close()


def hand_over(mail: EmailMessage) -> None:
    """Send a mail now, by OUTBOX_EMAIL_BACKEND; for handlers of the outbox only.

    Returns with the server's yes: the connection is closed after that has been noted.

    What the server says of the connection, the greeting, the login or the sender is about the operator's settings
    and never about the mail: it waits until they are mended, and is given up like any other after its attempts.

    Raises:
        RecipientRefusedError: the server refuses the recipient for good.
        RefusedError: the server refuses the mail itself for good; trying again is of no use.
        RecipientHeldUpError: the server refuses the recipient for now.
        ConnectionError: refused for now, or because of the operator's settings.
    """
    server = get_connection(settings.OUTBOX_EMAIL_BACKEND)
    try:
        server.open()
        outbox.after_note(partial(_say_goodbye, server))
        server.send_messages([mail])
    except SMTPRecipientsRefused as error:
        raise _recipient_refused(error) from error
    except SMTPResponseException as error:
        raise _mail_refused(error) from error


def _recipient_refused(error: SMTPRecipientsRefused) -> Exception:
    codes = {code for code, _ in error.recipients.values()}
    if codes and min(codes) >= 500:
        reply = _text(next(iter(error.recipients.values()))[1])
        return RecipientRefusedError(f"recipient refused {sorted(codes)}", reply=reply)
    return RecipientHeldUpError(f"recipient refused for now {sorted(codes)}")


def _mail_refused(error: SMTPResponseException) -> Exception:
    code, stage = error.smtp_code, type(error).__name__
    if isinstance(error, SMTPDataError) and code >= 550:
        return RefusedError(f"{stage} {code}", reply=_text(error.smtp_error))
    return ConnectionError(f"{stage} {code}")


def send_stored(message: OutboxMessage) -> None:
    """Outbox handler: send a stored mail. A refusal for good is not tried again.

    A mail with a calendar entry is left out once a later one of the same entry has gone out to the same person:
    an invitation that was given up and is tried again never comes after its cancellation.
    """
    mail = StoredMail(message.payload)
    entry = _entry_of(mail.message(), mail.recipients())
    if entry and outbox.is_overtaken(message, _ENTRY.every(entry)):
        log.info("mail.overtaken", extra={"message_id": message.pk})
        return
    hand_over(mail)


outbox.register_handler(KIND, send_stored)
