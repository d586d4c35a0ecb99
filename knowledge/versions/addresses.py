"""Where the versions of a page stand."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

WORD = "versionen"


def versions_url(page: Any, request: HttpRequest | None = None) -> str:
    """Return the address of the list of versions; empty for a page that is not live."""
    url = page.get_url(request) if page.live else ""
    return f"{url.rstrip('/')}/{WORD}/" if url else ""
