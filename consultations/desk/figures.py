"""Figures of the desk for Leitung and coordinators: about the whole centre, about nobody in particular."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations.desk import rights
from consultations.models import Case
from consultations.states import OPEN_CASES, CaseState

SMALLEST = 5
"""Counts under it are not shown beside topics: what is rare could be recognised."""
TITLE = "Beratung in Zahlen"


def by_state() -> list[tuple[str, int]]:
    """Return the number of cases in each state; one query."""
    rows = dict(Case.objects.order_by().values_list("state").annotate(Count("pk")))
    return [(str(state.label), rows.get(state.value, 0)) for state in CaseState]


def by_topic() -> list[tuple[str, int | None]]:
    """Return open cases by topic, the most first; None stands for fewer than five; one query."""
    rows = Case.objects.filter(state__in=OPEN_CASES).order_by().values_list("topic__title")
    found = sorted(rows.annotate(number=Count("pk")), key=lambda row: (-row[1], row[0] or ""))
    return [(title or "ohne Thema", number if number >= SMALLEST else None) for title, number in found]


def totals() -> dict[str, int]:
    """Return what is open, overdue, unassigned; one query."""
    is_open = Q(state__in=OPEN_CASES)
    return Case.objects.order_by().aggregate(
        open=Count("pk", filter=is_open),
        unassigned=Count("pk", filter=Q(state=CaseState.RECEIVED)),
        waiting=Count("pk", filter=Q(state=CaseState.WAITING)),
        overdue=Count("pk", filter=is_open & Q(answer_due__lt=timezone.localdate())),
    )


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show the figures to who may read them; no case, no municipality, no person."""
    rights.demand(request.user, rights.FIGURES)
    if rights.is_external(request.user):
        raise PermissionDenied
    context: dict[str, Any] = {
        "header_title": TITLE, "page_title": TITLE, "header_icon": "group", "totals": totals(),
        "states": by_state(), "topics": by_topic(), "smallest": SMALLEST,
        "breadcrumbs_items": [{"url": "", "label": TITLE}],
    }  # fmt: skip
    return render(request, "consultations/desk/figures.html", context)
