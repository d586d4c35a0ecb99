"""Messages from everybody: stored as mail in the outbox, a barrier as a task of the centre as well."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from wagtail.models import Page

from portal.core import outbox, work
from portal.core.mail import KEY_HEADER
from portal.core.models import WorkItem

log = logging.getLogger(__name__)

BARRIER_KIND = "barrier"
# The time within which a report has to be answered before the enforcement body can be called.
BARRIER_ANSWER = timedelta(weeks=6)


def _one_line(text: str, length: int) -> str:
    return " ".join(text.split())[:length]


def _facts(pairs: list[tuple[str, str]]) -> str:
    return "\n".join(f"{name}: {_one_line(value, 300)}" for name, value in pairs if value)


def _same(*parts: str) -> str:
    """Return a keyed hash of a message: equal for the same one sent twice, telling nothing about it."""
    return salted_hmac("consultations.same", "\n".join(" ".join(part.split()) for part in parts)).hexdigest()[:40]


@transaction.atomic
def send_contact(
    *, concern: str, message: str, mailbox: str, email: str, name: str = "", municipality: str = "", page: str = ""
) -> None:
    """Send a message to the centre's mailbox; the answer goes to the sender. A form sent twice makes one mail."""
    key = f"contact:{_same(concern, message, email, name, municipality, page)}"
    outbox.lock(key)
    if outbox.has_recent(key=key, since=timezone.now() - work.SAME_WITHIN):
        log.info("contact.repeated")
        return
    facts = _facts([("Name", name), ("Kommune", municipality), ("E-Mail", email), ("Seite", page)])
    EmailMessage(
        subject=f"Kontakt: {_one_line(concern, 200)}",
        body=f"{message.strip()}\n\n--\n{facts}\n",
        to=[mailbox],
        reply_to=[email],
        headers={KEY_HEADER: key},
    ).send()
    log.info("contact.sent")


@transaction.atomic
def report_barrier(
    *, description: str, mailbox: str, page: Page | None = None, address: str = "", email: str = ""
) -> WorkItem:
    """Keep a report of a barrier as a task due in six weeks and tell the accessibility mailbox.

    The same report again within some minutes is a form sent twice: it changes nothing. The open item of the same
    report is one (unique constraint), also for two requests at once.
    """
    where = page.title if page is not None else address or "ohne Angabe der Seite"
    due = timezone.localdate() + BARRIER_ANSWER
    key = _same(description, where, email)
    known = work.find_open(kind=BARRIER_KIND, dedupe_key=key)
    if known is not None and work.has_just_reported(item=known, text=description.strip(), reply_to=email):
        return known
    item = known or work.open_item(
        kind=BARRIER_KIND,
        dedupe_key=key,
        title=f"Barriere: {_one_line(where, 200)}",
        note=_facts([("Seite", address or where)]),
        page=page,
        source="Barriere melden",
        due_on=due,
    )
    if work.has_just_reported(item=item, text=description.strip(), reply_to=email):
        return item
    work.add_report(item=item, text=description.strip(), reply_to=email)
    facts = _facts([("Seite", address or where), ("Antwort an", email or "nicht gewünscht")])
    EmailMessage(
        subject=f"Barriere gemeldet: {_one_line(where, 180)}",
        body=f"{description.strip()}\n\n--\n{facts}\nZu beantworten bis: {due:%d.%m.%Y}\nAufgabe: {item.pk}\n",
        to=[mailbox],
        reply_to=[email] if email else [],
    ).send()
    log.info("barrier.reported", extra={"work_item": item.pk})
    return item
