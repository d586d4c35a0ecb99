"""What search engines, feed readers and messengers are told about a page: one description, made from its context.

A view without a Wagtail page passes `meta` in its context: a dict with any of `title`, `description`, `path`,
`kind`, `feeds` (list of (title, address)), `data` (further JSON-LD nodes) and `noindex`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from html import unescape
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from portal.core.visibility import Visibility, current_restriction_levels, level_of_path, level_of_user

DESCRIPTION_LENGTH = 160
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass
class PageMeta:
    """Everything components/meta.html prints; addresses are absolute, times aware."""

    title: str
    description: str
    canonical: str
    kind: str = "website"
    locale: str = "de_DE"
    site_name: str = ""
    image: str = ""
    image_alt: str = ""
    published: datetime | None = None
    changed: datetime | None = None
    noindex: bool = False
    feeds: list[tuple[str, str]] = field(default_factory=list)
    markdown_url: str = ""
    opensearch_url: str = ""
    data: list[dict[str, Any]] = field(default_factory=list)


def absolute(path: str) -> str:
    """Return the public address of a path of this site; a full address stays as it is."""
    return path if path.startswith(("http://", "https://")) else f"{settings.BASE_URL}/{path.lstrip('/')}"


def json_script(nodes: Iterable[Mapping[str, Any]]) -> SafeString:
    """Return JSON-LD for a script element; no text in it can close the element or start a comment."""
    graph = {"@context": "https://schema.org", "@graph": list(nodes)}
    text = json.dumps(graph, ensure_ascii=False, default=_iso, separators=(",", ":"))
    return mark_safe(text.translate(_ESCAPES))


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def plain(text: str, length: int = DESCRIPTION_LENGTH) -> str:
    """Return text without tags and line breaks, cut at a word."""
    words = " ".join(unescape(strip_tags(text or "")).split())
    return words if len(words) <= length else Truncator(words).chars(length).rsplit(" ", 1)[0].rstrip(",;:") + " …"


def optional_url(name: str) -> str:
    """Return the address of a named view, or nothing where no app offers it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def search_path() -> str:
    """Return the address of the search, as the search form of each page has it."""
    return optional_url("search") or "/suche/"


def is_noindex(request: HttpRequest | None, page: Any) -> bool:
    """True for previews and for every page that is not open to the whole public.

    Whoever reads anonymously sees public pages only; the restrictions are looked up for others alone.
    """
    if request is None or getattr(request, "is_preview", False) or getattr(request, "is_dummy", False):
        return True
    if page is None:
        return False
    if not page.live or getattr(page, "visibility", Visibility.PUBLIC) != Visibility.PUBLIC:
        return True
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return level_of_path(page.path, current_restriction_levels()) is not Visibility.PUBLIC


def organization(operator: Any, *, full: bool = False) -> dict[str, Any]:
    """Return the centre as a GovernmentOrganization; `full` adds how to reach it."""
    node: dict[str, Any] = {
        "@type": "GovernmentOrganization",
        "@id": f"{settings.BASE_URL}/#stelle",
        "name": getattr(operator, "name", "") or settings.SITE_NAME,
        "url": f"{settings.BASE_URL}/",
    }
    if full and operator is not None:
        extra = {
            "alternateName": operator.short_name,
            "email": operator.email,
            "telephone": operator.phone,
            "areaServed": operator.region,
        }
        node |= {key: value for key, value in extra.items() if value}
    return node


def website(operator: Any) -> dict[str, Any]:
    """Return the site with its search, for the start page."""
    node: dict[str, Any] = {
        "@type": "WebSite",
        "@id": f"{settings.BASE_URL}/#website",
        "name": settings.SITE_NAME,
        "url": f"{settings.BASE_URL}/",
        "inLanguage": "de",
        "publisher": {"@id": organization(operator)["@id"]},
    }
    node["potentialAction"] = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": f"{absolute(search_path())}?q={{search_term_string}}"},
        "query-input": "required name=search_term_string",
    }
    return node


def breadcrumb_list(breadcrumbs: Iterable[Mapping[str, str]], title: str, canonical: str) -> dict[str, Any]:
    """Return the way to a page, the page itself last."""
    steps = [(crumb["title"], absolute(crumb["url"])) for crumb in breadcrumbs] + [(title, canonical)]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": url}
            for position, (name, url) in enumerate(steps, start=1)
        ],
    }


