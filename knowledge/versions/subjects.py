"""What has published versions: page, act, term or deadline, with the words and addresses its lists need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from knowledge.deadlines.queries import deadline_at
from knowledge.models import Act, Deadline, GlossaryTerm
from knowledge.queries import Reader, breadcrumbs, crumb
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
    crumbs = [*breadcrumbs(page, request), crumb(page, request)]
    return Subject(page, page.title, versions_url(page, request), crumbs, is_noindex(request, page))


def _of_act(act: Act) -> Subject:
    url = reverse("act", args=[act.slug])
    return _of_entry(act, act.abbreviation, url, {"title": "Recht", "url": reverse("acts")})


def _of_term(term: GlossaryTerm) -> Subject:
    url = reverse("glossary_term", args=[term.slug])
    return _of_entry(term, term.term, url, {"title": "Glossar", "url": reverse("glossary")})


def _of_deadline(deadline: Deadline) -> Subject:
    url = deadline.get_absolute_url()
    return _of_entry(deadline, deadline.title, url, {"title": "Fristen", "url": reverse("deadlines")})


def _of_entry(entry: Act | GlossaryTerm | Deadline, title: str, url: str, index: dict[str, Any]) -> Subject:
    return Subject(entry, title, versions_url(entry), [HOME, index, {"title": title, "url": url}])


def _act_at(slug: str, request: HttpRequest) -> Subject | None:
    found = Act.objects.filter(slug=slug, live=True).first()
    return _of_act(found) if found else None


def _term_at(slug: str, request: HttpRequest) -> Subject | None:
    found = GlossaryTerm.objects.filter(slug=slug, live=True).first()
    return _of_term(found) if found else None


def _deadline_at(slug: str, request: HttpRequest) -> Subject | None:
    found = deadline_at(slug, Reader.of(request))
    return _of_deadline(found) if found else None


_ENTRIES: dict[str, Callable[[str, HttpRequest], Subject | None]] = {
    "recht": _act_at,
    "glossar": _term_at,
    "fristen": _deadline_at,
}


def of_entry(path: str, request: HttpRequest) -> Subject | None:
    """Return the live act, term or deadline at a path ("recht/ozg") that this reader may open, or None.

    No query for other paths.
    """
    first, _, slug = path.strip("/").partition("/")
    if first not in _ENTRIES or not slug or "/" in slug:
        return None
    return _ENTRIES[first](slug, request)
