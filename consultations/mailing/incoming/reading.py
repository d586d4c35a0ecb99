"""The job: mails are read from the mailbox, dealt with in a transaction each, and moved after its commit.

A crash in between leaves a mail where it was; the next run knows it by its digest and only moves it.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction

from consultations import eml
from consultations.mailing.incoming import answers, left, messages, recognising, returned
from consultations.mailing.incoming.mailbox import Letter, Mailbox, MailboxError
from consultations.mailing.incoming.messages import Later
from consultations.models import IncomingMail
from consultations.refusals import SlotTaken
from portal.core import work
from portal.core.models import WorkItem

log = logging.getLogger(__name__)

MOST, LONGEST_SECONDS = 100, 120.0
"""Mails and time of one run; the rest waits for the next."""
UNREACHABLE = "mailbox-unreachable"
Outcome, Reason = IncomingMail.Outcome, IncomingMail.Reason
_WORDS = {
    Outcome.MESSAGE: "Nachrichten", Outcome.ANSWER: "Antworten auf Einladungen",
    Outcome.RETURNED: "zurückgekommen", Outcome.AUTOMATIC: "automatisch", Outcome.NOTHING: "ohne Wirkung",
    Outcome.LEFT: "nicht zugeordnet", "later": "warten", "known": "schon bekannt",
}  # fmt: skip


def run() -> str:
    """Read the mailbox and say in German what came of it; does nothing without IMAP_HOST."""
    if not settings.IMAP_HOST:
        return ""
    returned.tidy()
    try:
        with Mailbox() as box:
            counts = _read_all(box)
    except MailboxError as error:
        return _unreachable(str(error))
    work.close_item(kind=UNREACHABLE, dedupe_key=UNREACHABLE)
    return ", ".join(f"{counts[name]} {words}" for name, words in _WORDS.items() if counts[name])


@transaction.atomic
def _unreachable(sentence: str) -> str:
    """Tell people once, by a work item that ends with the first run that works, and the log once."""
    if work.find_open(kind=UNREACHABLE, dedupe_key=UNREACHABLE) is None:
        log.warning("incoming.unreachable", extra={"reason": sentence})
    work.open_item(
        kind=UNREACHABLE, dedupe_key=UNREACHABLE, title="Das Postfach für Antworten lässt sich nicht lesen",
        note=f"{sentence} Die Mails bleiben im Postfach; das Portal versucht es alle paar Minuten wieder.",
    )  # fmt: skip
    return f"Postfach nicht lesbar: {sentence}"


def trouble() -> WorkItem | None:
    """Return the work item that says that the mailbox cannot be read, while it cannot."""
    return WorkItem.objects.filter(kind=UNREACHABLE, state=WorkItem.State.OPEN).first()


def _read_all(box: Mailbox) -> Counter[str]:
    counts: Counter[str] = Counter()
    until = time.monotonic() + LONGEST_SECONDS
    for letter in box.letters(MOST):
        if time.monotonic() > until:
            break
        counts[_read_one(box, letter)] += 1
    return counts


def _read_one(box: Mailbox, letter: Letter) -> str:
    whole = letter.size <= eml.LARGEST_MAIL
    raw = box.read(letter) if whole else box.read_header(letter)
    if not raw:
        return ""
    try:
        row, made = take(raw, letter.arrived, whole=whole)
    except (Later, SlotTaken, OperationalError) as error:  # all of it may be otherwise at the next run
        log.info("incoming.later", extra={"uid": letter.uid, "error": type(error).__name__})
        return "later"
    box.move(letter, folder_for(row))
    return str(row.outcome) if made else "known"


def folder_for(row: IncomingMail) -> str:
    """Return where a mail goes: what concerns no case stays for people, what they have decided about does not."""
    about_nothing = row.outcome in (Outcome.AUTOMATIC, Outcome.NOTHING) and row.case_id is None
    return settings.IMAP_LEFT_FOLDER if row.outcome == Outcome.LEFT or about_nothing else settings.IMAP_DONE_FOLDER


def take(raw: bytes, arrived: datetime, *, whole: bool = True) -> tuple[IncomingMail, bool]:
    """Deal with a mail in a transaction of its own; returns its row, and whether it was new.

    Two runs at once: the second waits for the first, and finds the row.

    Raises:
        Later, SlotTaken, OperationalError: Not now.
    """
    digest = recognising.digest_of(raw)
    try:
        with transaction.atomic():
            row, made = IncomingMail.objects.get_or_create(digest=digest)
            if made:
                _decide(row, raw, arrived, whole=whole)
            return row, made
    except (Later, SlotTaken, OperationalError):
        raise
    except Exception:  # one mail nobody has thought of must not keep the others back
        log.exception("incoming.failed")
    with transaction.atomic():
        row, made = IncomingMail.objects.get_or_create(digest=digest)
        if made:
            left.keep(row, reason=Reason.UNREADABLE, raw=raw if whole else b"")
        return row, made


def _decide(row: IncomingMail, raw: bytes, arrived: datetime, *, whole: bool) -> None:
    try:
        mail = eml.parse(raw)
    except ValidationError:
        left.keep(row, reason=Reason.UNREADABLE, raw=raw if whole else b"")
        return
    if not whole:
        left.keep(row, reason=Reason.TOO_LARGE, mail=mail)
    elif recognising.is_report(mail):
        returned.handle(row, mail, raw)
    elif recognising.has_calendar_answer(mail):
        answers.handle(row, mail, raw, arrived)
    elif recognising.is_automatic(mail):
        row.outcome = Outcome.AUTOMATIC
        row.case = None if recognising.is_own(mail) else recognising.case_of(mail)
        row.save()
    else:
        messages.handle(row, mail, raw, arrived)
    log.info("incoming.read", extra={"incoming": row.pk, "outcome": row.outcome, "case": row.case_id})
