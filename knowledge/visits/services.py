"""Every write about visits: adding what was counted, and turning old days into months."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from wagtail.models import Page

from knowledge.models import MonthlyVisitCount, VisitCount

CHUNK = 200
DAYS_KEPT = timedelta(days=90)
MONTHS_KEPT = timedelta(days=3 * 366)


def raise_by(rows: Any, fields: dict[str, Any], number: int) -> None:
    """Add a number to a row, made where there is none."""
    found = rows.filter(**fields)
    if found.update(count=F("count") + number):
        return
    try:
        with transaction.atomic():
            rows.create(**fields, count=number)
    except IntegrityError:  # another process has made it at this moment
        found.update(count=F("count") + number)


@transaction.atomic
def add(counts: Mapping[tuple[int, date], int]) -> None:
    """Add visits by (page, local day), all or nothing; in order, so that no two processes block each other."""
    present = set(Page.objects.filter(pk__in={page for page, _ in counts}).values_list("pk", flat=True))
    for (page, day), number in sorted(counts.items()):
        if page in present:
            raise_by(VisitCount.objects, {"page_id": page, "day": day}, number)


@transaction.atomic
def _shorten_chunk(before: date) -> int:
    rows = list(VisitCount.objects.filter(day__lt=before).order_by("page_id", "day")[:CHUNK])
    for row in rows:
        raise_by(MonthlyVisitCount.objects, {"page_id": row.page_id, "month": row.day.replace(day=1)}, row.count)
    VisitCount.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def shorten(today: date | None = None) -> str:
    """Turn days older than 90 days into months, and delete months older than three years; safe to repeat."""
    now = today or timezone.localdate()
    total = 0
    while done := _shorten_chunk(now - DAYS_KEPT):
        total += done
    gone, _ = MonthlyVisitCount.objects.filter(month__lt=now - MONTHS_KEPT).delete()
    return f"{total} Tage zusammengefasst, {gone} Monate gelöscht" if total or gone else ""
