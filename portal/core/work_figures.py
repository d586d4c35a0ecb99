"""What lists, dashboard and report read of work items: counts and medians, the same on every database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.utils import timezone

from portal.core.dashboard import count_all
from portal.core.models import WorkItem
from portal.core.visibility import STAFF_GROUPS

CLOSED_WITHIN = timedelta(days=90)
# The figures of a team of one are those of that person, and each of two reads the other's from the difference.
FEWEST_PEOPLE = 3
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Figures:
    """Counts of items (None: withheld), and medians in days (None: no item, or withheld)."""

    open: int | None = 0
    overdue: int | None = 0
    ownerless: int | None = 0
    closed: int | None = 0
    open_days: float | None = None
    closing_days: float | None = None

    @property
    def withheld(self) -> bool:
        """True when there is a figure that would tell about one person."""
        if self.open is None or self.closed is None:
            return True
        return (self.open > 0 and self.open_days is None) or (self.closed > 0 and self.closing_days is None)


@dataclass(frozen=True)
class TeamFigures:
    """The figures of one team, of all, or of oneself."""

    team: str
    figures: Figures


def countings(user: Any) -> dict[str, QuerySet[WorkItem]]:
    """Return which items are open, mine, ownerless, overdue."""
    rows = WorkItem.objects.filter(state=WorkItem.State.OPEN)
    return {
        "open": rows,
        "mine": rows.filter(owner=user),
        "ownerless": rows.filter(owner=None),
        "overdue": rows.filter(due_on__lt=timezone.localdate()),
    }


def counts(user: Any) -> dict[str, int]:
    """Return how many items are open, mine, ownerless, overdue: one query."""
    return count_all(user, countings(user))


@dataclass
class _Sum:
    """What is gathered of one team, one person, or all while the rows are read once."""

    open: int = 0
    overdue: int = 0
    ownerless: int = 0
    ages: list[tuple[int | None, float]] = field(default_factory=list)  # (owner, days)
    closings: list[tuple[int | None, float]] = field(default_factory=list)

    @classmethod
    def of(cls, parts: Iterable[_Sum]) -> _Sum:
        """Return several together."""
        whole = cls()
        for part in parts:
            whole.open += part.open
            whole.overdue += part.overdue
            whole.ownerless += part.ownerless
            whole.ages += part.ages
            whole.closings += part.closings
        return whole

    def result(self, *, of_many: bool = False, shown: bool = True, counted: bool = True) -> Figures:
        """Return the figures; with `of_many` no median behind which only one or two people stand.

        Medians can be hidden (`shown`), and all figures (`counted`).
        """
        if not counted:
            return Figures(open=None, overdue=None, ownerless=None, closed=None)
        return Figures(
            open=self.open, overdue=self.overdue, ownerless=self.ownerless, closed=len(self.closings),
            open_days=_median(self.ages, of_many=of_many) if shown else None,
            closing_days=_median(self.closings, of_many=of_many) if shown else None,
        )  # fmt: skip


def _median(times: list[tuple[int | None, float]], *, of_many: bool) -> float | None:
    owners = {owner for owner, _ in times if owner is not None}
    if not times or (of_many and 0 < len(owners) < FEWEST_PEOPLE):
        return None
    return round(median(days for _, days in times), 1)


@dataclass(frozen=True)
class Report:
    """The report "Aufgaben nach Team" as one person may see it: `own` is about that person alone.

    Teams of one or two people share a line. `complete`: the sum covers every team; else it leaves out that line,
    since fewer than three people stand behind it, whose figures could be told from the difference.
    """

    teams: list[TeamFigures]
    everything: Figures
    complete: bool
    own: Figures


def report(user: Any, now: datetime | None = None) -> Report:
    """Return the figures of all teams and of the person who asks, in three queries.

    Medians are computed here, because the databases have no common function for them.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    sums: dict[str, _Sum] = defaultdict(_Sum)
    own = _Sum()

    def parts(team: str, owner: int | None) -> tuple[_Sum, ...]:
        return (sums[team], own) if owner == user.pk else (sums[team],)

    rows = WorkItem.objects.order_by()
    open_rows = rows.filter(state=WorkItem.State.OPEN)
    for team, owner, due, created in open_rows.values_list("team", "owner_id", "due_on", "created_at"):
        for part in parts(team, owner):
            part.open += 1
            part.overdue += due is not None and due < today
            part.ownerless += owner is None
            part.ages.append((owner, (now - created) / _DAY))
    closed_rows = rows.filter(closed_at__gte=now - CLOSED_WITHIN)
    for team, owner, created, closed in closed_rows.values_list("team", "owner_id", "created_at", "closed_at"):
        if closed is not None:  # the filter sees to it; said for the types
            for part in parts(team, owner):
                part.closings.append((owner, (closed - created) / _DAY))
    lines, together = _lines(sums)
    everything = _Sum.of(part for name, part in sums.items() if name not in together)
    return Report(lines, everything.result(of_many=True), not together, own.result())


def _lines(sums: dict[str, _Sum]) -> tuple[list[TeamFigures], set[str]]:
    """Return the lines of the teams, the small ones in one, and the teams nobody's figures may be told of."""
    people = _people_by_team()
    small = [name for name in STAFF_GROUPS if 0 < len(people[name]) < FEWEST_PEOPLE]
    lines = [
        TeamFigures(name, sums[name].result(of_many=True, shown=bool(people[name])))
        for name in STAFF_GROUPS if name not in small
    ]  # fmt: skip
    if not small:
        return lines, set()
    enough = len(set().union(*(people[name] for name in small))) >= FEWEST_PEOPLE
    figures = _Sum.of(sums[name] for name in small).result(of_many=True, counted=enough)
    return [*lines, TeamFigures(", ".join(small), figures)], set() if enough else set(small)


def _people_by_team() -> dict[str, set[int]]:
    """Return the active people of each team."""
    found: dict[str, set[int]] = {name: set() for name in STAFF_GROUPS}
    rows = Group.objects.filter(name__in=STAFF_GROUPS, user__is_active=True).values_list("name", "user")
    for name, person in rows:
        found[name].add(person)
    return found


def clock(item: WorkItem, today: date | None = None) -> str:
    """Return how much of an item's time is left: "noch 12 Tage von 42", "seit 3 Tagen überfällig"."""
    if item.due_on is None or not item.is_open:
        return ""
    left = (item.due_on - (today or timezone.localdate())).days
    whole = (item.due_on - timezone.localdate(item.created_at)).days
    if left < 0:
        return f"seit {-left} {'Tag' if left == -1 else 'Tagen'} überfällig"
    if left == 0:
        return "heute fällig"
    days = f"noch {left} {'Tag' if left == 1 else 'Tage'}"
    return f"{days} von {whole}" if whole >= left else days
