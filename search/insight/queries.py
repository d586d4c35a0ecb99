"""What the screens read about searches: lists by view, the trend, before and after an action, pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import F, FloatField, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast

from portal.core.models import WorkItem
from search.insight.actions import KINDS
from search.insight.models import ResultDay, SearchDay

VIEWS = {
    "haeufig": "Häufigste",
    "ohne-treffer": "Ohne Treffer",
    "ohne-klick": "Ohne Klick",
    "langsam": "Langsam",
}
PERIODS = {7: "7 Tage", 28: "4 Wochen", 90: "90 Tage"}
# From the third time on a search may be shown to people; without hit or click it says nothing about anybody.
SHOWN_FROM = 3
ENOUGH = 5
MOST_PAGES = 15


def _since(today: date, days: int) -> date:
    return today - timedelta(days=days - 1)


def searches(view: str, *, today: date, days: int) -> QuerySet[Any, Any]:
    """Return one row for each search of the last days that may be shown, in the order of the view."""
    newest = SearchDay.objects.filter(normal=OuterRef("normal"), count__gt=0).order_by("-day", "-pk")
    rows = (
        SearchDay.objects.filter(day__gte=_since(today, days))
        .values("normal")
        .annotate(
            total=Sum("count"), without=Sum("nothing"), slow_ones=Sum("slow"), time=Sum("milliseconds"),
            longest=Max("slowest"), clicked=Sum("clicks"), places=Sum("ranks"),
            last_text=Subquery(newest.values("text")[:1]), last_hits=Subquery(newest.values("hits")[:1]),
            engines=Subquery(newest.values("engine")[:1]),
        )
        .filter(Q(total__gte=SHOWN_FROM) | Q(without__gt=0) | Q(clicked=0), total__gt=0)
    )  # fmt: skip
    ignored = WorkItem.objects.filter(kind=KINDS["egal"].work).exclude(state=WorkItem.State.OPEN)
    if view == "ohne-treffer":
        rows = rows.filter(without__gt=0).exclude(normal__in=ignored.values("dedupe_key"))
        return rows.order_by("-without", "normal")
    if view == "ohne-klick":
        rows = rows.filter(clicked=0, last_hits__gt=0).exclude(normal__in=ignored.values("dedupe_key"))
        return rows.order_by("-total", "normal")
    if view == "langsam":
        return rows.filter(slow_ones__gt=0).order_by("-slow_ones", "-longest", "normal")
    return rows.order_by("-total", "normal")


def frequent(*, today: date, number: int) -> list[str]:
    """Return the most frequent searches of four weeks that may be shown; one query."""
    return [row["last_text"] for row in searches("haeufig", today=today, days=28)[:number]]


@dataclass
class Numbers:
    """Searches of some days, and how they ended."""

    count: int = 0
    nothing: int = 0
    clicks: int = 0

    def add(self, row: dict[str, Any]) -> None:
        self.count += row["count"]
        self.nothing += row["nothing"]
        self.clicks += row["clicks"]

    @property
    def quality(self) -> tuple[float, float]:
        """Return the shares of searches with a hit, and of clicks."""
        return 1 - self.nothing / max(1, self.count), self.clicks / max(1, self.count)


@dataclass
class Helped:
    """Searches before and after an item was ended; the day itself belongs to neither."""

    before: Numbers = field(default_factory=Numbers)
    after: Numbers = field(default_factory=Numbers)

    @property
    def verdict(self) -> str:
        if not self.after.count:
            return "Seither wurde nicht mehr danach gesucht."
        if not self.before.count:
            return "Von vorher gibt es keine Zahlen."
        (hits, clicks), (hits_after, clicks_after) = self.before.quality, self.after.quality
        if hits_after > hits or (hits_after == hits and clicks_after > clicks):
            return "Hat geholfen."
        return "Hat nicht geholfen." if hits_after < hits or clicks_after < clicks else "Unverändert."


def helped(items: Iterable[WorkItem], days_by_key: dict[str, date]) -> dict[str, Helped]:
    """Return before and after for each ended item; one query for all. `days_by_key`: when it ended."""
    ended = {item.dedupe_key: days_by_key[item.dedupe_key] for item in items}
    if not ended:
        return {}
    found = {key: Helped() for key in ended}
    rows = SearchDay.objects.filter(normal__in=ended).values("normal", "day", "count", "nothing", "clicks")
    for row in rows:
        end = ended[row["normal"]]
        if row["day"] != end:
            about = found[row["normal"]]
            (about.before if row["day"] < end else about.after).add(dict(row))
    return found


@dataclass
class Step:
    """One bar of the trend."""

    day: date
    searches: int = 0
    nothing: int = 0
    unclicked: int = 0
    slow: int = 0


def trend(*, today: date, days: int) -> list[Step]:
    """Return the numbers by day, over 90 days by week (its first day); one query."""
    width, first = 7 if days > 31 else 1, _since(today, days)
    steps = {number: Step(first + timedelta(days=number * width)) for number in range(-(-days // width))}
    none = Q(clicks=0, nothing=0)
    rows = SearchDay.objects.filter(day__gte=_since(today, days), day__lte=today).values("day").annotate(
        total=Sum("count"), without=Sum("nothing"), slow_ones=Sum("slow"), unclicked=Sum("count", filter=none)
    )  # fmt: skip
    for row in rows:
        step = steps[(row["day"] - first).days // width]
        step.searches += row["total"]
        step.nothing += row["without"]
        step.slow += row["slow_ones"]
        step.unclicked += row["unclicked"] or 0
    return list(steps.values())


def pages(*, today: date, days: int, best: bool) -> list[dict[str, Any]]:
    """Return results by clicks: the most clicked, or those that often stand on top and are seldom clicked."""
    rows = (
        ResultDay.objects.filter(day__gte=_since(today, days))
        .values("key")
        .annotate(seen=Sum("shown"), on_top=Sum("top"), clicked=Sum("clicks"))
    )
    if best:
        return [dict(row) for row in rows.filter(clicked__gt=0).order_by("-clicked", "key")[:MOST_PAGES]]
    share = Cast(F("clicked"), FloatField()) / F("on_top")
    worst = rows.filter(on_top__gte=ENOUGH).annotate(share=share).filter(share__lt=0.2)
    return [dict(row) for row in worst.order_by("share", "-on_top", "key")[:MOST_PAGES]]
