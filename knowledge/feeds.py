"""Atom feeds of what is new: for all topics and for each (RFC 4287). Only public pages, whoever asks."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache as once
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date
from wagtail.models import Page

from knowledge.models import TopicPage, TrustedPage
from knowledge.readable import find_page, listed, moved_to, public_reader, site_root
from portal.core.context import surroundings
from portal.core.seo import absolute
from portal.core.text import printable

LENGTH = 50
NOTHING_YET = datetime(2026, 1, 1, tzinfo=UTC)  # when a feed without entries changed last


def _printable(particulars: dict[str, Any]) -> dict[str, Any]:
    """Return what a feed is told without characters XML forbids: one of them would end the whole feed."""
    return {name: printable(value) if isinstance(value, str) else value for name, value in particulars.items()}


class PortalAtomFeed(Atom1Feed):
    """Atom with plain-text summaries; each entry has a date (RFC 4287), which that of the feed depends on."""

    def __init__(self, **particulars: Any) -> None:
        super().__init__(**_printable(particulars))

    def add_item(self, *, updateddate: datetime, **particulars: Any) -> None:  # type: ignore[override]
        super().add_item(updateddate=updateddate, **_printable(particulars))

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=self.feed["changed"])

    def add_item_elements(self, handler: Any, item: Any) -> None:
        summary, item["description"] = item["description"], None
        super().add_item_elements(handler, item)
        if summary:
            handler.addQuickElement("summary", summary, {"type": "text"})


@once
def _feed_types() -> tuple[type[TrustedPage], ...]:
    return tuple(model for model in apps.get_models() if issubclass(model, TrustedPage))


def tag_of(text: str, since: datetime = NOTHING_YET) -> str:
    """Return an identifier for ever (RFC 4151) of something this portal has named since a day."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"tag:{host},{since:%Y-%m-%d}:{text}"


def tag_uri(page: Page) -> str:
    """Return the identifier of a page: it survives a new title, slug, topic or publication."""
    return tag_of(f"seite/{page.translation_key}", page.first_published_at or NOTHING_YET)


def _belonging(topic: Page) -> Q:
    """Return the condition for pages in a topic or its subtopics, as their place or as a further topic."""
    found = Q(path__startswith=topic.path) & ~Q(pk=topic.pk)
    for model in _feed_types():
        if hasattr(model, "topics"):
            through = model.topics.through.objects.filter(topicpage__path__startswith=topic.path)
            found |= Q(pk__in=through.values(str(model._meta.model_name)))
    return found


def _entries(parent: Page) -> list[Any]:
    types = ContentType.objects.get_for_models(*_feed_types()).values()
    pages: Any = listed(Page.objects.filter(_belonging(parent)), public_reader())
    pages = pages.filter(content_type__in=types, last_published_at__isnull=False)
    return list(pages.order_by("-last_published_at", "-pk").specific()[:LENGTH])


def new_feed(
    request: HttpRequest, *, title: str, link: str, guid: str, subtitle: str | None = None,
    changed: datetime = NOTHING_YET,
) -> PortalAtomFeed:  # fmt: skip
    """Return a feed of the operator without entries, at the address that was asked for."""
    operator = surroundings(request).operator
    return PortalAtomFeed(
        title=title,
        link=absolute(link),
        description="",
        language="de",
        subtitle=subtitle,
        author_name=operator.name,
        author_email=operator.email or None,
        author_link=absolute("/"),
        feed_url=absolute(request.path),
        feed_guid=guid,
        changed=changed,
    )


def _feed(request: HttpRequest, *, parent: Page, title: str, link: str) -> HttpResponse:
    feed = new_feed(
        request, title=title, link=link, guid=f"{tag_uri(parent)}/feed",
        subtitle=surroundings(request).operator.claim or None,
        changed=parent.last_published_at or parent.first_published_at or NOTHING_YET,
    )  # fmt: skip
    for page in _entries(parent):
        feed.add_item(
            title=page.title,
            link=absolute(page.get_url(request)),
            description=page.short_answer or page.search_description,
            unique_id=tag_uri(page),
            pubdate=page.first_published_at,
            updateddate=page.last_published_at,
            categories=[page.kind_label],
        )
    return conditional(request, feed)


def conditional(request: HttpRequest, feed: PortalAtomFeed, *, by_date: bool = True) -> HttpResponse:
    """Return a feed, or 304 where the reader has it already.

    Without `by_date` its text changes while the dates of its entries stay: whoever asks by date gets it.
    """
    body = feed.writeString("utf-8")
    modified = int(feed.latest_post_date().timestamp()) if by_date else None
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
    headers = {"ETag": etag, **({"Last-Modified": http_date(modified)} if modified is not None else {})}
    response = HttpResponse(body, content_type=feed.content_type, headers=headers)
    return get_conditional_response(request, etag=etag, last_modified=modified, response=response) or response


def feed_all(request: HttpRequest) -> HttpResponse:
    """The 50 pages of all topics that changed last."""
    root = site_root(request)
    title = f"{settings.SITE_NAME}: Neues"
    return _feed(request, parent=root, title=title, link="/")


def feed_topic(request: HttpRequest, path: str) -> HttpResponse:
    """The 50 pages of one topic and its subtopics that changed last, those with it as a further topic included.

    A restricted topic has none.
    """
    topic = find_page(request, path)
    if topic is None and (moved := moved_to(request, path)):
        return HttpResponsePermanentRedirect(f"{moved}feed.atom")
    if not isinstance(topic, TopicPage) or not public_reader().may_read(topic.path):
        raise Http404
    title = f"{settings.SITE_NAME}: {topic.title}"
    return _feed(request, parent=topic, title=title, link=topic.get_url(request))
