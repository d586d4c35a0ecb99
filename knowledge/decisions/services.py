"""Every write about shown results: adding what was counted, forgetting what is old."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from knowledge.models import DecisionHelpPage, ResultCount
from knowledge.visits.services import MONTHS_KEPT, raise_by


@transaction.atomic
def add(counts: Mapping[Any, int]) -> None:
    """Add results by (page, result, month), all or nothing; in order, so that no processes block each other."""
    present = set(
        DecisionHelpPage.objects.filter(pk__in={page for page, *_ in counts}).values_list("pk", flat=True)
    )
    for (page, result, month), number in sorted(counts.items()):
        if page in present:
            raise_by(ResultCount.objects, {"page_id": page, "result": result, "month": month}, number)


def forget_old(today: date | None = None) -> str:
    """Delete months older than three years; safe to repeat."""
    now = today or timezone.localdate()
    gone, _ = ResultCount.objects.filter(month__lt=now - MONTHS_KEPT).delete()
    return f"{gone} Monate gelöscht" if gone else ""
