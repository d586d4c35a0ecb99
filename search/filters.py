"""What a search is narrowed and ordered by, in terms every engine can say.

An engine keeps of each document `kind`, `topics`, `audience`, `acts` and its `numbers`, turns each of `conditions`
into its own words, and counts each facet under all conditions but its own. docs/search.md says the same in prose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from search.documents import SearchDocument
from search.engines.base import Hit, SearchQuery, SearchResults

# Facets whose values are counted, by the name of the field in the index.
FACETS = ("kind", "topic", "audience", "act")
REVIEWED = "reviewed_day"
NEWEST = "newest"
# Facet, and what of a query narrows by it.
NARROWED_BY: dict[str, dict[str, Any]] = {
    "kind": {"kinds": ()},
    "topic": {"topic": None},
    "audience": {"audiences": ()},
    "act": {"acts": ()},
    "reviewed": {"reviewed_since": None},
}


@dataclass(frozen=True)
class OneOf:
    """One of some whole values stands in a field."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class AtLeast:
    """The number in a field is at least this one."""

    field: str
    lowest: int


Condition = OneOf | AtLeast


def conditions(query: SearchQuery) -> dict[str, Condition]:
    """Return what a query is narrowed by, by facet; a facet it is not narrowed by is missing."""
    found: dict[str, Condition] = {}
    if query.kinds:
        found["kind"] = OneOf("kind", query.kinds)
    if query.topic is not None:
        found["topic"] = OneOf("topic", (str(query.topic),))
    if query.audiences:
        found["audience"] = OneOf("audience", query.audiences)
    if query.acts:
        found["act"] = OneOf("act", query.acts)
    if query.reviewed_since is not None:
        found["reviewed"] = AtLeast(REVIEWED, query.reviewed_since.toordinal())
    return found


def numbers(document: SearchDocument, fingerprint: int) -> dict[str, int]:
    """Return the numbers an index keeps of a document; none is larger than 2**53.

    `reviewed_day` is the day of the last review (0: never), `newest` orders by date.
    """
    return {
        REVIEWED: document.reviewed.toordinal() if document.reviewed else 0,
        NEWEST: newest(document, fingerprint),
    }


def newest(dated: SearchDocument | Hit, fingerprint: int) -> int:
    """Return what orders by the date that results show, and what is of one day by a hash of its key.

    So pages of results neither overlap nor depend on the engine.
    """
    shown = dated.reviewed or dated.changed
    return (shown.toordinal() if shown else 0) << 32 | (fingerprint & 0xFFFF_FFFF)


def facet_groups(query: SearchQuery) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield facets that can be counted together, with the condition that is left out for them ("": none)."""
    active = conditions(query)
    names = (*FACETS, *(("reviewed",) if query.reviewed_steps else ()))
    together = tuple(name for name in names if name not in active)
    if together:
        yield "", together
    for name in names:
        if name in active:
            yield name, (name,)


def put_counts(results: SearchResults, facet: str, counts: Mapping[str, int]) -> None:
    """Write the counts of a facet into results, values as the engine gives them: as text."""
    if facet == "kind":
        results.kind_counts = dict(counts)
    elif facet == "topic":
        results.topic_counts = {int(value): number for value, number in counts.items()}
    elif facet == "audience":
        results.audience_counts = dict(counts)
    elif facet == "act":
        results.act_counts = dict(counts)


def day_ranges(steps: Iterable[date]) -> list[tuple[date, int, int | None]]:
    """Return (step, from, to) of ranges that do not overlap, newest first; each ends before the one above it."""
    ranges: list[tuple[date, int, int | None]] = []
    above: int | None = None
    for step in sorted(set(steps), reverse=True):
        ranges.append((step, step.toordinal(), above))
        above = step.toordinal()
    return ranges


def added_up(counts: Iterable[tuple[date, int]]) -> dict[date, int]:
    """Return by step how many were reviewed since, from counts of `day_ranges`."""
    found: dict[date, int] = {}
    total = 0
    for step, number in counts:
        total += number
        found[step] = total
    return found


def relief(query: SearchQuery, ask: Callable[[SearchQuery], SearchResults]) -> dict[str, int]:
    """Return by facet how much a search without hits would find without it; "" stands for all of them.

    Asks once for each facet in use; what would still find nothing is left out.
    """
    active = list(conditions(query))
    if not active:
        return {}
    plain = replace(query, facets=False, offset=0, limit=1)
    trials: dict[str, SearchQuery] = {name: replace(plain, **NARROWED_BY[name]) for name in active}
    if len(active) > 1:
        everything = {key: value for name in active for key, value in NARROWED_BY[name].items()}
        trials[""] = replace(plain, **everything)
    counts = {name: ask(trial).total for name, trial in trials.items()}
    return {name: number for name, number in counts.items() if number}
