"""What has published versions: a page, an act or a term, with the words and addresses its lists need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from knowledge.models import Act, GlossaryTerm
from knowledge.queries import breadcrumbs
from knowledge.versions.addresses import versions_url
from portal.core.seo import is_noindex

HOME = {"title": "Startseite", "url": "/"}


@dataclass(frozen=True)
class Subject:
    """What the versions are of; `crumbs` lead to it and include it."""

    instance: Any
    title: str
    versions_url: str
    crumbs: list[dict[str, Any]] = field(default_factory=list)
    noindex: bool = False


def of_page(page: Any, request: HttpRequest) -> Subject:
    crumbs = [*breadcrumbs(page, request), {"title": page.title, "url": page.get_url(request)}]
    return Subject(page, page.title, versions_url(page, request), crumbs, is_noindex(request, page))


def _of_act(act: Act) -> Subject:
    url = reverse("act", args=[act.slug])
    return _of_entry(act, act.abbreviation, url, {"title": "Recht", "url": reverse("acts")})


def _of_term(term: GlossaryTerm) -> Subject:
    url = reverse("glossary_term", args=[term.slug])
    return _of_entry(term, term.term, url, {"title": "Glossar", "url": reverse("glossary")})


def _of_entry(entry: Act | GlossaryTerm, title: str, url: str, index: dict[str, Any]) -> Subject:
    return Subject(entry, title, versions_url(entry), [HOME, index, {"title": title, "url": url}])


_ENTRIES: dict[str, tuple[type[Act] | type[GlossaryTerm], Callable[[Any], Subject]]] = {
    "recht": (Act, _of_act),
    "glossar": (GlossaryTerm, _of_term),
}


def of_entry(path: str) -> Subject | None:
    """Return the live act or term at a path ("recht/ozg"), or None: one query, none for other paths."""
    first, _, slug = path.strip("/").partition("/")
    if first not in _ENTRIES or not slug or "/" in slug:
        return None
    model, subject = _ENTRIES[first]
    found = model.objects.filter(slug=slug, live=True).first()
    return subject(found) if found else None
