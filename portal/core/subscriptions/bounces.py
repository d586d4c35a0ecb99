"""Mail that comes back: which refusals mean that an address does not exist, and whose it was (RFC 3463, 3464)."""

from __future__ import annotations

import mailbox
import re
from collections import Counter
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

from django.conf import settings

from portal.core.subscriptions import services, tokens

# At the start alone (RFC 2034): further on stand addresses of machines and quoted answers.
_STATUS = re.compile(r"\s*#?([245])\.(\d{1,3})\.(\d{1,3})(?![.\d])")
_MESSAGE_ID = re.compile(r"<abo\.[^<>\s]+@[^<>\s]+>")
# 5.1.7 and 5.1.8 speak of the sender's address, 5.6.x of the content, 5.7.x of policy (blocked, spam, no relay).
_SENDER_ADDRESS = {"7", "8"}
_SENDERS_TROUBLE = {"6", "7"}
# The mailbox is closed; its host cannot be found (5.1.2 says so too, as every 5.1.x is about the address).
_GONE = {("2", "1"), ("4", "4")}
# "Other address status": said of the sender's address as well as of the recipient's.
_UNCLEAR = {"0"}


def _status(reply: str) -> tuple[str, str, str]:
    found = _STATUS.match(reply)
    return (found[1], found[2], found[3]) if found else ("", "", "")


def is_about_sender(reply: str) -> bool:
    """True when the answer tells of the sender, the content or a policy, which says nothing about the recipient.

    Relays say so at the recipient, to every mail of a run: it must never wipe out the subscribers.
    """
    _, subject, detail = _status(reply)
    return subject in _SENDERS_TROUBLE or (subject == "1" and detail in _SENDER_ADDRESS)


def is_final(reply: str) -> bool:
    """True when the answer says in so many digits that the address does not exist or takes no mail any more.

    A bare 550 or 553 may as well be about the sender (RFC 5321, 4.2.2: "for policy reasons").
    """
    kind, subject, detail = _status(reply)
    if kind != "5" or is_about_sender(reply):
        return False
    return (subject == "1" and detail not in _UNCLEAR) or (subject, detail) in _GONE


def failed_statuses(report: Message) -> Iterator[str]:
    """Yield the status of each recipient who did not get a returned mail; none while a server still tries."""
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        fields = part.get_payload()
        for block in fields if isinstance(fields, list) else []:
            if isinstance(block, Message) and str(block.get("Action", "")).strip().lower() == "failed":
                yield str(block.get("Status", ""))


def returned_message_ids(report: Message, pattern: re.Pattern[str] = _MESSAGE_ID) -> set[str]:
    """Return the Message-IDs of a pattern that a report returns, whole mail or headers alone."""
    found: set[str] = set()
    for part in report.walk():
        if part.get_content_type() == "message/rfc822":
            continue  # its own headers come with the part below it
        if part.get_content_type() == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            found |= set(pattern.findall(payload.decode("utf-8", "replace") if payload else ""))  # type: ignore[union-attr]  # bytes by decode=True
        found |= set(pattern.findall(str(part.get("Message-ID", ""))))
    return found


def process_report(report: Message) -> str:
    """Act on a returned mail: "removed", "noted", "sender", or "" where it is no failure of a mail of ours.

    "sender": returned for reasons of ours; it counts against nobody.

    Only a report that returns a Message-ID of ours counts, since anybody can write a report.
    """
    statuses = list(failed_statuses(report))
    if not statuses:
        return ""
    named = (tokens.subscriber_of_message(value) for value in returned_message_ids(report))
    found = {subscriber.pk: subscriber for subscriber in named if subscriber is not None}
    outcome = ""
    if found and all(is_about_sender(status) for status in statuses):
        return "sender"
    for subscriber in found.values():
        gone = services.refused(subscriber=subscriber, final=any(is_final(status) for status in statuses))
        outcome = "removed" if gone else "noted"
    return outcome


class NoMaildirError(Exception):
    """The folder of returned mails is missing or none."""


def read_maildir(path: Path) -> Counter[str]:
    """Process the new mails of a maildir and mark them as seen, so that the next call passes over them."""
    if not (path / "new").is_dir():
        raise NoMaildirError(f"{path} ist kein Maildir: Der Ordner „new“ fehlt.")
    outcomes: Counter[str] = Counter()
    box = mailbox.Maildir(path, create=False)
    for key in box.keys():  # noqa: SIM118 - a mailbox iterates over messages, not keys
        message = box[key]
        if "S" in message.get_flags():
            continue
        outcomes[process_report(message)] += 1
        message.set_subdir("cur")
        message.add_flag("S")
        box[key] = message
    return outcomes


def said(outcomes: Counter[str]) -> str:
    """Return in German what came of returned mails."""
    ours = f"{outcomes['sender']} wegen Absender, Inhalt oder Sperre, " if outcomes["sender"] else ""
    return (
        f"{outcomes['removed']} Adressen entfernt, {outcomes['noted']} Abweisungen vermerkt, {ours}"
        f"{outcomes['']} Nachrichten ohne Bezug."
    )


def process_mailbox() -> str:
    """Read the configured mailbox; the job of the schedule."""
    outcomes = read_maildir(Path(settings.BOUNCE_MAILDIR))
    return said(outcomes) if outcomes else ""
