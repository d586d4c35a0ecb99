"""Which pages nobody has opened."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from wagtail.models import Page

from knowledge.models import MonthlyVisitCount, VisitCount
from knowledge.reading.kinds import content_models
from knowledge.retired import retired
from portal.core.visibility import Visibility, current_restriction_levels

DAYS = 90


def counted_since() -> date | None:
    """Return the first day or month anything was counted; None before that. At most two queries."""
    first: date | None = MonthlyVisitCount.objects.aggregate(first=Min("month"))["first"]
    return first or VisitCount.objects.aggregate(first=Min("day"))["first"]


def _of_the_centre() -> Q:
    """Return the condition of pages only the centre reads: its visits are not counted."""
    found = Q(pk__in=[])
    for path, level in current_restriction_levels():
        if level is Visibility.CENTRE:
            found |= Q(path__startswith=path)
    return found


def pages_without_visits(today: date | None = None) -> QuerySet[Page]:
    """Return live pages for readers, older than 90 days, that nobody has opened in the last 90 days.

    `last_visit` is the last day (or, further back, the first day of the month) somebody did.
    """
    since = (today or timezone.localdate()) - timedelta(days=DAYS)
    visits = VisitCount.objects.filter(page=OuterRef("pk"))
    months = MonthlyVisitCount.objects.filter(page=OuterRef("pk"))
    kinds = [model._meta.model_name for model in content_models() if issubclass(model, Page)]
    pages = Page.objects.filter(
        live=True, alias_of=None, first_published_at__date__lt=since, content_type__model__in=kinds
    )
    pages = pages.exclude(retired()).exclude(_of_the_centre())
    return pages.filter(~Exists(visits.filter(day__gte=since, count__gt=0))).annotate(
        last_visit=Coalesce(
            Subquery(visits.order_by("-day").values("day")[:1]),
            Subquery(months.order_by("-month").values("month")[:1]),
        )
    )
