"""All cases somebody may see, open and ended ones: what the own area shows only the beginning of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Prefetch, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations.models import Appointment, Case, WaitingEntry
from consultations.opening import when_open
from consultations.requester import cases, words
from consultations.states import OPEN_CASES, WaitingState
from portal.accounts.models import User
from portal.accounts.queries import acting_user

PAGE_SIZE = 50
TITLE = "Vorgänge"
OPEN, ENDED = "offen", "beendet"
STATES = [(OPEN, "Offen"), (ENDED, "Beendet")]


def in_order(person: User) -> QuerySet[Case]:
    """Return the cases a person may see, their own first, then the latest first, with the appointments ahead."""
    own = models.Case(When(requester=person, then=Value(0)), default=Value(1), output_field=models.IntegerField())
    return with_ahead(cases.visible_to(person).order_by(own, "-created_at", "-pk"))


def with_ahead(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Return cases with the appointments ahead of each, as `ahead`."""
    ahead = Appointment.objects.filter(state__in=cases.COMING).select_related("format", "session")
    return rows.prefetch_related(
        Prefetch("appointments", queryset=ahead.order_by("starts_at", "pk"), to_attr="ahead")
    )


def rows_of(person: User, found: Sequence[Case], now: datetime) -> list[dict[str, Any]]:
    """Return what a list shows of cases of `in_order`; one query, for seats that wait to be accepted."""
    waiting = WaitingEntry.objects.filter(case__in=found, state=WaitingState.OFFERED)
    offers = {row.case_id: row for row in waiting.select_related("session", "appointment")}
    return [
        {
            "case": case, "status": words.status_of(case, cases.coming(getattr(case, "ahead", []), now)),
            "own": case.requester_id == person.pk, "offer": offers.get(case.pk),
        }
        for case in found
    ]  # fmt: skip


@when_open
@never_cache
@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """List all cases of a person and their municipalities; `stand` (offen, beendet) and `seite` in the address."""
    person, state = acting_user(request), request.GET.get("stand", "")
    rows = in_order(person)
    if state == OPEN:
        rows = rows.filter(state__in=OPEN_CASES)
    elif state == ENDED:
        rows = rows.exclude(state__in=OPEN_CASES)
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("seite"))
    context = {
        "title": TITLE, "meta": {"title": TITLE, "noindex": True},
        "breadcrumbs": [
            {"title": "Startseite", "url": "/"}, {"title": "Mein Konto", "url": reverse("account_start")},
        ],
        "rows": rows_of(person, list(shown), timezone.now()), "page_obj": shown, "total": shown.paginator.count,
        "states": STATES, "chosen": state if state in (OPEN, ENDED) else "", "zone": words.zone_words(),
    }  # fmt: skip
    return render(request, "consultations/own/all_cases.html", context)
