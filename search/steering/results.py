"""Pinned and hidden results: put around any engine's answer, by the query it is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from search.engines.base import Hit, SearchQuery, SearchResults
from search.steering.rules import current_rules

Ask = Callable[[SearchQuery], tuple[SearchResults, bool]]


def steered(query: SearchQuery, ask: Ask) -> tuple[SearchResults, bool]:
    """Ask with what the staff have decided about this search: pinned hits first, hidden ones nowhere.

    Pinned hits obey filters and the reader's level as all others, and stand on the first page alone.
    """
    rules = current_rules()
    pinned, hidden = rules.pinned(query.text), rules.hidden(query.text)
    if not pinned and not hidden:
        return ask(query)
    first = _pinned(query, pinned, ask)
    shown = first.hits[query.offset : query.offset + query.limit]
    rest = replace(
        query,
        without=(*query.without, *(hit.key for hit in first.hits), *hidden),
        offset=max(0, query.offset - len(first.hits)),
        limit=max(1, query.limit - len(shown)),
    )
    answer, relaxed = ask(rest)
    answer.hits = [*shown, *_without(answer.hits, rest)][: query.limit]
    answer.total += len(first.hits)
    answer.kind_counts = dict(Counter(answer.kind_counts) + Counter(first.kind_counts))
    answer.topic_counts = dict(Counter(answer.topic_counts) + Counter(first.topic_counts))
    return answer, relaxed


def _pinned(query: SearchQuery, keys: tuple[str, ...], ask: Ask) -> SearchResults:
    """Return the pinned hits in their order, as far as filters and level let them."""
    if not keys:
        return SearchResults()
    asked = SearchQuery(
        level=query.level, kinds=query.kinds, topic=query.topic, keys=keys, limit=len(keys), facets=query.facets
    )
    answer, _ = ask(asked)
    answer.hits.sort(key=lambda hit: keys.index(hit.key))
    return answer


def _without(hits: list[Hit], query: SearchQuery) -> list[Hit]:
    return [hit for hit in hits if hit.key not in query.without]
