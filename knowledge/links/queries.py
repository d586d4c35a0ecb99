"""Which links are due, which are reported, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from knowledge.models import ExternalLink, LinkPlace
from knowledge.models.links import SUBJECTS

# A link that is fine is asked again after a week, one that fails on the next day.
FINE_FOR = timedelta(days=7)
FAILED_FOR = timedelta(hours=20)

Verdict = ExternalLink.Verdict


def on_live_content(prefix: str = "") -> Q:
    """Return the condition that the place is one readers see."""
    condition = Q()
    for name in SUBJECTS:
        condition |= Q(**{f"{prefix}{name}__live": True})
    return condition


def reported(today: date | None = None, prefix: str = "") -> Q:
    """Return the condition that a link has failed often enough, and that nobody has found it to be fine."""
    day = today or timezone.localdate()
    often = Q(
        **{f"{prefix}verdict": Verdict.BROKEN, f"{prefix}failures__gte": max(1, settings.LINK_CHECK_FAILURES)}
    ) | Q(
        **{
            f"{prefix}verdict": Verdict.UNCLEAR,
            f"{prefix}failures__gte": max(1, settings.LINK_CHECK_UNCLEAR_FAILURES),
        }
    )
    # What has been told stays told until it answers well or is accepted: either clears the moment.
    often |= Q(**{f"{prefix}reported_at__isnull": False, f"{prefix}failures__gt": 0})
    accepted = Q(**{f"{prefix}accepted_until__isnull": False, f"{prefix}accepted_until__gte": day})
    return often & ~accepted


def due_links(limit: int, now: datetime | None = None) -> list[tuple[int, str]]:
    """Return id and address of the links to ask now: failing ones first, then new ones, then old answers."""
    moment = now or timezone.now()
    live = Exists(LinkPlace.objects.filter(link=OuterRef("pk")).filter(on_live_content()))
    due = (
        Q(last_checked=None)
        | Q(failures__gt=0, last_checked__lt=moment - FAILED_FOR)
        | Q(last_checked__lt=moment - FINE_FOR)
    )
    rows = ExternalLink.objects.filter(live).filter(due)
    rows = rows.order_by(F("first_failed_at").asc(nulls_last=True), F("last_checked").asc(nulls_first=True), "pk")
    return list(rows.values_list("pk", "url")[:limit])


def answered_lately(*, exclude: Iterable[int], limit: int = 50) -> list[str]:
    """Return addresses behind which a server has answered, whatever it said, the latest first."""
    rows = ExternalLink.objects.filter(status__gt=0).exclude(pk__in=list(exclude))
    return list(rows.order_by("-last_checked", "pk").values_list("url", flat=True)[:limit])


def places() -> QuerySet[LinkPlace]:
    """Return all places readers see, with their links and what they stand in."""
    rows = LinkPlace.objects.filter(on_live_content()).select_related("link", *SUBJECTS)
    return rows.order_by("page__title", "act__abbreviation", "term__term", "deadline__title", "pk")


def reported_places(today: date | None = None) -> QuerySet[LinkPlace]:
    return places().filter(reported(today, "link__"))


def subjects_of(link_ids: Iterable[int]) -> set[tuple[str, int]]:
    """Return what links stand in, as (kind, id)."""
    rows = LinkPlace.objects.filter(link__in=list(link_ids))
    return {(name, pk) for row in rows.values(*SUBJECTS) for name, pk in row.items() if pk is not None}
