"""Where vectors are kept: in the database for all nodes, or in a file for `manage.py search_evaluate`.

Both keep a vector by the hash of passage and encoder, so that no text is computed twice, and for each entry the
hashes of its passages.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from django.core.cache import cache
from django.db import transaction

from search.semantic.models import EntryPassages, PassageVector

TOKEN_KEY = "search-vectors"  # noqa: S105 - a cache key
CHUNK = 500
SCHEMA = """
CREATE TABLE IF NOT EXISTS passage (hash TEXT PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS document (key TEXT PRIMARY KEY, hashes TEXT NOT NULL);
"""


class VectorCache(Protocol):
    """Vectors by hash, and hashes by entry; vectors are float16 numbers as bytes."""

    def known(self, hashes: Sequence[str]) -> dict[str, bytes]: ...

    def keep(self, vectors: Mapping[str, bytes]) -> None: ...

    def assign(self, entries: Mapping[str, list[str]]) -> list[str]:
        """Say which passages entries have; return the keys of those for which that is new."""
        ...

    def forget(self, keys: Collection[str]) -> None: ...

    def entries(self) -> Iterator[tuple[str, list[str]]]: ...

    def state(self) -> Hashable:
        """Return something that changes when `entries` do."""
        ...


class DatabaseCache:
    """The cache of the installation; `encoder` tells entries of this encoder from those of another."""

    def __init__(self, encoder: str) -> None:
        self._encoder = encoder

    def known(self, hashes: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for start in range(0, len(hashes), CHUNK):
            rows = PassageVector.objects.filter(pk__in=hashes[start : start + CHUNK])
            found |= {mark: bytes(vector) for mark, vector in rows.values_list("hash", "vector")}
        return found

    def keep(self, vectors: Mapping[str, bytes]) -> None:
        rows = [PassageVector(hash=mark, vector=vector) for mark, vector in vectors.items()]
        PassageVector.objects.bulk_create(rows, ignore_conflicts=True, batch_size=CHUNK)

    def assign(self, entries: Mapping[str, list[str]]) -> list[str]:
        rows = EntryPassages.objects.filter(key__in=list(entries), encoder=self._encoder)
        there = dict(rows.values_list("key", "hashes"))
        new = {key: hashes for key, hashes in entries.items() if there.get(key) != hashes}
        EntryPassages.objects.bulk_create(
            [EntryPassages(key=key, encoder=self._encoder, hashes=hashes) for key, hashes in new.items()],
            update_conflicts=True, unique_fields=["key"], update_fields=["encoder", "hashes"], batch_size=CHUNK,
        )  # fmt: skip
        if new:
            self._changed()
        return list(new)

    def forget(self, keys: Collection[str]) -> None:
        gone = 0
        for start in range(0, len(keys), CHUNK):
            chunk = list(keys)[start : start + CHUNK]
            gone += EntryPassages.objects.filter(key__in=chunk).delete()[0]
        if gone:
            self._changed()

    def drop_unused(self) -> None:
        """Delete entries of other encoders, and vectors that no entry has."""
        EntryPassages.objects.exclude(encoder=self._encoder).delete()
        used = {mark for _, hashes in self.entries() for mark in hashes}
        stale = [mark for mark in PassageVector.objects.values_list("pk", flat=True) if mark not in used]
        for start in range(0, len(stale), CHUNK):
            PassageVector.objects.filter(pk__in=stale[start : start + CHUNK]).delete()

    def entries(self) -> Iterator[tuple[str, list[str]]]:
        rows = EntryPassages.objects.filter(encoder=self._encoder).order_by("pk")
        yield from rows.values_list("key", "hashes").iterator(chunk_size=2000)

    def state(self) -> Hashable:
        token = cache.get(TOKEN_KEY)
        if token is None:
            token = uuid.uuid4().hex
            cache.set(TOKEN_KEY, token, None)
        return token

    def _changed(self) -> None:
        transaction.on_commit(lambda: cache.delete(TOKEN_KEY))


class FileCache:
    """A file of its own, so that a measurement leaves nothing in the database."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=30)) as connection, connection:
            connection.executescript(SCHEMA)
            yield connection

    def known(self, hashes: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        with self._open() as connection:
            for start in range(0, len(hashes), CHUNK):
                chunk = hashes[start : start + CHUNK]
                marks = ",".join("?" * len(chunk))
                asked = f"SELECT hash, vector FROM passage WHERE hash IN ({marks})"  # noqa: S608 - question marks
                found |= dict(connection.execute(asked, list(chunk)))
        return found

    def keep(self, vectors: Mapping[str, bytes]) -> None:
        with self._open() as connection:
            connection.executemany("INSERT OR REPLACE INTO passage VALUES (?, ?)", [*vectors.items()])

    def assign(self, entries: Mapping[str, list[str]]) -> list[str]:
        there = dict(self.entries())
        new = {key: hashes for key, hashes in entries.items() if there.get(key) != hashes}
        rows = [(key, json.dumps(hashes)) for key, hashes in new.items()]
        with self._open() as connection:
            connection.executemany("INSERT OR REPLACE INTO document VALUES (?, ?)", rows)
        return list(new)

    def forget(self, keys: Collection[str]) -> None:
        with self._open() as connection:
            connection.executemany("DELETE FROM document WHERE key = ?", [(key,) for key in keys])

    def entries(self) -> Iterator[tuple[str, list[str]]]:
        with self._open() as connection:
            rows = connection.execute("SELECT key, hashes FROM document").fetchall()
        for key, hashes in rows:
            yield key, json.loads(hashes)

    def state(self) -> Hashable:
        if not self._path.exists():
            return None
        found = self._path.stat()
        return found.st_mtime_ns, found.st_size
