"""Mails of cases and group sessions that are stuck or were given up, and missed reminders: for Koordination.

The whole outbox is in Berichte, Postausgang; here stands what concerns advice, with the way to what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.log_actions import log

from consultations.desk import rights
from consultations.mailing import reminders, sessions
from consultations.mailing.kinds import KINDS
from consultations.models import Case, GroupSession, Reminder
from portal.core import outbox
from portal.core.models import OutboxMessage
from portal.core.screens import outbox as outbox_screen

MOST = 100
MISSED_SINCE = timedelta(days=14)
TITLE = "E-Mails der Vorgänge"
_OF_ADVICE = Q(key__startswith="case:") | Q(key__startswith="session:")
guard = rights.guarded(rights.VIEW, rights.ASSIGN)


def _of_cases() -> QuerySet[OutboxMessage]:
    rows = OutboxMessage.objects.filter(_OF_ADVICE).defer("payload")
    return rows.annotate(about=KeyTextTransform("about", "payload"))


def kind_of(row: OutboxMessage) -> str:
    """Return the German name of what kind of mail a message of a case is."""
    if row.kind == reminders.KIND:
        return KINDS["reminder"].title
    kind = KINDS.get(str(getattr(row, "about", "") or ""))
    return kind.title if kind is not None else "E-Mail"


def stuck() -> list[OutboxMessage]:
    """Return the mails of cases that should have gone out or were given up; two queries.

    The case with the newest one first, those of a case in the order in which they go out.
    """
    waiting = _of_cases() & outbox.stuck(timezone.now())  # in this order the kind is read
    given_up = _of_cases().filter(state=OutboxMessage.State.FAILED)
    found = [*waiting.order_by("-pk")[:MOST], *given_up.order_by("-pk")[:MOST]]
    newest = dict[str, int]()
    for row in found:
        newest[row.key] = max(row.pk, newest.get(row.key, 0))
    return sorted(found, key=lambda row: (-newest[row.key], row.sequence))[:MOST]


def _ids(rows: Iterable[OutboxMessage], kind: str) -> set[str]:
    found = (row.key.partition(":") for row in rows)
    return {number for name, _, number in found if name == kind and number.isdecimal()}


def _cases_of(rows: Iterable[OutboxMessage]) -> dict[str, Case]:
    cases = Case.objects.filter(pk__in=_ids(rows, "case")).select_related("municipality")
    return {f"case:{case.pk}": case for case in cases}


def _sessions_of(rows: Iterable[OutboxMessage]) -> dict[str, GroupSession]:
    return {sessions.key_of(row): row for row in GroupSession.objects.filter(pk__in=_ids(rows, "session"))}


@never_cache
@require_safe
@guard
def show(request: HttpRequest) -> HttpResponse:
    """Show what is stuck; no content and no address of a mail."""
    found = stuck()
    cases, dates = _cases_of(found), _sessions_of(found)
    missed = Reminder.objects.filter(
        state=Reminder.State.MISSED, decided_at__gt=timezone.now() - MISSED_SINCE
    ).select_related("appointment__case__municipality", "appointment__format")
    context: dict[str, Any] = {
        "header_title": TITLE, "page_title": TITLE, "header_icon": "mail",
        "breadcrumbs_items": [{"url": "", "label": TITLE}],
        "rows": [
            {"message": row, "case": cases.get(row.key), "session": dates.get(row.key), "kind": kind_of(row)}
            for row in found
        ],
        "missed": missed.order_by("-decided_at")[:MOST], "most": MOST,
    }  # fmt: skip
    return render(request, "consultations/mailing/queue.html", context)


@require_POST
@guard
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try to send a mail of a case again at once."""
    message = get_object_or_404(_of_cases(), pk=pk)
    number = outbox.retry(message=message)
    log(instance=message, action="core.outbox.retry", user=request.user)
    messages.success(request, outbox_screen.sentence(pk, number))
    return redirect("consultations_mails")
