"""Pinned and hidden results: put around any engine's answer, by the query it is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from search.engines.base import Hit, Order, SearchQuery, SearchResults
from search.engines.entries import fingerprint
from search.filters import newest
from search.steering.rules import current_rules

COUNTS = ("kind_counts", "topic_counts", "audience_counts", "act_counts", "reviewed_counts")
Ask = Callable[[SearchQuery], tuple[SearchResults, bool]]


def steered(query: SearchQuery, ask: Ask) -> tuple[SearchResults, bool]:
    """Ask with what the staff have decided about this search: pinned hits first, hidden ones nowhere.

    Pinned hits obey filters and the reader's level as all others, and stand on the first page alone; in the order
    of dates they stand where their date puts them.
    """
    rules = current_rules()
    pinned, hidden = rules.pinned(query.text), rules.hidden(query.text)
    if not pinned and not hidden:
        return ask(query)
    first = _pinned(query, pinned, ask)
    rest = replace(
        query,
        # What is pinned is counted once, and by `first`; the database cannot give single entries.
        without=(*query.without, *(() if first.degraded else pinned), *hidden),
        offset=max(0, query.offset - len(first.hits)),
        limit=query.limit + len(first.hits),
    )
    answer, relaxed = ask(rest)
    if relaxed and not ask(replace(query, offset=0, limit=1, facets=False))[1]:
        # The phrase does occur, if only in what is pinned or hidden: nobody asked for its words apart.
        answer, relaxed = SearchResults(engine=answer.engine, stand_in=answer.stand_in), False
    answer.hits = _joined(query, first.hits, _without(answer.hits, rest), rest.offset)
    answer.total += len(first.hits)
    for name in COUNTS:
        setattr(answer, name, dict(Counter(getattr(answer, name)) + Counter(getattr(first, name))))
    return answer, relaxed


def _pinned(query: SearchQuery, keys: tuple[str, ...], ask: Ask) -> SearchResults:
    """Return the pinned hits in their order, as far as filters and level let them."""
    if not keys:
        return SearchResults()
    nothing: dict[str, Any] = {"text": "", "groups": (), "phrases": (), "citations": ()}
    asked = replace(query, **nothing, keys=keys, offset=0, limit=len(keys))
    answer, _ = ask(asked)
    answer.hits.sort(key=lambda hit: keys.index(hit.key))
    return answer


def _joined(query: SearchQuery, pinned: list[Hit], others: list[Hit], start: int) -> list[Hit]:
    """Return the hits of a page; the others begin at `start`: as many before it as hits are pinned."""
    hits = [*pinned, *others]
    if pinned and query.order is Order.DATE:
        hits.sort(key=lambda hit: -newest(hit, fingerprint(hit.key)))
    return hits[query.offset - start :][: query.limit]


def _without(hits: list[Hit], query: SearchQuery) -> list[Hit]:
    return [hit for hit in hits if hit.key not in query.without]
