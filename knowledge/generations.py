"""Tokens that say "still the same": what is computed from a small table is kept until its token changes.

The token lives in the shared cache, so that all processes see a change; it is renewed at once and again on
commit, because another process may rebuild from the old state in between.
"""

from __future__ import annotations

import secrets

from django.core.cache import cache
from django.db import transaction

ACTS = "acts"
GLOSSARY = "glossary"


def _key(name: str) -> str:
    return f"knowledge-generation-{name}"


def current(name: str) -> str:
    """Return the token of a table; a new one when the cache has lost it."""
    token = cache.get(_key(name))
    if token is None:
        token = secrets.token_hex(8)
        cache.add(_key(name), token, None)
        token = cache.get(_key(name)) or token
    return str(token)


def renew(name: str) -> None:
    """Say that a table has changed."""
    cache.set(_key(name), secrets.token_hex(8), None)
    transaction.on_commit(lambda: cache.set(_key(name), secrets.token_hex(8), None))
