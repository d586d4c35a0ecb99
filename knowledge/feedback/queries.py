"""Which page readers vote about, and how the votes fall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest
from django.utils import timezone
from wagtail.models import Page

from knowledge.models.trust import TrustedPage
from knowledge.queries import Reader
from portal.core.models import WorkItem

MIN_VOTES = 5
SHORT, LONG = 90, 365
POOR_SHARE = 0.5
_LARGEST_ID = 2**31 - 1


def votable_page(request: HttpRequest, pk: int) -> Any | None:
    """Return the live article, question or template with this id, if the reader may read it."""
    if not 0 < pk <= _LARGEST_ID:
        return None
    page = Reader.of(request).filter(Page.objects.filter(pk=pk)).first()
    found = page.specific if page else None
    return found if isinstance(found, TrustedPage) else None


@dataclass(frozen=True)
class Votes:
    """Yes and no of one page in one span of time."""

    yes: int
    no: int

    @property
    def share(self) -> int | None:
        """Percent of yes, None without votes."""
        total = self.yes + self.no
        return round(100 * self.yes / total) if total else None


def _sum(field: str, since: date) -> Any:
    return Coalesce(Sum(f"feedback_counts__{field}", filter=Q(feedback_counts__day__gt=since)), 0)


def pages_by_share(today: date | None = None) -> QuerySet[Page]:
    """Return pages with at least MIN_VOTES votes of a year, the least helpful first; one query."""
    today = today or timezone.localdate()
    short, long = today - timedelta(days=SHORT), today - timedelta(days=LONG)
    rows = Page.objects.filter(feedback_counts__day__gt=long).annotate(
        yes_short=_sum("yes", short),
        no_short=_sum("no", short),
        yes_long=_sum("yes", long),
        no_long=_sum("no", long),
    )
    return (
        rows.annotate(votes=F("yes_long") + F("no_long"))
        .filter(votes__gte=MIN_VOTES)
        .annotate(share=Cast(F("yes_long"), FloatField()) / Cast(F("votes"), FloatField()))
        .order_by("share", "-votes", "pk")
    )


def open_items(pages: list[int]) -> dict[int, tuple[int, int]]:
    """Return (item, number of reports) of the open feedback of pages; one query."""
    from knowledge.feedback.services import FEEDBACK_KIND

    rows = WorkItem.objects.filter(kind=FEEDBACK_KIND, state=WorkItem.State.OPEN, page__in=pages)
    return {page: (item, bundled) for item, page, bundled in rows.values_list("pk", "page_id", "bundled")}
