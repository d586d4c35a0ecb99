"""Texts are turned into words by several processes where a rebuild has much to read.

The children only read what they are given: they inherit the splitter by forking and touch no database. Called by
commands, never by processes with threads.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import TypeVar

from portal.core.visibility import Visibility
from search.compounds import Splitter, distinct_words
from search.documents import SearchDocument
from search.numbers import MARK, number_runs

BATCH = 200
# Batches on their way for each process, so that memory stays bounded whatever the number of documents.
AHEAD = 2

Batch = list[SearchDocument]
Readings = dict[str, dict[str, str]]
T = TypeVar("T")

_splitter: Splitter | None = None


def in_batches(documents: Iterable[SearchDocument]) -> Iterator[Batch]:
    source = iter(documents)
    while batch := list(islice(source, BATCH)):
        yield batch


def count_vocabulary(documents: Iterable[SearchDocument], *, processes: int = 1) -> Counter[str]:
    """Return in how many documents each normalised word occurs, and each number (search.numbers)."""
    counts: Counter[str] = Counter()
    for _, counted in _each(_count, documents, processes):
        counts.update(counted)
    return counts


def read(
    documents: Iterable[SearchDocument], splitter: Splitter, *, processes: int = 1
) -> Iterator[tuple[Batch, Readings]]:
    """Yield the documents in batches, each with the readings of its texts; in one process without readings."""
    global _splitter  # noqa: PLW0603 - what children inherit
    if processes < 2:
        yield from ((batch, {}) for batch in in_batches(documents))
        return
    _splitter = splitter
    try:
        yield from _each(_read, documents, processes)
    finally:
        _splitter = None


def _each(
    work: Callable[[Batch], T], documents: Iterable[SearchDocument], processes: int
) -> Iterator[tuple[Batch, T]]:
    if processes < 2:
        yield from ((batch, work(batch)) for batch in in_batches(documents))
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        waiting: deque[tuple[Batch, Future[T]]] = deque()
        for batch in in_batches(documents):
            waiting.append((batch, pool.submit(work, batch)))
            if len(waiting) > processes * AHEAD:
                done, future = waiting.popleft()
                yield done, future.result()
        yield from ((batch, future.result()) for batch, future in waiting)


def _count(batch: Batch) -> Counter[str]:
    counts: Counter[str] = Counter()
    for document in batch:
        texts = (document.title, document.keywords, document.summary, document.text)
        text = "\n".join(texts)
        counts.update(distinct_words(text))
        if document.level is Visibility.PUBLIC:
            counts.update(MARK + number for number in number_runs(text))
    return counts


def _read(batch: Batch) -> Readings:
    if _splitter is None:
        raise RuntimeError("read without a splitter")
    texts = {text for document in batch for texts in document.fields.values() for text in texts}
    return {text: _splitter.readings(text) for text in texts}
