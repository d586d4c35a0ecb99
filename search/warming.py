"""Opens what the first search of a web process needs before somebody asks.

At a hundred thousand sections the words beside the index take seconds to read. A thread reads them once in each
worker process: `portal.wsgi` says when. With gunicorn's `--preload` the application is loaded in a process that
serves nobody and forks the workers; there no thread is started, since one that holds a lock at the fork would
leave it locked in the worker for ever.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections

from portal.core.visibility import Visibility
from search.engines import index_in_use
from search.finding import find
from search.mending import current_spelling

# Any word will do: synonyms, rules and citations are read before an engine is asked.
WORD = "Antrag"

logger = logging.getLogger("search")
_warmed: set[int] = set()
_lock = threading.Lock()


def warm() -> None:
    """Open the index and the words of the spelling, and search once; trouble is logged and stops nothing.

    The connections to the database of the calling thread are closed in the end.
    """
    try:
        index_in_use()
        current_spelling()
        find(WORD, level=Visibility.PUBLIC)
    except Exception as error:  # a missing index, a database that is away: readers are told by their own searches
        logger.warning("search.warming", extra={"reason": str(error) or type(error).__name__})
    finally:
        connections.close_all()


def start() -> threading.Thread | None:
    """Warm this process in a thread of its own; None if it has been done, or no thread can be had."""
    with _lock:
        if os.getpid() in _warmed:
            return None
        _warmed.add(os.getpid())
    thread = threading.Thread(target=warm, name="search-warming", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # no thread left: the first reader waits
        logger.warning("search.warming", extra={"reason": str(error)})
        return None
    return thread


class Warming:
    """A WSGI application that warms each process which serves: after a fork at once, else at its first request."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        loaded_in = os.getpid()

        def after_fork() -> None:
            # A child of the process that has loaded us is a worker, unless that process serves itself.
            if os.getppid() == loaded_in and loaded_in not in _warmed:
                start()

        os.register_at_fork(after_in_child=after_fork)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if os.getpid() not in _warmed:
            start()
        return self._application(environ, start_response)
