"""Vectors of entries: made where they are missing, given to engines that keep them, compared here for others."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

from search.documents import SearchDocument
from search.semantic.caches import VectorCache
from search.semantic.encoders import Encoder
from search.semantic.passages import passages

# Texts sent to the encoder at once.
BATCH = 16
# Vectors of queries that are kept in memory: one page asks several times for the same text.
KEPT_QUERIES = 64
# Digits of a number as an engine gets it; float16 has no more.
DIGITS = 5


@dataclass(frozen=True)
class Matrix:
    """All passages in memory: a row each, and for each pair (entry, passage) the two places."""

    keys: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    vectors: Any = None
    owners: Any = None
    owned: Any = None


class Meaning:
    """What a text means, as a unit vector, and how near the passages of this node are to it."""

    def __init__(self, vector: Any, store: VectorStore) -> None:
        self._vector, self._store = vector, store

    @property
    def vector(self) -> list[float]:
        return [round(float(number), DIGITS) for number in self._vector]

    @cached_property
    def _ranking(self) -> tuple[list[str], Any, Any]:
        import numpy

        matrix = self._store.matrix()
        if matrix.vectors is None:
            return [], (), ()
        likeness = matrix.vectors @ self._vector.astype("float32")
        best: Any = numpy.full(len(matrix.keys), -1.0, dtype="float32")
        numpy.maximum.at(best, matrix.owners, likeness[matrix.owned])
        return matrix.keys, best, numpy.argsort(-best, kind="stable")

    def ranked(self, start: int, stop: int) -> list[tuple[str, float]]:
        """Return keys of entries and their likeness (cosine of the nearest passage), nearest first."""
        keys, best, order = self._ranking
        return [(keys[place], float(best[place])) for place in order[start:stop]]


class VectorStore:
    """The vectors of one encoder, in one cache."""

    def __init__(self, cache: VectorCache, encoder: Encoder) -> None:
        self.cache, self.encoder = cache, encoder
        self._state: Hashable = None
        self._matrix = Matrix()
        self._vector = lru_cache(maxsize=KEPT_QUERIES)(encoder.query)

    def _hash(self, text: str) -> str:
        return blake2b(f"{self.encoder.name}\0{text}".encode(), digest_size=16).hexdigest()

    def _texts(self, document: SearchDocument) -> dict[str, str]:
        return {self._hash(text): text for text in passages(document)}

    # -- making -------------------------------------------------------------------------------------

    def make(self, documents: Sequence[SearchDocument]) -> int:
        """Make and keep the vectors that are missing; return their number."""
        texts = {mark: text for document in documents for mark, text in self._texts(document).items()}
        missing = sorted(texts.keys() - self.cache.known(list(texts)).keys())
        for start in range(0, len(missing), BATCH):
            chunk = missing[start : start + BATCH]
            vectors = self.encoder.passages([texts[mark] for mark in chunk])
            self.cache.keep(
                {mark: vector.astype("<f2").tobytes() for mark, vector in zip(chunk, vectors, strict=True)}
            )
        return len(missing)

    def assign(self, documents: Sequence[SearchDocument]) -> list[str]:
        """Say which passages documents have; return the keys of those for which that is new."""
        return self.cache.assign({document.key: list(self._texts(document)) for document in documents})

    def forget(self, keys: Collection[str]) -> None:
        self.cache.forget(keys)

    # -- giving -------------------------------------------------------------------------------------

    def of(self, documents: Sequence[SearchDocument]) -> dict[str, list[list[float]]]:
        """Return what vectors there are of the passages of documents, by key; engines refuse those of length 0."""
        hashes = {document.key: list(self._texts(document)) for document in documents}
        known = self.cache.known(list({mark for own in hashes.values() for mark in own}))
        vectors = {mark: _rounded(vector) for mark, vector in known.items()}
        found = {key: [vectors[mark] for mark in own if any(vectors.get(mark, ()))] for key, own in hashes.items()}
        return {key: own for key, own in found.items() if own}

    def meaning(self, text: str) -> Meaning:
        """Return what a text means; `EncoderError` where that cannot be said now."""
        return Meaning(self._vector(text), self)

    def matrix(self) -> Matrix:
        """Return all vectors in memory; of what has changed since the last time only new ones are read."""
        state = self.cache.state()
        if state != self._state:
            self._matrix = self._renewed(self._matrix, dict(self.cache.entries()))
            self._state = state
        return self._matrix

    def _renewed(self, old: Matrix, entries: Mapping[str, list[str]]) -> Matrix:
        import numpy

        wanted = list(dict.fromkeys(mark for hashes in entries.values() for mark in hashes))
        fresh = self.cache.known([mark for mark in wanted if mark not in old.rows])
        there = [mark for mark in wanted if mark in old.rows or mark in fresh]
        if not there:
            return Matrix()
        vectors = numpy.stack(
            [
                old.vectors[old.rows[mark]] if mark in old.rows else numpy.frombuffer(fresh[mark], "<f2")
                for mark in there
            ]
        ).astype("float32")
        rows = {mark: row for row, mark in enumerate(there)}
        keys = list(entries)
        pairs = [(place, rows[mark]) for place, key in enumerate(keys) for mark in entries[key] if mark in rows]
        owners, owned = numpy.array(pairs, dtype="int64").T
        return Matrix(keys, rows, vectors, owners, owned)


def _rounded(vector: bytes) -> list[float]:
    import numpy

    numbers: Iterator[float] = numpy.frombuffer(vector, "<f2").astype("float64").round(DIGITS).tolist()
    return list(numbers)
