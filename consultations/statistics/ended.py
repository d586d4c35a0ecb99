"""Ended cases of a year, anonymised ones included: topic, size class, outcome, duration.

A case counts in the year of its end, the one date that stays of it (`PastCase`). So these figures are complete for
every year there has been, and stay what they are when retention takes the cases themselves away.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Min

from consultations.models import Case, PastCase
from consultations.states import ENDED_CASES, CaseState
from consultations.statistics.periods import Period
from consultations.statistics.reading import FEWEST_PEOPLE, NONE
from consultations.statistics.small_counts import SMALLEST, is_small, suppress
from consultations.statistics.tables import (
    FEW_CASES,
    WITHHELD,
    Cell,
    Row,
    Table,
    counts,
    durations,
    ordered,
    unranked,
)
from knowledge.models import TopicPage
from portal.accounts.models import Municipality

CASES = "Vorgänge"
NOTE = "Vorgänge, die in diesem Jahr endeten, auch solche, die inzwischen anonymisiert sind."


@dataclass
class Ended:
    """Cases that ended in one year. `leads` are of those that are still there: who led the others is forgotten."""

    topics: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    days: list[int] = field(default_factory=list)
    leads: set[int | None] = field(default_factory=set)
    kept: int = 0


def first_year() -> int | None:
    """Return the first year of which an anonymised case is known; one query."""
    found: int | None = PastCase.objects.aggregate(first=Min("year"))["first"]
    return found


def read(period: Period) -> Ended:
    """Return the ended cases of a year; three queries."""
    found, titles = Ended(), dict(TopicPage.objects.order_by().values_list("pk", "title"))
    names = dict(Municipality.SizeClass.choices)

    def add(topic: int | None, size: str, outcome: str, days: int) -> None:
        found.topics[titles.get(topic or 0, NONE["topic"])] += 1
        found.sizes[str(names.get(size, NONE["size"]))] += 1
        found.outcomes[outcome] += 1
        found.days.append(days)

    there = Case.objects.filter(
        state__in=ENDED_CASES, ended_at__gte=period.begins, ended_at__lt=period.ends
    ).order_by()
    columns = ("topic", "municipality__size_class", "state", "created_at", "ended_at", "lead")
    for topic, size, outcome, created, ended, lead in there.values_list(*columns):
        add(topic, size, outcome, max(0, (ended - created).days))
        found.leads.add(lead)
        found.kept += 1
    past = PastCase.objects.filter(year=period.first.year).order_by()
    for row in past.values_list("topic", "size_class", "outcome", "days"):
        add(*row)
    return found


def tables(found: Ended, *, whole: bool) -> list[Table]:
    """Return the tables of ended cases; `whole` as for the other figures: with small counts or without."""
    sizes = [str(label) for label in Municipality.SizeClass.labels]
    pairs = [
        ordered(found.topics),
        [(label, found.sizes[label]) for label in [*sizes, *(set(found.sizes) - set(sizes))]],
        [(str(CaseState(state).label), found.outcomes[state]) for state in ENDED_CASES],
    ]
    heads = (
        ("beendet-themen", "Beendet nach Thema", "Thema"),
        ("beendet-groessen", "Beendet nach Größenklasse", "Größenklasse"),
        ("beendet-ergebnisse", "Beendet nach Ergebnis", "Ergebnis"),
    )
    values = [[number for _, number in rows] for rows in pairs]
    shown = (
        [(tuple(row), sum(row)) for row in values]
        if whole
        else [(item.cells, item.total) for item in suppress(*values)]
    )
    made = []
    for (key, title, head), rows, (cells, total) in zip(heads, pairs, shown, strict=True):
        names, numbers = [label for label, _ in rows], list(cells)
        if key == "beendet-themen":
            names, numbers = unranked(names, numbers)
        made.append(counts(key, title, head, names, numbers, total, CASES, NOTE))
    # A sum that is hidden must not be told by the number of durations.
    hidden = any(total is None for _, total in shown)
    return [*made, _duration(found, whole=whole, hidden=hidden)]


def _duration(found: Ended, *, whole: bool, hidden: bool) -> Table:
    """Say how long cases took; withheld where the work of fewer than three people could be seen in it."""
    number = len(found.days)
    cells: tuple[Cell, ...]
    if found.kept and len(found.leads - {None}) < FEWEST_PEOPLE:
        cells = (WITHHELD, WITHHELD)
    elif number and ((not whole and number < SMALLEST) or hidden):
        cells = (FEW_CASES, FEW_CASES)
    else:
        cells = durations(found.days)
    count: Cell = None if not whole and (is_small(number) or (hidden and number)) else number
    columns = (CASES, "Median", "90 von 100 in höchstens")
    row = Row("Tage vom Eingang bis zum Ende", (count, *cells))
    return Table("beendet-dauer", "Dauer beendeter Vorgänge", "Dauer", columns, (row,), NOTE)
