"""Values made from the database that every search needs: kept in the process, renewed when content changes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Generic, TypeVar

from django.core.cache import cache

T = TypeVar("T")
TOKEN_KEY = "search-language"  # noqa: S105 - a cache key
LONGEST_SECONDS = 60


class Fresh(Generic[T]):
    """Keeps what `load` returns until words of the content change in any process, at most a minute."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._value: T | None = None
        self._token = ""
        self._until = 0.0

    def get(self) -> T:
        token = cache.get(TOKEN_KEY)
        if token is None:
            token = uuid.uuid4().hex
            cache.set(TOKEN_KEY, token, None)
        if self._value is None or token != self._token or time.monotonic() > self._until:
            self._value = self._load()
            self._token, self._until = token, time.monotonic() + LONGEST_SECONDS
        return self._value


def outdate() -> None:
    """Make every process load its values again; call it after commit."""
    cache.delete(TOKEN_KEY)
