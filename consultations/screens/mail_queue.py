"""Mails of cases that are stuck or were given up, and reminders that were missed: for Koordination.

The whole outbox is in Berichte, Postausgang; here stands what concerns cases, with the way to the case.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.log_actions import log

from consultations.desk import rights
from consultations.models import Case, Reminder
from portal.core import outbox
from portal.core.models import OutboxMessage

MOST = 100
MISSED_SINCE = timedelta(days=14)
TITLE = "E-Mails der Vorgänge"
guard = rights.guarded(rights.VIEW, rights.ASSIGN)


def _of_cases() -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(key__startswith="case:").defer("payload")


def stuck() -> list[OutboxMessage]:
    """Return the mails of cases that should have gone out or were given up, the newest first; two queries."""
    waiting = outbox.stuck(timezone.now()) & _of_cases()
    given_up = _of_cases().filter(state=OutboxMessage.State.FAILED)
    found = [*waiting.order_by("-pk")[:MOST], *given_up.order_by("-pk")[:MOST]]
    return sorted(found, key=lambda row: -row.pk)[:MOST]


def _cases_of(rows: Iterable[OutboxMessage]) -> dict[str, Case]:
    ids = {part for row in rows if (part := row.key.partition(":")[2]).isdecimal()}
    return {f"case:{case.pk}": case for case in Case.objects.filter(pk__in=ids).select_related("municipality")}


@never_cache
@require_safe
@guard
def show(request: HttpRequest) -> HttpResponse:
    """Show what is stuck; no content and no address of a mail."""
    found = stuck()
    known = _cases_of(found)
    missed = Reminder.objects.filter(
        state=Reminder.State.MISSED, decided_at__gt=timezone.now() - MISSED_SINCE
    ).select_related("appointment__case__municipality", "appointment__format")
    context: dict[str, Any] = {
        "header_title": TITLE, "page_title": TITLE, "header_icon": "mail",
        "breadcrumbs_items": [{"url": "", "label": TITLE}],
        "rows": [{"message": row, "case": known.get(row.key)} for row in found],
        "missed": missed.order_by("-decided_at")[:MOST], "most": MOST,
    }  # fmt: skip
    return render(request, "consultations/mailing/queue.html", context)


@require_POST
@guard
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try to send a mail of a case again at once."""
    message = get_object_or_404(_of_cases(), pk=pk)
    outbox.retry(message=message)
    log(instance=message, action="core.outbox.retry", user=request.user)
    messages.success(request, f"Der Versand von Nachricht {pk} wird gleich wiederholt.")
    return redirect("consultations_mails")
