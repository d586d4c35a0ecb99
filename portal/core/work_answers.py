"""Answers to people who left an address: one mail each, through the outbox, and forgetting the addresses later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.core import audit, work
from portal.core.models import Operator, WorkItem, WorkReport
from portal.core.models.work import WorkEvent

CHUNK = 500


class NobodyToAnswerError(ValueError):
    """There is no address left that has not been answered."""


class AlreadySentError(NobodyToAnswerError):
    """The same answer has been sent just now."""


def _is_same(item: WorkItem, text: str) -> bool:
    recent = item.answered_at is not None and item.answered_at > timezone.now() - work.SAME_WITHIN
    return recent and item.answer.split() == text.split()


def waiting_reports(item: WorkItem) -> list[WorkReport]:
    """Return the reports whose senders left an address and have had no answer yet."""
    return list(item.reports.exclude(reply_to="").filter(answered_at=None))


def addresses(reports: list[WorkReport]) -> dict[str, list[WorkReport]]:
    """Return the reports by address; spelling with capitals makes no second person."""
    found: dict[str, list[WorkReport]] = {}
    for report in reports:
        found.setdefault(report.reply_to.casefold(), []).append(report)
    return found


@transaction.atomic
def send_answer(*, item: WorkItem, actor: Any, text: str, close: bool = True, again: bool = False) -> int:
    """Send an answer to every address once, note it, close the item if wanted; returns the number of mails.

    `again` also writes to those who have had an answer before, but not the same one within some minutes.

    Raises:
        NobodyToAnswerError: nobody left an address, or all have been answered.
        AlreadySentError: the same answer has just gone to everybody: a form sent twice.
    """
    current = work.locked(item)  # so that of two equal requests at once the second sees what the first has sent
    same = _is_same(current, text)
    reports = list(current.reports.exclude(reply_to="")) if again and not same else waiting_reports(current)
    people = addresses(reports)
    if not people and same:
        raise AlreadySentError(f"the same answer has just been sent for work item {current.pk}")
    if not people:
        raise NobodyToAnswerError(f"work item {current.pk} has nobody to answer")
    for own in people.values():
        _mail(current, text, own).send()
    now = timezone.now()
    WorkReport.objects.filter(pk__in=[report.pk for report in reports]).update(answered_at=now)
    current.answer, current.answered_at, current.answered_by = text, now, actor
    current.save(update_fields=["answer", "answered_at", "answered_by"])
    work.record(current, WorkEvent.Kind.ANSWERED, actor, new=len(people), text=text)
    if close:
        work.set_state(item=current, state=WorkItem.State.DONE, actor=actor)
    return len(people)


def _mail(item: WorkItem, text: str, reports: list[WorkReport]) -> EmailMessage:
    about = item.page.title if item.page else item.title
    return EmailMessage(
        subject=f"Antwort auf Ihre Nachricht: {' '.join(about.split())}"[:200],
        body=f"{text.strip()}\n\n-- \n{settings.SITE_NAME}\n{settings.BASE_URL}\n{_quoted(reports)}",
        to=[reports[0].reply_to],
        reply_to=[(Operator.objects.first() or Operator()).mailbox],
        headers={"X-Outbox-Key": f"work:{item.pk}"},
    )


def _quoted(reports: list[WorkReport]) -> str:
    parts = []
    for report in reports:
        day = timezone.localtime(report.created_at)
        words = "\n".join(filter(None, (report.reason, report.text.strip())))
        lines = "\n".join(f"> {line}" for line in words.splitlines())
        parts.append(f"\nIhre Nachricht vom {day:%d.%m.%Y}:\n{lines}\n")
    return "".join(parts)


@transaction.atomic
def forget_texts(report: WorkReport) -> None:
    """Empty what somebody has reported and what they were answered; that they were stays in the history.

    The texts of an answer go with its time (constraint `core_work_answer_has_time`).
    """
    WorkReport.objects.filter(pk=report.pk).update(text="", reason="", reply_to="")
    WorkItem.objects.filter(pk=report.item_id).update(answer="", answered_at=None, answered_by=None)
    WorkEvent.objects.filter(item=report.item_id, kind=WorkEvent.Kind.ANSWERED).update(text="")


def forget_addresses(now: datetime | None = None) -> str:
    """Remove addresses some time after the answer or the end of the item; the number goes to the audit log."""
    limit = (now or timezone.now()) - timedelta(days=settings.WORK_ADDRESS_DAYS)
    over = Q(item__closed_at__lt=limit) | Q(answered_at__lt=limit, item__answered_at__lt=limit)
    rows = WorkReport.objects.exclude(reply_to="").filter(over)
    total = 0
    while ids := list(rows.values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            total += WorkReport.objects.filter(pk__in=ids).update(reply_to="")
            audit.record("work.addresses_forgotten", number=len(ids))
    return f"{total} Adressen gelöscht"
