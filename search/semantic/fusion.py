"""Joins the lists found by words and by meaning: reciprocal rank fusion, the same for all engines."""

from __future__ import annotations

import logging
from dataclasses import replace

from django.db import DatabaseError

from search.engines.base import EngineError, Hit, Order, SearchEngine, SearchQuery, SearchResults
from search.ranking import ranking
from search.semantic.caches import DatabaseCache
from search.semantic.encoders import Encoder, EncoderError, current_encoder, encoder_mark
from search.semantic.store import VectorStore

# How many of each list are joined; what words found behind that follows in its own order.
DEPTH = 50

logger = logging.getLogger("search.semantic")


def fused(query: SearchQuery, engine: SearchEngine, store: VectorStore | None) -> SearchResults:
    """Search by words, and by meaning where there are vectors; trouble with them leaves the words."""
    by_words = query.phrases or query.citations or query.order is not Order.RELEVANCE
    if store is None or not query.groups or by_words:
        return engine.search(query)
    results = engine.search(replace(query, offset=0, limit=max(DEPTH, query.offset + query.limit)))
    near, new = _chosen(query, engine, results, _near(query, engine, store))
    results.total += new
    hits = _joined(results.hits[:DEPTH], near)
    shown = {hit.key for hit in hits}
    hits += [hit for hit in results.hits[DEPTH:] if hit.key not in shown]
    results.hits = hits[query.offset : query.offset + query.limit]
    return results


def _near(query: SearchQuery, engine: SearchEngine, store: VectorStore) -> list[Hit]:
    """Return what means the same, nearest first, under the filters and the level of the query."""
    try:
        return engine.nearest(query, store.meaning(query.text), limit=DEPTH)
    except (EncoderError, EngineError, DatabaseError, OSError, ImportError) as error:
        logger.warning("search.semantic_failed", extra={"reason": f"{type(error).__name__}: {error}"})
        return []


def _chosen(
    query: SearchQuery, engine: SearchEngine, results: SearchResults, near: list[Hit]
) -> tuple[list[Hit], int]:
    """Return what counts of the nearest, and how many of it only meaning has found.

    Something is always nearest. So only the first few are added to the best that words found, and where they found
    nothing, only what is very near; hits that words have further down are no new ones.
    """
    weights, known = ranking().semantic, {hit.key for hit in results.hits[:DEPTH]}
    if not known:
        near = [hit for hit in near if hit.score >= weights["alone"]]
    near = [hit for place, hit in enumerate(near) if hit.key in known or place < weights["added"]]
    new = tuple(hit.key for hit in near if hit.key not in known)
    if not new or results.total <= DEPTH:
        return near, len(new)
    return near, len(new) - engine.search(replace(query, keys=new, offset=0, limit=1, facets=False)).total


def _joined(words: list[Hit], meaning: list[Hit]) -> list[Hit]:
    weights = ranking().semantic
    scores: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for found, weight in ((words, weights["words"]), (meaning, weights["meaning"])):
        for place, hit in enumerate(found):
            hits.setdefault(hit.key, hit)
            scores[hit.key] = scores.get(hit.key, 0.0) + weight / (weights["constant"] + place + 1)
    return sorted(hits.values(), key=lambda hit: -scores[hit.key])


def place_by_meaning(query: SearchQuery, key: str, engine: SearchEngine) -> int | None:
    """Return the place of an entry in the list by meaning, from 1; 0 behind its end, None where there is none."""
    store = current_store()
    if store is None or not query.groups or query.phrases or query.citations:
        return None
    near = _near(replace(query, keys=()), engine, store)
    places = {hit.key: place for place, hit in enumerate(near, start=1)}
    return places.get(key, 0) if near else None


class _Opened:
    store: VectorStore | None = None
    trouble = ""


def current_store() -> VectorStore | None:
    """Return the vectors of the installation; None where the third retriever is off or cannot run."""
    try:
        encoder = current_encoder()
    except EncoderError as error:
        if _Opened.trouble != str(error):
            logger.warning("search.semantic_failed", extra={"reason": str(error)})
            _Opened.trouble = str(error)
        return None
    return None if encoder is None else _opened(encoder)


def _opened(encoder: Encoder) -> VectorStore:
    if _Opened.store is None or _Opened.store.encoder is not encoder:
        _Opened.store = VectorStore(DatabaseCache(encoder_mark()), encoder)
    return _Opened.store
