"""Mails about cases that came back: which address fails, until it is another one or somebody writes from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from django.db import transaction

from consultations.mailing import addressing, people
from consultations.mailing.incoming import left
from consultations.models import AdviserEntry, Case, IncomingMail, MailReturn
from portal.core import audit, work
from portal.core.subscriptions import bounces

KIND = "mail-returned"
Outcome, Reason = IncomingMail.Outcome, IncomingMail.Reason


@dataclass(frozen=True)
class Failing:
    """An address of a case from which a mail came back, when (UTC), and the server's code (RFC 3463)."""

    address: str
    at: datetime
    status: str


def _addresses(case: Case) -> list[str]:
    """Return whom mails about a case go to."""
    person = people.requester_of(case)
    found = [person.email] if person is not None else []
    guests = case.participants.exclude(email="").values_list("email", flat=True)
    entries = AdviserEntry.objects.filter(case=case, out=False, adviser__user__isnull=False)
    return [*found, *guests, *entries.values_list("adviser__user__email", flat=True).distinct().order_by()]


def of(case: Case) -> list[Failing]:
    """Return the failing addresses of a case, of those that still count; one query where none has failed."""
    rows = list(MailReturn.objects.filter(case=case))
    if not rows:
        return []
    return [
        Failing(address, row.at, row.status)
        for address in _addresses(people.fresh(case.pk))
        for row in rows
        if addressing.is_of(row.mark, address)
    ]


def handle(row: IncomingMail, mail: EmailMessage, raw: bytes) -> None:
    """Act on a report of a mail server, in the caller's transaction.

    Only one that returns a Message-ID of ours counts, since anybody can write a report. What is refused for good
    for another reason than the address has not arrived either: people have to know.
    """
    statuses = list(bounces.failed_statuses(mail))
    values = bounces.returned_message_ids(mail, addressing.PATTERN)
    sent = [found for value in values if (found := addressing.read_id(value)) is not None]
    case = Case.objects.filter(reference__in={found.reference for found in sent}).first()
    if case is None:
        if bounces.process_report(mail):  # one of a subscription
            row.outcome = Outcome.RETURNED
            row.save()
        elif statuses:
            left.keep(row, reason=Reason.NOT_DELIVERED, raw=raw, mail=mail)
        return
    row.case = case
    final = next((status for status in statuses if bounces.is_final(status)), "")
    if final:
        row.outcome = Outcome.RETURNED if _note(case, [found.mark for found in sent], final) else Outcome.NOTHING
    elif statuses:
        left.keep(row, reason=Reason.NOT_DELIVERED, raw=raw, mail=mail, case=case)
        return
    row.save()


def _note(case: Case, marks: list[str], status: str) -> bool:
    """Keep which address fails; False where nobody of the case has it any more."""
    addresses, noted = _addresses(people.fresh(case.pk)), False
    for mark in marks:
        if any(addressing.is_of(mark, address) for address in addresses):
            MailReturn.objects.get_or_create(case=case, mark=mark, defaults={"status": status.strip()[:12]})
            noted = True
    if noted:
        audit.record("case.mail_returned", subject=case)
        work.open_item(
            kind=KIND, dedupe_key=f"case:{case.pk}", title=f"E-Mail kam zurück: {case.reference}",
            owner=case.lead.user if case.lead is not None else None,
            note="Die Adresse steht im Vorgang. Bitte prüfen Sie sie und ändern Sie die Ansprechperson.",
        )  # fmt: skip
    return noted


def forget(case: Case, address: str) -> None:
    """An address works: somebody has written from it."""
    for row in MailReturn.objects.filter(case=case):
        if addressing.is_of(row.mark, address):
            row.delete()
    _close(case.pk)


def _close(case_id: int) -> None:
    if not MailReturn.objects.filter(case=case_id).exists():
        work.close_item(kind=KIND, dedupe_key=f"case:{case_id}")


def tidy() -> int:
    """Drop what concerns addresses nobody has any more, since somebody has put them right; returns how many."""
    gone = 0
    for row in MailReturn.objects.select_related("case"):
        addresses = _addresses(people.fresh(row.case_id))
        if not any(addressing.is_of(row.mark, address) for address in addresses):
            with transaction.atomic():
                row.delete()
                _close(row.case_id)
            gone += 1
    return gone


def number() -> int:
    """Return how many cases have a failing address."""
    return MailReturn.objects.values("case").distinct().count()
