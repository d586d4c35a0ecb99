"""The statistics in the admin: tables with bars, CSV, XLSX, and what one adviser sees about themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations.desk import rights
from consultations.statistics import ended, exports, own, periods, reading, tables
from portal.core.models import WorkItem

TITLE, OWN_TITLE = "Statistik", "Meine Zahlen"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sees_small_counts(user: Any) -> bool:
    """True for who knows the cases anyway, since they give them out."""
    return rights.may_assign(user)


def _head(title: str) -> dict[str, Any]:
    crumbs = [{"url": reverse("consultations_desk"), "label": "Beratung"}, {"url": "", "label": title}]
    return {"header_title": title, "page_title": title, "header_icon": "table", "breadcrumbs_items": crumbs}


@never_cache
@require_safe
@rights.guarded(rights.FIGURES)
def show(request: HttpRequest) -> HttpResponse:
    """Show the statistics of a period (`?zeit=`); small counts only to coordinators."""
    whole = sees_small_counts(request.user)
    today = timezone.localdate()
    since = ended.first_year()
    period = periods.chosen(request.GET.get("zeit", ""), today, quarters=whole, since=since)
    context = {
        **_head(TITLE), "period": period, "whole": whole,
        "periods": periods.choices(today, quarters=whole, since=since),
        "tables": _tables(period, today, whole=whole), "hidden": tables.HIDDEN,
        "remark": periods.remark(period, today),
    }  # fmt: skip
    return render(request, "consultations/desk/statistics.html", context)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _tables(period: periods.Period, today: date, *, whole: bool) -> list[tables.Table]:
    """Return what is shown of a period: requests while they are all there, ended cases of every whole year."""
    found = tables.build(reading.read(period), whole=whole) if periods.has_requests(period, today) else []
    return [*found, *ended.tables(ended.read(period), whole=whole)] if period.is_year else found


def _for_outside(request: HttpRequest) -> tuple[periods.Period, list[tables.Table]]:
    today = timezone.localdate()
    period = periods.chosen(request.GET.get("zeit", ""), today, quarters=False, since=ended.first_year())
    return period, _tables(period, today, whole=False)


@never_cache
@require_safe
@rights.guarded(rights.FIGURES)
def as_csv(request: HttpRequest, key: str) -> HttpResponse:
    """Hand out one table of a year as CSV, without small counts for anybody."""
    period, found = _for_outside(request)
    table = next((table for table in found if table.key == key), None)
    if table is None:
        raise Http404
    content = exports.as_csv(table, remark=periods.remark(period, timezone.localdate()))
    return _file(content, "text/csv; charset=utf-8", f"beratung-{key}-{period.key}.csv")


@never_cache
@require_safe
@rights.guarded(rights.FIGURES)
def as_xlsx(request: HttpRequest) -> HttpResponse:
    """Hand out all tables of a year as a workbook, without small counts for anybody."""
    period, found = _for_outside(request)
    remark = periods.remark(period, timezone.localdate())
    content = exports.as_xlsx(found, title=f"Beratung {period.label}", remark=remark)
    return _file(content, XLSX, f"beratung-{period.key}.xlsx")


@never_cache
@require_safe
@rights.guarded(rights.VIEW, inside=False)
def show_own(request: HttpRequest) -> HttpResponse:
    """Show an adviser their own figures; nobody can ask for somebody else's."""
    if not settings.STAFF_FIGURES:
        raise Http404
    adviser = rights.adviser_of(request.user)
    context = _head(OWN_TITLE)
    if adviser is not None:
        found = own.read(adviser)
        work = found.work
        percent = round(100 * work.booked / work.available) if work and work.available else None
        waiting = WorkItem.objects.filter(owner=request.user.pk, state=WorkItem.State.OPEN).count()
        context |= {"own": found, "percent": percent, "waiting": waiting}
    return render(request, "consultations/desk/own_figures.html", context)
