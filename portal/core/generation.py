"""The content generation: what is derived from content lives in the shared cache as long as it is current.

The generation is a random value in the cache. Everything derived carries it in its key, so raising it forgets
all of it at once, in every process. A value that was evicted is replaced by a new one, never by an old one.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import cache as once
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.dispatch import receiver
from django.utils import timezone

from portal.core.signals import content_changed, version_published

T = TypeVar("T")
GENERATION_KEY = "portal:generation"
log = logging.getLogger(__name__)

_next_changes: list[Callable[[datetime], datetime | None]] = []
_MISSING = object()


def register_next_change(function: Callable[[datetime], datetime | None]) -> None:
    """Register a function that names the next moment after `now` (aware) when content changes by itself."""
    if function not in _next_changes:
        _next_changes.append(function)


@once
def release() -> str:
    """Return a short mark of the deployed static files: pages naming old files must not outlive them."""
    manifest = Path(str(settings.STATIC_ROOT)) / "staticfiles.json"
    return hashlib.sha256(manifest.read_bytes()).hexdigest()[:12] if manifest.exists() else "0"


def fetch(key: str, default: Any = None) -> Any:
    """Read from the shared cache; a cache that is away or holds rubbish has simply nothing."""
    try:
        return cache.get(key, default)
    except Exception as error:  # each backend has its own errors, and a page can be made without any
        log.warning("cache.unavailable", extra={"error": type(error).__name__})
        return default


def current() -> str:
    """Return the content generation, made anew where the cache has none."""
    value = fetch(GENERATION_KEY)
    if value is None:
        _store(GENERATION_KEY, secrets.token_hex(8), None)
        value = fetch(GENERATION_KEY) or secrets.token_hex(8)
    return f"{release()}:{value}"


def _store(key: str, value: Any, seconds: float | None) -> None:
    try:
        cache.set(key, value, seconds)
    except Exception as error:  # see fetch
        log.warning("cache.unavailable", extra={"error": type(error).__name__})


def raise_now() -> None:
    """Forget everything derived from content, in all processes."""
    cache.set(GENERATION_KEY, secrets.token_hex(8), None)


def raise_after_migrate(**kwargs: Any) -> None:
    """A release may change templates and models: nothing derived by the old one is used by the new one."""
    _store(GENERATION_KEY, secrets.token_hex(8), None)


class _RaiseOnCommit:
    """Raises the generation once; knows whether it has been done, so that a test's endless transaction works."""

    def __init__(self) -> None:
        self.done = False

    def __call__(self) -> None:
        self.done = True
        raise_now()


def _pending() -> list[set[Any]]:
    """The savepoints of this connection's announced, uncommitted changes (Django keeps them as triples)."""
    rows: list[Any] = list(connection.run_on_commit)
    return [row[0] for row in rows if isinstance(row[1], _RaiseOnCommit) and not row[1].done]


def raise_on_commit() -> None:
    """Raise the generation when the current transaction commits; many calls cost one."""
    here = set(connection.savepoint_ids)
    if not any(savepoints <= here for savepoints in _pending()):
        transaction.on_commit(_RaiseOnCommit(), robust=True)


def has_uncommitted_changes() -> bool:
    """True while this connection holds changes others do not see: what it derives must not be shared."""
    return bool(_pending())


@receiver([content_changed, version_published])
def _content_changed(**kwargs: Any) -> None:
    raise_on_commit()


def _next_midnight(now: datetime) -> datetime:
    local = timezone.localtime(now)
    return timezone.make_aware(datetime.combine(local.date() + timedelta(days=1), time.min))


def _next_change(now: datetime) -> datetime:
    moments = [_next_midnight(now)]
    moments += [moment for function in _next_changes if (moment := function(now)) and moment > now]
    return min(moments)


def valid_until(generation: str) -> datetime:
    """Return the moment up to which something derived now is right; ask before deriving, not after."""
    now = timezone.now()
    key = f"portal:next-change:{generation}"
    moment = fetch(key)
    if moment is None or moment <= now:
        moment = _next_change(now)
        _store(key, moment, settings.PAGE_CACHE_SECONDS)
    return min(moment, _longest())


def _longest() -> datetime:
    return timezone.now() + timedelta(seconds=settings.PAGE_CACHE_SECONDS)


def keep(key: str, value: Any, until: datetime) -> None:
    """Store a derived value up to a moment; nothing is stored for less than a second."""
    seconds = int((until - timezone.now()).total_seconds())
    if seconds > 0:
        _store(key, value, seconds)


def cached(key: str, function: Callable[[], T], *, timeless: bool = False) -> T:
    """Return `function()`, remembered until content changes; the value must be picklable.

    `timeless` is for rows that no moment changes: the next moment itself may be derived from them.
    """
    if has_uncommitted_changes():
        return function()
    generation = current()
    full_key = f"portal:content:{generation}:{key}"
    value = fetch(full_key, _MISSING)
    if value is _MISSING:
        until = _longest() if timeless else valid_until(generation)
        value = function()
        keep(full_key, value, until)
    return value
