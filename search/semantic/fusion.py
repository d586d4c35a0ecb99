"""Joins the lists found by words and by meaning: reciprocal rank fusion, the same for all engines."""

from __future__ import annotations

import logging
from dataclasses import replace

from search.engines.base import Hit, SearchEngine, SearchQuery, SearchResults
from search.ranking import ranking
from search.semantic.encoders import EncoderError, current_encoder
from search.semantic.store import VectorStore, store_path

# How many of each list are joined; pages of results behind them are those of the words alone.
DEPTH = 50

logger = logging.getLogger("search.semantic")


def fused(query: SearchQuery, engine: SearchEngine, store: VectorStore | None = None) -> SearchResults:
    """Search by words, and by meaning where that is switched on; trouble with vectors leaves the words."""
    store = store or current_store()
    if store is None or not query.groups or query.phrases or query.citations or query.offset >= DEPTH:
        return engine.search(query)
    words = engine.search(replace(query, offset=0, limit=max(DEPTH, query.offset + query.limit)))
    try:
        near = store.nearest(query.text, DEPTH)
    except (EncoderError, OSError, ImportError) as error:
        logger.warning("search.semantic_failed", extra={"reason": str(error)})
        near = []
    near = near if words.hits or (near and near[0][1] >= ranking().semantic["alone"]) else []
    by_meaning = _hits([key for key, _ in near], words.hits, query, engine)
    hits = _joined(words.hits, by_meaning)
    added = len(hits) - len(words.hits)
    words.hits, words.total = hits[query.offset : query.offset + query.limit], words.total + added
    return words


def _hits(keys: list[str], known: list[Hit], query: SearchQuery, engine: SearchEngine) -> list[Hit]:
    """Return the hits of keys in their order, under the filters and the level of the query."""
    hits = {hit.key: hit for hit in known}
    missing = tuple(key for key in keys if key not in hits)
    if missing:
        asked = SearchQuery(
            level=query.level,
            kinds=query.kinds,
            topic=query.topic,
            keys=missing,
            without=query.without,
            limit=DEPTH,
            facets=False,
        )
        hits |= {hit.key: hit for hit in engine.search(asked).hits}
    return [hits[key] for key in keys if key in hits]


def _joined(words: list[Hit], meaning: list[Hit]) -> list[Hit]:
    weights = ranking().semantic
    scores: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for found, weight in ((words, weights["words"]), (meaning, weights["meaning"])):
        for place, hit in enumerate(found):
            hits.setdefault(hit.key, hit)
            scores[hit.key] = scores.get(hit.key, 0.0) + weight / (weights["constant"] + place + 1)
    return sorted(hits.values(), key=lambda hit: -scores[hit.key])


class _Opened:
    store: VectorStore | None = None


def current_store() -> VectorStore | None:
    """Return the vectors of this node; None where the third retriever is off or cannot run."""
    try:
        encoder = current_encoder()
    except EncoderError as error:
        logger.warning("search.semantic_failed", extra={"reason": str(error)})
        return None
    if encoder is None:
        return None
    if _Opened.store is None or _Opened.store.encoder is not encoder or _Opened.store.path != store_path():
        _Opened.store = VectorStore(store_path(), encoder)
    return _Opened.store
