"""Vectors of passages, each made once: kept by the hash of the text and the encoder, beside the index."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings

from search.documents import SearchDocument
from search.semantic.encoders import Encoder
from search.semantic.passages import passages

BATCH = 16
SCHEMA = """
CREATE TABLE IF NOT EXISTS passage (hash TEXT PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS document (key TEXT PRIMARY KEY, hashes TEXT NOT NULL);
"""


class VectorStore:
    """A file with the vectors of one encoder, and a matrix of them in memory to compare a query with."""

    def __init__(self, path: Path, encoder: Encoder) -> None:
        self.path, self.encoder = path, encoder
        self._mark = (0, 0)
        self._keys: list[str] = []
        self._owners: Any = None
        self._matrix: Any = None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            connection.executescript(SCHEMA)
            yield connection

    def _hash(self, text: str) -> str:
        return blake2b(f"{self.encoder.name}\0{text}".encode(), digest_size=16).hexdigest()

    def put(self, documents: Iterable[SearchDocument]) -> int:
        """Keep the vectors of documents, making those that are missing; returns how many were made."""
        made = 0
        for document in documents:
            texts = {self._hash(text): text for text in passages(document)}
            with self._open() as connection:
                marks = ",".join("?" * len(texts))
                known = connection.execute(f"SELECT hash FROM passage WHERE hash IN ({marks})", [*texts])  # noqa: S608
                missing = sorted(texts.keys() - {row[0] for row in known})
            vectors = [(mark, vector) for chunk in _batches(missing) for mark, vector in self._make(chunk, texts)]
            with self._open() as connection:
                connection.executemany("INSERT OR REPLACE INTO passage VALUES (?, ?)", vectors)
                row = (document.key, json.dumps([*texts]))
                connection.execute("INSERT OR REPLACE INTO document VALUES (?, ?)", row)
            made += len(vectors)
        return made

    def _make(self, marks: list[str], texts: dict[str, str]) -> Iterator[tuple[str, bytes]]:
        vectors = self.encoder.passages([texts[mark] for mark in marks])
        for mark, vector in zip(marks, vectors, strict=True):
            yield mark, vector.astype("float16").tobytes()

    def keep_only(self, keys: set[str]) -> None:
        """Forget documents that are no longer findable, and vectors that nobody uses."""
        with self._open() as connection:
            rows = connection.execute("SELECT key, hashes FROM document").fetchall()
            gone = [(key,) for key, _ in rows if key not in keys]
            used = {mark for key, hashes in rows if key in keys for mark in json.loads(hashes)}
            connection.executemany("DELETE FROM document WHERE key = ?", gone)
            stale = [row for row in connection.execute("SELECT hash FROM passage") if row[0] not in used]
            connection.executemany("DELETE FROM passage WHERE hash = ?", stale)

    def nearest(self, text: str, limit: int) -> list[tuple[str, float]]:
        """Return the keys of the documents with the nearest passages, nearest first, and their likeness."""
        import numpy

        self._load()
        if self._matrix is None:
            return []
        likeness = self._matrix @ self.encoder.query(text).astype("float32")
        best: Any = numpy.full(len(self._keys), -1.0, dtype="float32")
        numpy.maximum.at(best, self._owners, likeness)
        order = numpy.argsort(-best, kind="stable")[:limit]
        return [(self._keys[place], float(best[place])) for place in order]

    def _load(self) -> None:
        """Read the matrix again after the file has changed."""
        import numpy

        if not self.path.exists():
            return
        state = self.path.stat()
        if self._mark == (state.st_mtime_ns, state.st_size):
            return
        with self._open() as connection:
            vectors = dict(connection.execute("SELECT hash, vector FROM passage"))
            rows = [(key, json.loads(hashes)) for key, hashes in connection.execute("SELECT * FROM document")]
        rows = [(key, [mark for mark in marks if mark in vectors]) for key, marks in rows]
        pairs = [(place, mark) for place, (_, marks) in enumerate(rows) for mark in marks]
        self._keys = [key for key, _ in rows]
        self._owners = numpy.array([place for place, _ in pairs], dtype="int64")
        found = [numpy.frombuffer(vectors[mark], dtype="float16") for _, mark in pairs]
        self._matrix = numpy.stack(found).astype("float32") if found else None
        self._mark = (state.st_mtime_ns, state.st_size)


def _batches(marks: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(marks), BATCH):
        yield marks[start : start + BATCH]


def store_path() -> Path:
    return Path(settings.SEARCH_INDEX_DIR) / "semantic" / "vectors.sqlite3"
