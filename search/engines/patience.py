"""How long one page may wait for engines, however often it asks them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PAGE_SECONDS = 1.6

_until: ContextVar[float | None] = ContextVar("search_patience", default=None)


@contextmanager
def patience(seconds: float = PAGE_SECONDS) -> Iterator[None]:
    """Limit everything inside together; an outer limit counts for what is inside it."""
    if _until.get() is not None:
        yield
        return
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def remaining(most: float) -> float:
    """Return the seconds that may still be waited, at most some."""
    until = _until.get()
    return most if until is None else min(most, until - time.monotonic())
