"""Keeps this node's index true: reads the change log, reads the objects again, indexes what is true now.

Ids of the log become visible out of commit order on PostgreSQL, so that each round also reads what was written
in the last five minutes and has not been seen yet. After a crash these minutes are simply done again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone

from search import health
from search.documents import Change
from search.engines.base import EngineError, FollowingIndex
from search.engines.embedded import EmbeddedIndex
from search.index import IndexHome, Position, index_home, now_iso, read_position, write_position
from search.models import ENTRY, SearchChange
from search.registry import registry

OVERLAP = timedelta(minutes=5)
# The log is kept this long; an index that has not followed for longer is built anew.
KEEP_LOG = timedelta(days=7)
PAUSE_SECONDS = 0.5
BATCH = 200
MOST_CHANGES = 500

logger = logging.getLogger("search.follower")


def affected_keys(changes: Iterable[Change], index: FollowingIndex | None = None) -> list[str]:
    """Return the keys of all documents that changes touch, each once."""
    keys: dict[str, None] = {}
    for change in dict.fromkeys(changes):
        if change.model.startswith(ENTRY):
            keys[f"{change.model.removeprefix(ENTRY)}:{change.pk}"] = None
            continue
        keys.update(dict.fromkeys(registry.affected_keys(change)))
        if index is not None and change.model == "wagtailcore.page":
            # Files that were findable because of the page, even if it no longer links them.
            keys.update(dict.fromkeys(index.keys_referring(change.pk)))
    return list(keys)


def newest_change() -> int:
    return SearchChange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def apply_keys(index: FollowingIndex, keys: list[str]) -> None:
    """Read documents again and write what is true now; without commit."""
    for start in range(0, len(keys), BATCH):
        version = newest_change()
        found = registry.load_keys(keys[start : start + BATCH])
        there = [document for document in found.values() if document is not None]
        index.put(there, version=version)
        index.delete([key for key, document in found.items() if document is None], version=version)


def work_off(index: FollowingIndex, log: LogReader) -> int:
    """Work off the next rows of the log, without keeping the position; return their number."""
    rows = log.next_rows()
    if rows:
        apply_keys(index, affected_keys((row.change for row in rows), index))
        index.commit()
        log.done(rows)
    return len(rows)


class LogReader:
    """Reads the change log from a position, with overlap, each row once while the process lives."""

    def __init__(self, position: Position) -> None:
        self.position = position
        self._seen: dict[int, None] = {}

    def next_rows(self) -> list[SearchChange]:
        since = timezone.now() - OVERLAP
        rows = SearchChange.objects.filter(Q(pk__gt=self.position.change_id) | Q(created_at__gte=since))
        fresh = []
        for row in rows.order_by("pk").iterator(chunk_size=1000):
            if row.pk not in self._seen:
                fresh.append(row)
            if len(fresh) == MOST_CHANGES:
                break
        return fresh

    def done(self, rows: Iterable[SearchChange]) -> None:
        since = timezone.now() - 2 * OVERLAP
        for row in rows:
            self._seen[row.pk] = None
            highest = max(self.position.change_id, row.pk)
            self.position = Position(highest, now_iso())
        if len(self._seen) > 20_000:
            recent = SearchChange.objects.filter(created_at__gte=since, pk__in=list(self._seen))
            self._seen = dict.fromkeys(recent.values_list("pk", flat=True))


class Follower:
    """Follows the log into the index in use; holds its writer until another index is swapped in."""

    def __init__(self, home: IndexHome | None = None) -> None:
        self.home = home or index_home()
        self._index: EmbeddedIndex | None = None
        self._log = LogReader(Position())

    def step(self) -> int:
        """Do one round and return the number of changes worked off."""
        index = self._current()
        worked = work_off(index, self._log)
        if worked:
            write_position(index.path, self._log.position)
        return worked

    def _current(self) -> EmbeddedIndex:
        """Return the index in use; one that is missing, broken or too far behind is built anew first."""
        folder = self.home.current()
        known = self._index is not None and self._index.path == folder
        if folder is not None and (health.is_suspect(folder) or not known):
            folder = folder if health.is_whole(folder) else None
        if folder is not None:
            health.clear(folder)
        if known and folder is not None and self._index is not None:
            return self._index
        self.close()
        if folder is None or not can_follow(read_position(folder)):
            from search.rebuild import rebuild

            folder = rebuild(self.home).folder
        index = EmbeddedIndex(folder)
        index.open_writer()
        self._index, self._log = index, LogReader(read_position(folder) or Position())
        return index

    def close(self) -> None:
        index, self._index = self._index, None
        if index is not None:
            index.close_writer()


def can_follow(position: Position | None) -> bool:
    """Whether the log still reaches back to a position, and on to it: one beyond it is of another database.

    After a restore numbers count on from the time of the backup. What changes then would be taken for seen.
    """
    if position is None or position.moment is None or position.moment <= timezone.now() - KEEP_LOG:
        return False
    return position.change_id <= newest_change()


class Follows(Protocol):
    """Something that works off the log in rounds."""

    def step(self) -> int: ...

    def close(self) -> None: ...


def follow(follower: Follows, stop: threading.Event) -> None:
    """Follow until told to stop; trouble is logged once per kind, and tried again with growing pauses."""
    wait, last_error = PAUSE_SECONDS, ""
    while not stop.is_set():
        try:
            worked = follower.step()
            wait, last_error = (0.0 if worked else PAUSE_SECONDS), ""
        except EngineError as error:
            if str(error) != last_error:
                logger.warning("search.follower.engine", extra={"reason": str(error)})
            last_error, wait = str(error), min(10.0, max(1.0, wait * 2))
            follower.close()
        close_old_connections()
        stop.wait(wait)
    follower.close()


def loop(stop: threading.Event) -> None:
    """Keep the index of this node true."""
    follow(Follower(), stop)


def prune_log() -> int:
    """Delete rows of the change log that no node needs any more; return their number.

    The newest one stays, however old: it says how far an index may have followed.
    """
    old = SearchChange.objects.filter(created_at__lt=timezone.now() - 2 * KEEP_LOG)
    return old.exclude(pk=newest_change()).delete()[0]
