"""Vectors of passages in the cluster: where an index gets them from, and the question for the nearest (kNN)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from elasticsearch.dsl import Search
from elasticsearch.dsl.query import Query

from search.documents import SearchDocument
from search.engines.elastic_mapping import PASSAGES, VECTOR

BATCH = 50
# How many passages a shard compares closely for each that is wanted; filters are applied while it walks.
CANDIDATES = 4
MOST_CANDIDATES = 10_000

Vectors = list[list[float]]
VectorSource = Callable[[Sequence[SearchDocument]], Mapping[str, Vectors]]


def no_vectors(documents: Sequence[SearchDocument]) -> Mapping[str, Vectors]:
    return {}


def vectors_in_use() -> VectorSource:
    """Return where the index of the installation gets its vectors from; nowhere where they are switched off."""
    from search.semantic.fusion import current_store

    store = current_store()
    return no_vectors if store is None else store.of


def with_vectors(
    documents: Iterable[SearchDocument], source: VectorSource
) -> Iterator[tuple[SearchDocument, Vectors]]:
    """Yield documents with their vectors, a few at a time; an entry whose vectors are not made yet has none."""
    left = iter(documents)
    while batch := list(islice(left, BATCH)):
        known = source(batch)
        yield from ((document, known.get(document.key, [])) for document in batch)


def as_passages(vectors: Vectors) -> dict[str, Any]:
    """Return the part of an entry that holds its passages; nothing where there are none."""
    return {PASSAGES: [{VECTOR: vector} for vector in vectors]} if vectors else {}


def nearest(search: Search[Any], vector: Sequence[float], allowed: Query, *, limit: int) -> Search[Any]:
    """Return the search for entries with the nearest passages among those that are allowed."""
    candidates = min(MOST_CANDIDATES, max(100, CANDIDATES * limit))
    return search.knn(
        field=f"{PASSAGES}.{VECTOR}", k=limit, num_candidates=candidates, query_vector=list(vector), filter=allowed
    )  # fmt: skip


def likeness(score: float) -> float:
    """Return the cosine from the score of Elasticsearch, (1 + cosine) / 2."""
    return 2.0 * score - 1.0
