"""Where the versions of a page, an act, a term or a deadline stand."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from knowledge.models import Act, Deadline, GlossaryTerm

WORD = "versionen"


def versions_url(subject: Any, request: HttpRequest | None = None) -> str:
    """Return the address of the list of versions; empty for what is not live."""
    url = _address(subject, request) if subject.live else ""
    return f"{url.rstrip('/')}/{WORD}/" if url else ""


def _address(subject: Any, request: HttpRequest | None) -> str:
    if isinstance(subject, Act):
        return reverse("act", args=[subject.slug])
    if isinstance(subject, GlossaryTerm):
        return reverse("glossary_term", args=[subject.slug])
    if isinstance(subject, Deadline):
        return subject.get_absolute_url()
    return str(subject.get_url(request) or "")
