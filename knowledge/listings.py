"""What topic and overview pages list; the number of queries does not grow with what they list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest
from wagtail.models import Page

from knowledge.models import ArticlePage, TopicPage
from knowledge.queries import Reader, breadcrumbs, card, cards, with_cards
from knowledge.readable import public_reader

PAGE_SIZE = 50
# Kinds of article in the order a reader new to the topic wants them.
_KIND_ORDER = (
    "ueberblick",
    "leitfaden",
    "checkliste",
    "rechtsseite",
    "praxis",
    "missverstaendnis",
    "praxisbericht",
)

TopicList = Callable[[Any, Reader], list[dict[str, Any]]]
_topic_lists: dict[str, TopicList] = {}


def register_topic_list(name: str, function: TopicList) -> None:
    """Let a higher app fill a list of the topic page ("questions"); called in AppConfig.ready."""
    _topic_lists[name] = function


def topic_card(topic: Any, request: HttpRequest) -> dict[str, Any]:
    """Return what a card shows of a topic."""
    return {
        "title": topic.title,
        "url": topic.get_url(request) or "",
        "summary": topic.summary,
        "icon": topic.icon,
        "kind": "",
    }


def in_reading_order(pages: QuerySet[Any]) -> QuerySet[Any]:
    """Put articles in the order in which somebody new to them reads: first what they are about."""
    whens = [When(articlepage__kind=kind, then=Value(order)) for order, kind in enumerate(_KIND_ORDER)]
    return pages.order_by(Case(*whens, default=Value(len(whens)), output_field=IntegerField()), "title")


def articles_of(topic: Any, reader: Reader) -> Any:
    """Return the articles of a topic in reading order, as a query."""
    further = ArticlePage.topics.through.objects.filter(topicpage=topic.pk).values("articlepage")
    pages = Page.objects.filter(
        Q(path__startswith=topic.path, depth=topic.depth + 1, articlepage__isnull=False) | Q(pk__in=further)
    )
    return in_reading_order(with_cards(reader.filter(pages)))


def topic_context(topic: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the context of a topic page."""
    reader = Reader.of(request)
    shown = Paginator(articles_of(topic, reader), PAGE_SIZE).get_page(request.GET.get("seite"))
    subtopics = reader.filter(TopicPage.objects.child_of(topic)).order_by("sort_order", "title")
    of_topic = Q(templatepage__topics=topic.pk) | Q(decisionhelppage__topics=topic.pk)
    beside = list(with_cards(reader.filter(Page.objects.filter(of_topic))).order_by("title"))
    helps = [row for row in beside if row.content_type.model == "decisionhelppage"]
    return {
        "breadcrumbs": breadcrumbs(topic, request),
        "articles": [card(row, request) for row in shown],
        "articles_page": shown,
        "subtopics": [topic_card(row, request) for row in subtopics],
        "templates": [card(row, request) for row in beside if row not in helps],
        "decisions": [card(row, request) for row in helps],
        # A feed reader is signed in nowhere: what is closed to the public has no feed, whoever reads the page.
        "feed_url": f"{topic.get_url(request) or '/'}feed.atom" if public_reader().may_read(topic.path) else "",
        "questions": [],
        **{name: function(topic, reader) for name, function in _topic_lists.items()},
    }


def topic_index_context(page: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the context of the overview of topics: fields first, then the others."""
    reader = Reader.of(request)
    rows = list(reader.filter(TopicPage.objects.child_of(page)).order_by("sort_order", "title"))
    return {
        "breadcrumbs": breadcrumbs(page, request),
        "fields": [topic_card(row, request) for row in rows if row.is_field],
        "topics": [topic_card(row, request) for row in rows if not row.is_field],
    }


def template_index_context(page: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the context of the overview of templates."""
    reader = Reader.of(request)
    pages = Page.objects.child_of(page).filter(templatepage__isnull=False).order_by("title")
    return {"breadcrumbs": breadcrumbs(page, request), "templates": cards(pages, reader)}
