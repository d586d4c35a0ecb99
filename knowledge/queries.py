"""What readers see of pages: cards, breadcrumbs, everything around an article, in few queries.

Only live pages the reader may read are ever listed; `Reader` knows what is closed to whom.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    BooleanField,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from wagtail.models import Page

from knowledge.models import ArticlePage, PageSource
from knowledge.retired import retired
from portal.core.context import level_of_request
from portal.core.models import PageTag
from portal.core.visibility import Visibility, current_restriction_levels

# Above this number a list of path conditions would exceed SQLite's depth of expressions.
MAX_PREFIXES = 50
# Where the kinds of page that have a summary of their own keep it; higher apps are named by string.
_SUMMARIES = (
    "articlepage__short_answer",
    "questionpage__short_answer",
    "templatepage__short_answer",
    "decisionhelppage__short_answer",
    "topicpage__summary",
    "rolepage__summary",
)


@dataclass
class Reader:
    """Who reads: a level, and the tree paths that are closed to it."""

    level: Visibility = Visibility.PUBLIC
    closed: list[str] = field(default_factory=list)
    request: HttpRequest | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> Reader:
        """Return the reader of a request; kept on it, so that it costs its query once."""
        reader = getattr(request, "_knowledge_reader", None)
        if reader is None:
            level = level_of_request(request)
            levels = current_restriction_levels()
            closed = outermost(path for path, needed in levels if not level.covers(needed))
            reader = cls(level, closed, request)
            request._knowledge_reader = reader  # type: ignore[attr-defined]
        return reader

    def may_read(self, path: str) -> bool:
        return not any(path.startswith(closed) for closed in self.closed)

    def filter(self, pages: QuerySet[Any]) -> QuerySet[Any]:
        """Return only the live pages this reader may read."""
        pages = pages.filter(live=True)
        if len(self.closed) > MAX_PREFIXES:
            own = ExpressionWrapper(OuterRef("path"), output_field=CharField())
            closed = Page.objects.filter(path__in=self.closed).annotate(own=own)
            return pages.exclude(Exists(closed.filter(own__startswith=F("path"))))
        for path in self.closed:
            pages = pages.exclude(path__startswith=path)
        return pages


def outermost(paths: Iterable[str]) -> list[str]:
    """Return the tree paths that lie below no other one of them."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept


def with_cards(pages: QuerySet[Any]) -> QuerySet[Any]:
    """Add what a card shows of a page of any kind: no further query per page."""
    texts = [NullIf(F(name), Value("")) for name in ("search_description", *_SUMMARIES)]
    return pages.annotate(
        card_summary=Coalesce(*texts, Value(""), output_field=CharField()),
        card_kind=Coalesce(F("articlepage__kind"), Value(""), output_field=CharField()),
        card_icon=Coalesce(F("topicpage__icon"), Value(""), output_field=CharField()),
        is_retired=ExpressionWrapper(retired(), output_field=BooleanField()),
    ).select_related("content_type")


def kind_label(page: Any) -> str:
    """Return what readers call this kind of page."""
    if page.card_kind:
        return str(ArticlePage.Kind(page.card_kind).label)
    model = page.content_type.model_class()
    return str(getattr(model, "kind_label", "Seite"))


def card(page: Any, request: HttpRequest | None) -> dict[str, Any]:
    """Return {title, url, kind, summary, icon, changed} of a page read by `with_cards`."""
    return {
        "title": page.title,
        "url": page.get_url(request) or "",
        "kind": kind_label(page),
        "summary": page.card_summary,
        "icon": page.card_icon,
        "changed": page.last_published_at,
    }


def cards(pages: QuerySet[Any], reader: Reader) -> list[dict[str, Any]]:
    """Return cards of what the reader may read, without retired questions; one query."""
    found = with_cards(reader.filter(pages))
    return [card(page, reader.request) for page in found if not page.is_retired]


def ancestor_paths(path: str, *, root_depth: int = 2) -> list[str]:
    """Return the tree paths from the start page to the parent of a page."""
    step = Page.steplen
    return [path[:end] for end in range(root_depth * step, len(path), step)]


def breadcrumbs(page: Any, request: HttpRequest) -> list[dict[str, str]]:
    """Return {title, url} of what is live from the start page to the parent; one query."""
    found = Page.objects.live().filter(path__in=ancestor_paths(page.path)).order_by("path")
    return [crumb(ancestor, request) for ancestor in found]


def crumb(page: Any, request: HttpRequest | None) -> dict[str, str]:
    return {"title": "Startseite" if page.depth == 2 else page.title, "url": page.get_url(request) or ""}


def sources_and_tags(
    page: Any, further: QuerySet[Any] | None = None
) -> tuple[list[dict[str, str]], list[dict[str, str]], str]:
    """Return {title, url} of a page's sources, {name, url} of its tags, and one text more; one query for all.

    `further` selects that text, of a page that is no draft in preview.
    """
    if {"tagged_items", "sources"} & set(getattr(page, "_cluster_related_objects", {})):  # a draft
        return [{"title": source.title, "url": source.url} for source in page.sources.all()], tags_of(page), ""
    sources = PageSource.objects.filter(page=page.pk).order_by()
    tags = PageTag.objects.filter(content_object=page.pk).order_by()
    is_tag, is_more, no_order = (Value(number, IntegerField()) for number in (1, 2, 0))
    parts = [tags.values_list(is_tag, no_order, "tag__name", "tag__slug")]
    if further is not None:
        parts.append(further.values_list(is_more, no_order, "told", Value("")))
    rows = sources.values_list(no_order, "sort_order", "title", "url").union(*parts, all=True)
    found = sorted(rows, key=lambda row: (row[0], row[1], row[2].casefold()))
    return (
        [{"title": title, "url": url} for kind, _, title, url in found if kind == 0],
        [{"name": name, "url": _url("tag", slug)} for kind, _, name, slug in found if kind == 1],
        next((text for kind, _, text, _ in found if kind == 2), ""),
    )


def tags_of(page: Any) -> list[dict[str, str]]:
    """Return {name, url} of a page's tags; one query."""
    if "tagged_items" in getattr(page, "_cluster_related_objects", {}):
        tags = [item.tag for item in page.tagged_items.all()]
    else:
        tags = [item.tag for item in PageTag.objects.filter(content_object=page.pk).select_related("tag")]
    return [
        {"name": tag.name, "url": _url("tag", tag.slug)}
        for tag in sorted(tags, key=lambda tag: tag.name.casefold())
    ]


def _url(name: str, *args: str) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def pages_by_id(ids: Iterable[int], reader: Reader, *, only: Q | None = None) -> list[dict[str, Any]]:
    """Return cards in the order of the ids, without retired questions; one query."""
    wanted = list(ids)
    pages = reader.filter(Page.objects.filter(pk__in=wanted)).filter(only or Q())
    found = {page.pk: page for page in with_cards(pages)}
    return [card(found[pk], reader.request) for pk in wanted if pk in found and not found[pk].is_retired]
