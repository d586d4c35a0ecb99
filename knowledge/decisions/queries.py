"""Reads of decision helps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import IntegerField, QuerySet, Sum
from django.db.models.functions import Cast
from django.utils import timezone
from wagtail.models import ReferenceIndex

from knowledge.models import ResultCount

COUNTED_DAYS = 365


def result_counts(page: Any) -> dict[str, int]:
    """Return how often each result was shown in the last twelve months; one query."""
    since = (timezone.localdate() - timedelta(days=COUNTED_DAYS)).replace(day=1)
    rows = ResultCount.objects.filter(page=page.pk, month__gte=since).order_by().values("result")
    return dict(rows.annotate(total=Sum("count")).values_list("result", "total"))


def helps_naming(page: Any) -> QuerySet[ReferenceIndex, int]:
    """Return the ids of the decision helps whose results name a page, as a subquery of Wagtail's references."""
    # By the type of the page alone, which has few rows: any further type would lead to a longer index.
    rows = ReferenceIndex.objects.filter(
        content_type__app_label="knowledge", content_type__model="decisionhelppage",
        model_path="body.result.articles.item", to_object_id=str(page.pk),
    )  # fmt: skip
    return rows.annotate(help_id=Cast("object_id", IntegerField())).values_list("help_id", flat=True)
