"""A plain search in the database for the time without an index: worse, but never a dead page."""

from __future__ import annotations

from datetime import date

from search.analysis import analyse
from search.documents import SearchDocument
from search.engines.base import Hit, Order, SearchQuery, SearchResults
from search.engines.entries import LONGEST_STORED_TEXT
from search.registry import registry

MOST_WORDS = 6
MOST_HITS = 50


def database_search(query: SearchQuery) -> SearchResults:
    """Return live documents whose title or short text contains all words that carry a topic."""
    words = [token.raw for token in analyse(query.text).content][:MOST_WORDS]
    if not words:
        return SearchResults(engine="database", degraded=True)
    found: list[SearchDocument] = []
    for source in registry.sources:
        if not query.kinds or source.kind.code in query.kinds:
            found.extend(source.load(source.match_plainly(words, MOST_HITS)))
    allowed = [
        document
        for document in found
        if query.level.covers(document.level) and fits(document, query) and document.key not in query.without
    ]
    folded = [word.casefold() for word in words]
    allowed.sort(key=lambda document: -sum(word in document.title.casefold() for word in folded))
    if query.order is Order.DATE:
        allowed.sort(key=lambda document: document.reviewed or document.changed or date.min, reverse=True)
    return SearchResults(
        hits=[_hit(document) for document in allowed[query.offset : query.offset + query.limit]],
        total=len(allowed),
        engine="database",
        degraded=True,
    )


def fits(document: SearchDocument, query: SearchQuery) -> bool:
    """Tell whether a document passes the filters of a query."""
    return (
        (not query.kinds or document.kind in query.kinds)
        and (query.topic is None or query.topic in document.topics)
        and (not query.audiences or not set(query.audiences).isdisjoint(document.audience))
        and (not query.acts or not set(query.acts).isdisjoint(document.acts))
        and (query.reviewed_since is None or (document.reviewed or date.min) >= query.reviewed_since)
    )


def _hit(document: SearchDocument) -> Hit:
    return Hit(
        key=document.key,
        score=0.0,
        kind=document.kind,
        title=document.title,
        url=document.url,
        summary=document.summary,
        text=document.text[:LONGEST_STORED_TEXT],
        badge=document.badge,
        changed=document.changed,
        reviewed=document.reviewed,
        primary_topic=document.primary_topic,
    )
