"""Every write about searches: adding what was counted, deleting what is old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from search.insight.models import ResultDay, SearchDay

KEPT = timedelta(days=90)
SLOW_MS = 500
CHUNK = 200
# Nobody looks for more in a day; a flood of made-up words ends here.
MOST_A_DAY = 5_000
ADDED = ("count", "nothing", "slow", "milliseconds", "clicks", "ranks")


@dataclass
class Counts:
    """What has come together for one search of one day and engine."""

    text: str
    count: int = 0
    hits: int = 0
    nothing: int = 0
    slow: int = 0
    milliseconds: int = 0
    slowest: int = 0
    clicks: int = 0
    ranks: int = 0

    def add_search(self, hits: int, milliseconds: int) -> None:
        self.count += 1
        self.hits = hits
        self.nothing += not hits
        self.slow += milliseconds >= SLOW_MS
        self.milliseconds += milliseconds
        self.slowest = max(self.slowest, milliseconds)


@dataclass
class Gathered:
    """Counts by (day, normal form, engine), and by (day, key) for results: [shown, top, clicks]."""

    searches: dict[tuple[date, str, str], Counts] = field(default_factory=dict)
    results: dict[tuple[date, str], list[int]] = field(default_factory=dict)


def store(gathered: Gathered) -> None:
    """Add counts, in order, so that no two processes block each other; short transactions."""
    searches = sorted(gathered.searches.items())
    for start in range(0, len(searches), CHUNK):
        with transaction.atomic():
            _add_searches(searches[start : start + CHUNK])
    results = sorted(gathered.results.items())
    for start in range(0, len(results), CHUNK):
        with transaction.atomic():
            for (day, key), (shown, top, clicks) in results[start : start + CHUNK]:
                _raise(ResultDay, {"day": day, "key": key}, {"shown": shown, "top": top, "clicks": clicks}, {})


def _add_searches(rows: Iterable[tuple[tuple[date, str, str], Counts]]) -> None:
    room: dict[date, int] = {}
    for (day, normal, engine), counts in rows:
        if day not in room:
            room[day] = MOST_A_DAY - SearchDay.objects.filter(day=day).count()
        added = {name: getattr(counts, name) for name in ADDED}
        fields = {"day": day, "normal": normal, "engine": engine}
        other = {"text": counts.text, "slowest": counts.slowest}
        if counts.count:
            other["hits"] = counts.hits
        room[day] -= _raise(SearchDay, fields, added, other, may_make=room[day] > 0)


def _raise(
    model: Any, fields: dict[str, Any], added: dict[str, int], other: dict[str, Any], *, may_make: bool = True
) -> bool:
    """Add numbers to a row and set the others; True when the row had to be made."""
    changes: dict[str, Any] = {name: F(name) + number for name, number in added.items()}
    changes |= {name: value for name, value in other.items() if name != "slowest"}
    if "slowest" in other:
        changes["slowest"] = Greatest(F("slowest"), other["slowest"])
    found = model.objects.filter(**fields)
    if found.update(**changes) or not may_make:
        return False
    try:
        with transaction.atomic():
            model.objects.create(**fields, **added, **other)
    except IntegrityError:  # another process has made it at this moment
        found.update(**changes)
        return False
    return True


def prune(today: date | None = None) -> str:
    """Delete what is older than 90 days; safe to repeat."""
    before = (today or timezone.localdate()) - KEPT
    total = 0
    for model in (SearchDay, ResultDay):
        rows = model.objects.filter(day__lt=before).order_by("pk")
        while ids := list(rows.values_list("pk", flat=True)[:CHUNK]):
            model.objects.filter(pk__in=ids).delete()
            total += len(ids)
    return f"{total} {'Zeile' if total == 1 else 'Zeilen'} über Suchen gelöscht" if total else ""
