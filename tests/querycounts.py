"""How many queries an address costs: cold, when nothing at all is kept, and warm, right after it was asked for."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledge import acts, glossary


def forget_everything() -> None:
    """Leave a process as it is after its start, beside an empty cache."""
    cache.clear()
    acts._cache.clear()
    glossary._cache.clear()
    ContentType.objects.clear_cache()


def count(address: str, client: Client | None = None) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert (client or Client()).get(address).status_code == 200, address
    return len(queries)


def cold(address: str, client: Client | None = None) -> int:
    forget_everything()
    return count(address, client)


def warm(address: str, client: Client | None = None) -> int:
    count(address, client)
    return count(address, client)
