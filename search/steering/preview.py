"""What a rule would change before it is saved: results before and after, and the effect on the rated queries.

Searched is at the level that the rule's target asks of its readers. A rule without one is tried as everybody
searches, and where that changes nothing, as those who may read more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from portal.core.visibility import Visibility, restriction_levels, strictest
from search.eligibility import collection_levels
from search.engines.base import Hit, SearchQuery
from search.evaluation import DEPTH, gain_of
from search.finding import answer_query, find, suggest
from search.mending import mended
from search.query import parse, plan
from search.rated import rated_here
from search.steering.models import SteeringRule
from search.steering.rules import RuleData, current_rules, trying
from search.steering.targets import level_of_target

MOST_SAMPLES = 12
LONGEST_SECONDS = 2.5
# How it is searched at a level, most open first.
READERS = {
    Visibility.PUBLIC: "ohne Anmeldung",
    Visibility.MUNICIPALITY: "mit den Rechten angemeldeter Kommunen",
    Visibility.CENTRE: "mit den Rechten der Kompetenzstelle",
}


@dataclass(frozen=True)
class Row:
    """One result or suggestion."""

    key: str
    title: str
    url: str


Ask = Callable[[str], tuple[int, list[Row]]]


@dataclass(frozen=True)
class Moved:
    """One result afterwards: its place now, and the one before (0: it was not there)."""

    title: str
    url: str
    place: int
    before: int


@dataclass(frozen=True)
class Compared:
    """One search before and after; `gone` are titles no longer suggested or among the first ten results.

    `level` is that of those who search.
    """

    text: str
    total_before: int
    total_after: int
    results: list[Moved]
    gone: list[str]
    level: Visibility = Visibility.PUBLIC

    @property
    def readers(self) -> str:
        """Return for whom it is so; nothing for everybody."""
        return "" if self.level is Visibility.PUBLIC else READERS[self.level]

    @property
    def changed(self) -> bool:
        moved = any(row.before != row.place for row in self.results)
        return moved or bool(self.gone) or self.total_before != self.total_after


@dataclass(frozen=True)
class Effect:
    """Mean nDCG@10 on the rated queries before and after, how many were asked, which got better or worse."""

    asked: int
    all: int
    before: float
    after: float
    better: list[str]
    worse: list[str]

    @property
    def difference(self) -> float:
        return self.after - self.before


@dataclass(frozen=True)
class Preview:
    """Searches before and after; `left` are those that were too many to be tried.

    `levels` are those it was tried at, the first for all searches, each further one for what was the same before.
    """

    compared: list[Compared]
    effect: Effect | None
    left: list[str]
    # Results are compared, or suggestions where the rule is about these alone.
    of_suggestions: bool = False
    levels: tuple[Visibility, ...] = (Visibility.PUBLIC,)

    @property
    def readers(self) -> str:
        return READERS[self.levels[0]]

    @property
    def further(self) -> str:
        """Return for whom it was tried where nothing changed."""
        return " und ".join(READERS[level] for level in self.levels[1:])

    @property
    def changed(self) -> list[Compared]:
        return [row for row in self.compared if row.changed]

    @property
    def same(self) -> list[str]:
        return [row.text for row in self.compared if not row.changed]


def preview(rule: SteeringRule, samples: Sequence[str], *, reader: Visibility, deleted: bool = False) -> Preview:
    """Try a rule, new, changed or about to go, for somebody who may read up to a level; nothing is stored."""
    stored = list(SteeringRule.objects.all())
    rows = [row for row in stored if row.pk != rule.pk]
    after: list[RuleData] = [*rows] if deleted else [*rows, rule]
    texts = list(dict.fromkeys(" ".join(text.split()) for text in samples if text.strip()))
    tried, left = texts[:MOST_SAMPLES], texts[MOST_SAMPLES:]
    if rule.kind == SteeringRule.Kind.DENY:
        return Preview([_compare(text, after, _suggested) for text in tried], None, left, of_suggestions=True)
    levels = _levels({row.target for row in (rule, *stored) if row.target and row.pk == rule.pk}, reader)
    compared = [_first_changed(text, after, levels) for text in tried]
    return Preview(compared, effect(after), left, levels=levels)


def _levels(targets: set[str], reader: Visibility) -> tuple[Visibility, ...]:
    """Return at which levels to try a rule by its targets, at most that of the reader."""
    known = [level for level in READERS if reader.covers(level)]
    if targets:
        needed = strictest(*map(level_of_target, targets))
        return (needed if needed in known else known[-1],)
    closed = {level for _, level in (*restriction_levels(), *collection_levels())}
    return (Visibility.PUBLIC, *(level for level in known if level in closed))


def _first_changed(text: str, rows: Iterable[RuleData], levels: Sequence[Visibility]) -> Compared:
    """Compare a search at the most open level at which it changes; else at the first."""
    asked = (replace(_compare(text, rows, partial(_found, level=level)), level=level) for level in levels)
    first = next(asked)
    return first if first.changed else next((compared for compared in asked if compared.changed), first)


def _found(text: str, *, level: Visibility) -> tuple[int, list[Row]]:
    found = find(text, level=level)
    return found.total, [Row(result.key, result.title, result.url) for result in found.results]


def _suggested(text: str) -> tuple[int, list[Row]]:
    rows = suggest(text)
    return len(rows), [Row(f"{row['url']} {row['label']}", row["label"], row["url"]) for row in rows]


def _compare(text: str, rows: Iterable[RuleData], ask: Ask) -> Compared:
    total_before, before = ask(text)
    with trying(rows):
        total_after, after = ask(text)
    places = {row.key: place for place, row in enumerate(before, start=1)}
    moved = [Moved(row.title, row.url, place, places.get(row.key, 0)) for place, row in enumerate(after, start=1)]
    kept = {row.key for row in after}
    gone = [row.title for row in before if row.key not in kept]
    return Compared(text, total_before, total_after, moved, gone)


def effect(rows: Iterable[RuleData]) -> Effect | None:
    """Measure the rated queries without and with other rules; None where this portal has none of their pages.

    What the rules do not touch is asked once. After two and a half seconds the rest is left out, and it is said.
    """
    rated, rows = rated_here(), list(rows)
    started = time.monotonic()
    sums, better, worse, asked = [0.0, 0.0], [], [], 0
    for text, grades in rated:
        if time.monotonic() - started > LONGEST_SECONDS:
            break
        before = _score(text, grades)
        state = _state(text)
        with trying(rows):
            after = before if _state(text) == state else _score(text, grades)
        asked += 1
        sums[0], sums[1] = sums[0] + before, sums[1] + after
        if after > before:
            better.append(text)
        elif after < before:
            worse.append(text)
    if not asked:
        return None
    return Effect(asked, len(rated), sums[0] / asked, sums[1] / asked, better, worse)


def _query(text: str) -> SearchQuery:
    return replace(plan(parse(text)), facets=False, limit=DEPTH)


def _state(text: str) -> tuple[object, ...]:
    """Return everything rules can change about a search."""
    rules = current_rules()
    return _query(text), rules.pinned(text), rules.hidden(text), frozenset(rules.never_correct)


def _score(text: str, grades: dict[str, int]) -> float:
    query = _query(text)
    answer = answer_query(query)[0]
    hits: list[Hit] = mended(query, answer, lambda other: answer_query(other)[0]).answer.hits
    return gain_of([hit.url for hit in hits], grades)
