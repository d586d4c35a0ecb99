"""Mails about cases that came back: which address fails, and what helps.

It fails until it is another one, somebody writes from it or has looked into it, or nobody writes to it any more.
Nothing is to do in cases that have ended; open again, they show it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consultations.mailing import addressing, people
from consultations.mailing.incoming import left
from consultations.models import AdviserEntry, Appointment, Case, IncomingMail, MailReturn
from consultations.services import alerts
from consultations.states import OPEN_CASES, AppointmentState
from portal.core import audit, work
from portal.core.models import WorkItem
from portal.core.subscriptions import bounces

KIND = "mail-returned"
Outcome, Reason = IncomingMail.Outcome, IncomingMail.Reason
OF_WHO_ASKED = "Bitte prüfen Sie die Adresse und ändern Sie die Ansprechperson."
OF_A_GUEST = (
    "Es ist die Adresse einer eingeladenen Person: Bitten Sie die Ansprechperson, sie mit der richtigen Adresse "
    "neu einzuladen."
)
OF_AN_ADVISER = (
    "Es ist die Adresse einer beratenden Person, die den Termin nicht für ihren Kalender bekommen hat: Sagen Sie "
    "ihr Bescheid. Ihre Adresse ändert die Administration unter Einstellungen → Benutzer."
)


@dataclass(frozen=True)
class Failing:
    """An address of a case from which a mail came back, when (UTC), the server's code (RFC 3463), what helps.

    `pk` is that of the `MailReturn`.
    """

    pk: int
    address: str
    at: datetime
    status: str
    advice: str


def _addresses(case: Case) -> dict[str, str]:
    """Return whom mails about a case go to from now on, and what helps when one of them fails."""
    person = people.requester_of(case)
    found = {person.email: OF_WHO_ASKED} if person is not None else {}
    guests = case.participants.filter(invitations__withdrawn_at=None).exclude(email="")
    for address in guests.values_list("email", flat=True):
        found.setdefault(address, OF_A_GUEST)
    coming = Appointment.objects.filter(case=case, state=AppointmentState.CONFIRMED, starts_at__gt=timezone.now())
    entries = AdviserEntry.objects.filter(
        case=case, out=False, thread__in=coming.order_by().values("thread"), adviser__user__isnull=False
    )
    for address in entries.values_list("adviser__user__email", flat=True):
        found.setdefault(address, OF_AN_ADVISER)
    return found


def of(case: Case) -> list[Failing]:
    """Return the failing addresses of a case, of those that still count; one query where none has failed."""
    rows = list(MailReturn.objects.filter(case=case))
    if not rows:
        return []
    return [
        Failing(row.pk, address, row.at, row.status, advice)
        for address, advice in _addresses(people.fresh(case.pk)).items()
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
        failing = next((address for address in addresses if addressing.is_of(mark, address)), None)
        if failing is not None:
            noted = True
            known = MailReturn.objects.filter(case=case).values_list("mark", flat=True)
            if not any(addressing.is_of(other, failing) for other in known):
                MailReturn.objects.get_or_create(case=case, mark=mark, defaults={"status": status.strip()[:12]})
    if noted:
        audit.record("case.mail_returned", subject=case)
        if case.is_open:
            _open_work(case)
    return noted


def _open_work(case: Case) -> None:
    advice = " ".join(dict.fromkeys(item.advice for item in of(case)))
    work.open_item(
        kind=KIND, dedupe_key=f"case:{case.pk}", title=f"E-Mail kam zurück: {case.reference}",
        owner=case.lead.user if case.lead is not None else None, note=f"Die Adresse steht im Vorgang. {advice}",
    )  # fmt: skip


def forget(case: Case, address: str) -> None:
    """An address works: somebody has written from it."""
    for row in MailReturn.objects.filter(case=case):
        if addressing.is_of(row.mark, address):
            row.delete()
    _close(case.pk)


@transaction.atomic
def check(*, pk: int, by: Any) -> Case | None:
    """Note that somebody has looked into a failing address, and end it; None where somebody was before.

    The next mail that comes back from it begins anew.
    """
    row = MailReturn.objects.select_for_update(of=("self",)).select_related("case").filter(pk=pk).first()
    if row is None:
        return None
    row.delete()
    audit.record("case.return_checked", actor=by, subject=row.case)
    _close(row.case_id)
    return row.case


def _close(case_id: int) -> None:
    if not MailReturn.objects.filter(case=case_id).exists():
        work.close_item(kind=KIND, dedupe_key=f"case:{case_id}")


def _close_of_ended() -> None:
    keys = WorkItem.objects.filter(kind=KIND, state=WorkItem.State.OPEN).values_list("dedupe_key", flat=True)
    for key in keys:
        case = alerts.entry_of(key)
        if case is not None and not case.is_open:
            work.close_item(kind=KIND, dedupe_key=key)


def tidy() -> int:
    """Drop what concerns addresses nobody writes to any more; returns how many. Ends the work of ended cases."""
    _close_of_ended()
    gone = 0
    for row in waiting():
        addresses = _addresses(people.fresh(row.case_id))
        if not any(addressing.is_of(row.mark, address) for address in addresses):
            with transaction.atomic():
                row.delete()
                _close(row.case_id)
            gone += 1
    return gone


def waiting() -> QuerySet[MailReturn]:
    """Return the failing addresses of open cases, the newest first."""
    rows = MailReturn.objects.filter(case__state__in=OPEN_CASES)
    return rows.select_related("case__municipality").order_by("-pk")
