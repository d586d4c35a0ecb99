"""Counts visits in the memory of a process and brings them to the database beside the requests.

No request waits for the database: a thread of its own writes what has come together, every VISITS_FLUSH_SECONDS
and as soon as FULL visits wait, and once more when the process ends. A process that is killed loses what it had
counted since then.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils import timezone

from knowledge.visits import services

log = logging.getLogger(__name__)

FULL = 500
# A database that is away for long must not fill the memory: so many pages and days are kept.
MOST = 20_000

Key = tuple[Any, ...]
"""What is counted: of visits page and day."""
Store = Callable[[Mapping[Any, int]], None]


class VisitCounter:
    """What one process has counted and not yet stored: visits, or what `store` takes."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._reset()
        os.register_at_fork(after_in_child=self._reset)  # the parent stores its own

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()
        self._waiting = 0
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def count(self, page_id: int) -> None:
        """Count one visit of a page today; costs no query."""
        self.note((page_id, timezone.localdate()))

    def note(self, key: Key) -> None:
        """Count one of whatever the key names; costs no query."""
        with self._lock:
            if key in self._counts or len(self._counts) < MOST:
                self._counts[key] += 1
                self._waiting += 1
            if self._waiting >= FULL:
                self._wake.set()
            if self._thread is None and settings.VISITS_FLUSH_SECONDS > 0:
                self._thread = threading.Thread(target=self._store_for_ever, daemon=True, name="visits")
                self._thread.start()
                atexit.register(self.flush)

    def _take(self) -> Counter[Key]:
        with self._lock:
            taken, self._counts, self._waiting = self._counts, Counter(), 0
            self._wake.clear()
        return taken

    def flush(self) -> int:
        """Store what is waiting; what cannot be stored now stays. Returns how many visits were stored."""
        taken = self._take()
        stored = 0
        while taken:
            chunk = dict(islice(taken.items(), services.CHUNK))
            try:
                (self._store or services.add)(chunk)
            except Exception as error:  # the database may be busy, away, or closed: the next attempt will tell
                log.warning("visits.not_stored", extra={"error": type(error).__name__, "rows": len(taken)})
                with self._lock:
                    self._counts.update(taken)
                break
            stored += sum(chunk.values())
            for key in chunk:
                del taken[key]
        return stored

    def _store_for_ever(self) -> None:
        while True:
            self._wake.wait(settings.VISITS_FLUSH_SECONDS)
            self.flush()
            connections.close_all()


counter = VisitCounter()
