"""Notes searches and clicks in the memory of a process and brings them to the database beside the requests.

A request appends one line to a list. A thread of its own masks, counts and stores what has come together; what a
click led to, and its place, it finds out by asking the same search again. A process that is killed loses what it
had noted since the last time.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connections
from django.http import QueryDict
from django.utils import timezone

from portal.core.visibility import Visibility
from search.finding import PAGE_SIZE, find
from search.insight import services
from search.insight.masking import masked
from search.insight.services import Counts, Gathered
from search.narrowing import read_filters
from search.query import parse
from search.steering.rules import normal

log = logging.getLogger(__name__)

# What is more in one interval is a burst: it is left out, so that memory and the work of the thread stay bounded.
MOST = 2_000
MOST_CLICKS = 100
TOP = 3


@dataclass(frozen=True)
class Searched:
    """One search as it was answered: first page, no filters."""

    text: str
    hits: int
    engine: str
    milliseconds: int
    keys: tuple[str, ...]
    day: date = field(default_factory=timezone.localdate)


@dataclass(frozen=True)
class Clicked:
    """A page that was opened from a page of results."""

    text: str
    path: str
    level: Visibility
    narrowed: str = ""
    """Filters and order as in the address of the page of results, such as `art=article&sortierung=datum`."""
    page: int = 1
    day: date = field(default_factory=timezone.localdate)


class Recorder:
    """What one process has noted and not yet stored."""

    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)  # the parent stores its own

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Searched | Clicked] = deque()
        self._dropped = 0
        self._thread: threading.Thread | None = None

    def note(self, what: Searched | Clicked) -> None:
        """Keep something for the next writing; costs no query."""
        with self._lock:
            if len(self._waiting) >= MOST:
                self._dropped += 1
                return
            self._waiting.append(what)
            if self._thread is None and settings.VISITS_FLUSH_SECONDS > 0:
                self._thread = threading.Thread(target=self._store_for_ever, daemon=True, name="searches")
                self._thread.start()
                atexit.register(self.flush)

    def flush(self) -> int:
        """Store what is waiting; returns how much that was. What cannot be stored is given up, not kept."""
        with self._lock:
            taken, self._waiting = self._waiting, deque()
            dropped, self._dropped = self._dropped, 0
        if dropped:
            log.warning("searches.left_out", extra={"rows": dropped})
        if not taken:
            return 0
        try:
            services.store(gather(taken))
        except Exception as error:  # the database may be busy, away, or closed: counts are not worth a queue
            log.warning("searches.not_stored", extra={"error": type(error).__name__, "rows": len(taken)})
            return 0
        return len(taken)

    def _store_for_ever(self) -> None:
        while True:
            time.sleep(settings.VISITS_FLUSH_SECONDS)
            self.flush()
            connections.close_all()


def gather(taken: deque[Searched | Clicked]) -> Gathered:
    """Count what was noted; each different text is masked once."""
    gathered, texts, clicks = Gathered(), _Texts(), 0
    for what in taken:
        if isinstance(what, Searched):
            _add_search(gathered, texts, what)
        elif (clicks := clicks + 1) <= MOST_CLICKS:
            _add_click(gathered, texts, what)
    return gathered


class _Texts:
    """Masked text and normal form by what was typed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}

    def of(self, typed: str) -> tuple[str, str]:
        if typed not in self._known:
            text = masked(typed)
            self._known[typed] = (text, normal(text)[:200])
        return self._known[typed]


def _add_search(gathered: Gathered, texts: _Texts, what: Searched) -> None:
    text, same = texts.of(what.text)
    if not same:
        return
    counts = gathered.searches.setdefault((what.day, same, what.engine), Counts(text))
    counts.add_search(what.hits, what.milliseconds)
    for place, key in enumerate(what.keys):
        numbers = gathered.results.setdefault((what.day, key), [0, 0, 0])
        numbers[0] += 1
        numbers[1] += place < TOP


def _add_click(gathered: Gathered, texts: _Texts, what: Clicked) -> None:
    """Count a click, if the search it came from has the page as a result."""
    filters = read_filters(QueryDict(what.narrowed), what.level)
    found = find(what.text, level=what.level, filters=filters, page=what.page)
    for place, result in enumerate(found.results, start=1):
        if unquote(urlsplit(result.url).path) != what.path:
            continue
        text, same = texts.of(parse(what.text).text)
        counts = gathered.searches.setdefault((what.day, same, found.engine), Counts(text))
        counts.clicks += 1
        counts.ranks += (what.page - 1) * PAGE_SIZE + place
        gathered.results.setdefault((what.day, result.key), [0, 0, 0])[2] += 1
        return


recorder = Recorder()
