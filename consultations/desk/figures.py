"""Figures of the desk for Leitung and coordinators: about the whole centre, about nobody in particular."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations.desk import rights
from consultations.models import Case
from consultations.services import alerts
from consultations.states import OPEN_CASES, CaseState
from consultations.statistics.small_counts import SMALLEST, suppress
from consultations.statistics.tables import HIDDEN

TITLE = "Beratung in Zahlen"


def by_state() -> list[tuple[str, int]]:
    """Return the number of cases in each state; one query."""
    rows = dict(Case.objects.order_by().values_list("state").annotate(Count("pk")))
    return [(str(state.label), rows.get(state.value, 0)) for state in CaseState]


def by_topic() -> list[tuple[str, int]]:
    """Return open cases by topic, the most first; one query."""
    rows = Case.objects.filter(state__in=OPEN_CASES).order_by().values_list("topic__title")
    found = sorted(rows.annotate(number=Count("pk")), key=lambda row: (-row[1], row[0] or ""))
    return [(title or "ohne Thema", number) for title, number in found]


def shown(*, whole: bool) -> tuple[list[tuple[str, int | None]], list[tuple[str, int | None]]]:
    """Return cases by state and open ones by topic; without `whole` small counts are None, and what tells them.

    Both tables tell the number of open cases: what is hidden in one is no difference to the other. Ended cases are
    for `whole` alone: those of all years, less the years the statistics show, would tell what a year hides.
    """
    states, topics = by_state(), by_topic()
    if whole:
        return [*states], [*topics]
    states = states[: len(OPEN_CASES)]
    first, second = suppress([number for _, number in states], [number for _, number in topics])
    named = [(label, cell) for (label, _), cell in zip(topics, second.cells, strict=True)]
    hidden = sorted(label for label, cell in named if cell is None)  # their order by number would tell of them
    return (
        [(label, cell) for (label, _), cell in zip(states, first.cells, strict=True)],
        [*(pair for pair in named if pair[1] is not None), *((label, None) for label in hidden)],
    )


def totals() -> dict[str, int]:
    """Return what is open, overdue, unassigned; one query."""
    is_open = Q(state__in=OPEN_CASES)
    return Case.objects.order_by().aggregate(
        open=Count("pk", filter=is_open),
        unassigned=Count("pk", filter=Q(state=CaseState.RECEIVED)),
        waiting=Count("pk", filter=Q(state=CaseState.WAITING)),
        overdue=Count("pk", filter=alerts.overdue()),
    )


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show the figures to who may read them; no case, no municipality, no person."""
    rights.demand(request.user, rights.FIGURES)
    if rights.is_external(request.user):
        raise PermissionDenied
    whole = rights.may_assign(request.user)
    states, topics = shown(whole=whole)
    context: dict[str, Any] = {
        "header_title": TITLE, "page_title": TITLE, "header_icon": "group", "totals": totals() if whole else None,
        "states": states, "states_title": f"{'V' if whole else 'Offene V'}orgänge nach Zustand",
        "topics": topics, "smallest": SMALLEST, "hidden": HIDDEN,
        "breadcrumbs_items": [{"url": "", "label": TITLE}],
    }  # fmt: skip
    return render(request, "consultations/desk/figures.html", context)
