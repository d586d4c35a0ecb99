"""What is findable is read, and turned into something else, batch by batch; by several processes where it is much.

The children read their rows themselves, over connections of their own: handing documents over would cost the
parent more than reading them. Several processes are for commands only, never for processes with threads.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from django.db import connections

from portal.core.visibility import Visibility
from search.compounds import distinct_words
from search.documents import SearchDocument
from search.engines.base import EngineError
from search.numbers import MARK, number_runs
from search.registry import registry

BATCH = 200
# Batches on their way for each process, so that memory stays bounded whatever the number of documents.
AHEAD = 2
# From so many rows on several processes are worth their start.
MANY = 5_000
# Cyclic garbage is rare here, and each search for it looks at all that is alive: a fifth of the time of reading.
GARBAGE = 100_000
LOOK_SECONDS = 1.0
KILLED = (
    "Ein Prozess, der Texte liest, wurde beendet, vermutlich weil der Arbeitsspeicher nicht reichte. "
    "Weniger Prozesse brauchen weniger davon: manage.py search_rebuild --processes 1"
)

Job = tuple[str, tuple[int, ...]]
"""Name of a source, primary keys."""
Batch = list[SearchDocument]
T = TypeVar("T")

_work: Callable[[Batch], Any] | None = None


def jobs() -> Iterator[Job]:
    """Return everything that might be findable, in batches."""
    for source in registry.sources:
        ids = iter(source.ids())
        while batch := tuple(islice(ids, BATCH)):
            yield source.name, batch


def load(job: Job) -> Batch:
    """Read what is findable of a batch."""
    name, ids = job
    source = registry.source(name)
    return source.load(ids) if source is not None else []


def all_documents() -> Iterator[SearchDocument]:
    """Read everything findable, in batches."""
    for job in jobs():
        yield from load(job)


def each(work: Callable[[Batch], T], *, processes: int = 1) -> Iterator[T]:
    """Yield what `work` makes of everything findable, batch by batch, always in the same order.

    `work` has no effects but its result, which can be pickled. Inside a transaction one process does it all:
    others would not see what it has written. `EngineError` where one of several processes is killed.
    """
    global _work  # noqa: PLW0603 - what children inherit
    found = list(jobs())
    if processes < 2 or len(found) * BATCH < MANY or _in_transaction():
        yield from (work(load(job)) for job in found)
        return
    _work = work
    try:
        yield from _by_others(found, processes)
    finally:
        _work = None


def _in_transaction() -> bool:
    return any(connection.in_atomic_block for connection in connections.all(initialized_only=True))


def _by_others(found: Iterable[Job], processes: int) -> Iterator[Any]:
    connections.close_all()  # a connection cannot be shared
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(os.getpid(),))
    try:
        with _seldom_collected(), pool:
            waiting: deque[Future[Any]] = deque()
            for job in found:
                waiting.append(pool.submit(_do, job))
                if len(waiting) > processes * AHEAD:
                    yield waiting.popleft().result()
            yield from (future.result() for future in waiting)
    except (BrokenProcessPool, MemoryError) as error:
        raise EngineError(KILLED) from error


def _begin(parent: int) -> None:
    """Begin as a child: what is inherited is no garbage, and a parent that was killed takes its children along.

    They hold the lock of the build as it did, so that nobody else could build while they live.
    """
    gc.freeze()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for cyclic garbage less often, here and in the children."""
    before = gc.get_threshold()
    gc.set_threshold(GARBAGE)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _do(job: Job) -> Any:
    if _work is None:
        raise RuntimeError("nothing to do")
    return _work(load(job))


def count_vocabulary(*, processes: int = 1) -> Counter[str]:
    """Return in how many documents each normalised word occurs, and each number (search.numbers)."""
    counts: Counter[str] = Counter()
    for counted in each(count_words_of, processes=processes):
        counts.update(counted)
    return counts


def count_words_of(batch: Batch) -> Counter[str]:
    """Return in how many documents of a batch each word and number occurs."""
    counts: Counter[str] = Counter()
    for document in batch:
        texts = (document.title, document.keywords, document.summary, document.text)
        text = "\n".join(texts)
        counts.update(distinct_words(text))
        if document.level is Visibility.PUBLIC:
            counts.update(MARK + number for number in number_runs(text))
    return counts
