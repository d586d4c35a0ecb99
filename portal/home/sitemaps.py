"""The sitemap for search engines: every public address with its last change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.http import HttpRequest
from django.urls import reverse

from knowledge.deadlines.queries import all_deadlines
from knowledge.models import Act, GlossaryTerm, LawText
from knowledge.readable import listed, page_rows, public_reader, site_root

Address = tuple[str, datetime | None]
VIEWS = (
    "deadlines",
    "reports",
    "glossary",
    "acts",
    "az",
    "site_map",
    "contact",
    "report_barrier",
    "search_ranking",
)


class PublicSite:
    """The site as its readers reach it, whatever host asked for the sitemap."""

    domain = property(lambda self: urlsplit(settings.BASE_URL).netloc)


class Addresses(Sitemap[Address]):
    """Addresses read by a function; times are aware."""

    def __init__(self, read: Callable[[], Iterable[Address]]) -> None:
        self._addresses = list(read())

    def items(self) -> list[Address]:
        return self._addresses

    def location(self, item: Address) -> str:
        return item[0]

    def lastmod(self, item: Address) -> datetime | None:
        return item[1]

    def get_urls(self, page: int | str = 1, site: Any = None, protocol: str | None = None) -> list[dict[str, Any]]:
        return super().get_urls(page, PublicSite(), urlsplit(settings.BASE_URL).scheme)  # type: ignore[arg-type]


def _pages(request: HttpRequest) -> Iterable[Address]:
    root = site_root(request)
    pages = listed(root.get_descendants(inclusive=True), public_reader()).order_by("path")
    return [(row.url, row.changed) for row in page_rows(pages, root)]


def _terms() -> Iterable[Address]:
    rows = GlossaryTerm.objects.filter(live=True).values_list("slug", "last_published_at")
    return [(reverse("glossary_term", args=[slug]), changed) for slug, changed in rows]


def _acts() -> Iterable[Address]:
    rows = Act.objects.filter(live=True).values_list("slug", "last_published_at")
    texts = LawText.objects.filter(act__live=True).values_list("act__slug", "imported_at")
    return [
        *((reverse("act", args=[slug]), changed) for slug, changed in rows),
        *((reverse("law_text", args=[slug]), changed) for slug, changed in texts),
    ]


def _deadlines() -> Iterable[Address]:
    rows = all_deadlines(public_reader())
    return [(reverse("deadline", args=[row.slug]), row.last_published_at) for row in rows]


def public_sitemaps(request: HttpRequest) -> dict[str, Addresses]:
    """Return the sections of the sitemap; restricted and unpublished things are in none of them."""
    return {
        "seiten": Addresses(lambda: _pages(request)),
        "verzeichnisse": Addresses(lambda: [(reverse(name), None) for name in VIEWS]),
        "fristen": Addresses(_deadlines),
        "glossar": Addresses(_terms),
        "recht": Addresses(_acts),
    }