def web_page(page: Any, meta: PageMeta, operator: Any) -> dict[str, Any]:
    """Return the web page around an article; "reviewed" is only said where a review took place."""
    node: dict[str, Any] = {
        "@type": "WebPage",
        "@id": meta.canonical,
        "url": meta.canonical,
        "name": meta.title,
        "inLanguage": "de",
        "isPartOf": {"@id": f"{settings.BASE_URL}/#website"},
        "mainEntity": {"@id": f"{meta.canonical}#artikel"},
    }
    if reviewed := getattr(page, "reviewed_at", None):
        node |= {"lastReviewed": reviewed.date(), "reviewedBy": organization(operator)}
    return node


def article(page: Any, meta: PageMeta, operator: Any) -> dict[str, Any]:
    """Return a page with a trust line as an Article."""
    unit = getattr(page, "responsible_unit", "")
    author = {"@type": "GovernmentOrganization", "name": unit} if unit else organization(operator)
    node: dict[str, Any] = {
        "@type": "Article",
        "@id": f"{meta.canonical}#artikel",
        "headline": page.title,
        "description": meta.description,
        "inLanguage": "de",
        "mainEntityOfPage": {"@id": meta.canonical},
        "datePublished": meta.published,
        "dateModified": meta.changed,
        "author": author,
        "publisher": organization(operator),
        "isAccessibleForFree": True,
    }
    return {key: value for key, value in node.items() if value not in (None, "")}


def _description(page: Any, given: Mapping[str, Any], operator: Any) -> str:
    texts = [given.get("description")]
    if page is not None:
        names = ("search_description", "short_answer", "summary", "intro")
        texts += [getattr(page, name, "") for name in names]
    texts.append(getattr(operator, "claim", ""))
    return plain(next((str(text) for text in texts if text), ""))


def _page_path(page: Any, request: HttpRequest | None) -> str:
    parts = page.get_url_parts(request) if page is not None and page.pk and page.url_path else None
    return parts[2] if parts else (request.path if request else "/")


def describe(context: Mapping[str, Any]) -> PageMeta:
    """Build the description of what a template shows, from its context (a dict or a template Context)."""
    request: HttpRequest | None = context.get("request")
    given: Mapping[str, Any] = context.get("meta") or {}
    page = context.get("page")
    page = page if hasattr(page, "url_path") else None
    operator = context.get("operator") or None
    title = str(given.get("title") or getattr(page, "seo_title", "") or getattr(page, "title", "") or "")
    path = str(given.get("path") or "") or _page_path(page, request)
    meta = PageMeta(
        title=title or settings.SITE_NAME,
        description=_description(page, given, operator),
        canonical=absolute(path),
        kind=str(given.get("kind", "website")),
        site_name=settings.SITE_NAME,
        noindex=bool(given.get("noindex")) or is_noindex(request, page),
        opensearch_url=optional_url("opensearch"),
    )
    _add_feeds(meta, context, given)
    _add_page(meta, page, context, operator)
    if meta.noindex:
        meta.data = []
    return meta


def _add_feeds(meta: PageMeta, context: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    if everything := optional_url("feed_all"):
        meta.feeds.append((f"{settings.SITE_NAME}: Neues", absolute(everything)))
    if context.get("feed_url"):
        meta.feeds.append((f"{meta.title}: Neues", absolute(str(context["feed_url"]))))
    meta.feeds += [(name, absolute(url)) for name, url in given.get("feeds", ())]


def _add_page(meta: PageMeta, page: Any, context: Mapping[str, Any], operator: Any) -> None:
    given: Mapping[str, Any] = context.get("meta") or {}
    if page is not None and page.depth == 2:
        meta.data += [website(operator), organization(operator, full=True)]
    elif meta.canonical != f"{settings.BASE_URL}/":
        crumbs = context.get("breadcrumbs") or [{"title": "Startseite", "url": "/"}]
        meta.data.append(breadcrumb_list(crumbs, meta.title, meta.canonical))
    if page is not None:
        meta.published = page.first_published_at
        meta.changed = page.last_published_at
        if hasattr(page, "short_answer"):
            meta.kind = "article"
            meta.data += [web_page(page, meta, operator), article(page, meta, operator)]
            meta.markdown_url = f"{meta.canonical.rstrip('/')}.md"
    meta.data += list(given.get("data", ()))


def reads_as_staff(request: HttpRequest | None) -> bool:
    """True for people of the centre, outside previews."""
    if request is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    if getattr(request, "is_preview", False):
        return False
    return level_of_user(getattr(request, "user", None)) is Visibility.CENTRE
