"""The latest major changes, as a page and as Atom feeds: of everything, a topic, a page or an act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from knowledge.feeds import conditional, new_feed, tag_of
from knowledge.readable import moved_to
from knowledge.views.indexes import HOME
from portal.core.context import level_of_request
from portal.core.markdown_answers import markdown_answer, markdown_link, offer_markdown
from portal.core.models import Publication, Significance
from portal.core.seo import absolute
from portal.core.subscriptions import registry
from portal.core.subscriptions.registry import Everything, Subject, Told
from portal.core.text import escape_markdown
from portal.core.visibility import Visibility

LENGTH = 50
# Publications are read in portions of this size, and no more portions than that: a feed is for what is new.
WINDOW = 1000
WINDOWS = 20
PAGE_SIZE = 30


@dataclass(frozen=True)
class ToldChange:
    """A major publication somebody may read."""

    publication: Publication
    told: Told

    @property
    def day(self) -> Any:
        return timezone.localdate(self.publication.published_at)


def _majors() -> Any:
    return Publication.objects.filter(significance=Significance.MAJOR)


def _told(publications: Sequence[Publication], level: Visibility) -> list[ToldChange]:
    found = registry.read(publications, level)
    return [ToldChange(row, found[row.pk]) for row in publications if row.pk in found]


def changes_of(subject: Subject, level: Visibility, *, length: int = LENGTH) -> list[ToldChange]:
    """Return the latest major changes that belong to a subject; the number of queries for each portion is fixed.

    A page nobody has changed for long stands behind many changes of others: portions are read until it is enough.
    """
    found: list[ToldChange] = []
    for start in range(0, WINDOW * WINDOWS, WINDOW):
        portion = list(_majors()[start : start + WINDOW])
        publications = portion
        if subject.kind != Everything.subject.kind:
            publications = registry.touching(subject.kind, subject.object_id, portion)
        found += _told(publications, level)
        if len(found) >= length or len(portion) < WINDOW:
            break
    return found[:length]


def recent_changes(request: HttpRequest) -> HttpResponse:
    """What has changed lately, newest first, with the note of each version."""
    level = level_of_request(request)
    page = Paginator(_told(list(_majors()[:WINDOW]), level), PAGE_SIZE).get_page(request.GET.get("seite"))
    context = {
        "page_obj": page,
        "changes": page.object_list,
        "breadcrumbs": [HOME],
        "meta": {
            "title": "Wesentliche Änderungen",
            "description": "Was sich zuletzt wesentlich geändert hat, und was genau.",
            "feeds": [(f"{settings.SITE_NAME}: Wesentliche Änderungen", reverse("changes_feed"))],
        },
    }
    return offer_markdown(render(request, "knowledge/changes.html", context), request.path)


@require_safe
def recent_changes_markdown(request: HttpRequest) -> HttpResponse:
    """The same as Markdown, the latest of them on one page."""
    lines = [
        f"- {change.day:%d.%m.%Y}: {markdown_link(change.told.title, change.told.url)} "
        f"({escape_markdown(change.told.group)}): {escape_markdown(' '.join(change.publication.note.split()))}"
        for change in _told(list(_majors()[:WINDOW]), level_of_request(request))[:LENGTH]
    ]
    nothing = ["Bisher gibt es keine wesentlichen Änderungen."]
    return markdown_answer("Wesentliche Änderungen", reverse("recent_changes"), lines or nothing)


def _feed(request: HttpRequest, subject: Subject) -> HttpResponse:
    changes = changes_of(subject, Visibility.PUBLIC)
    feed = new_feed(
        request, title=f"{settings.SITE_NAME}: Änderungen – {subject.title}", link=subject.url,
        guid=tag_of(f"aenderungen/{subject.kind}/{subject.object_id}"),
    )  # fmt: skip
    for change in changes:
        row = change.publication
        feed.add_item(
            title=change.told.title,
            link=absolute(change.told.url),
            description=row.note,
            unique_id=tag_of(f"fassung/{row.content_type_id}/{row.object_id}/{row.version}"),
            pubdate=row.published_at,
            updateddate=row.published_at,
            categories=[change.told.group],
        )
    return conditional(request, feed)


def changes_feed(request: HttpRequest) -> HttpResponse:
    """The major changes of everything."""
    return _feed(request, Everything.subject)


def changes_feed_of(request: HttpRequest, path: str) -> HttpResponse:
    """The major changes of the page, topic or act at an address; only what everybody may read has a feed."""
    address = f"/{path.strip('/')}/"
    subjects = registry.offered(request, address, Visibility.PUBLIC)
    own = next((subject for subject in subjects if subject.url == address), None)
    if own is None and (moved := moved_to(request, path)):
        return HttpResponsePermanentRedirect(f"{moved}aenderungen.atom")
    if own is None:
        raise Http404
    return _feed(request, own)
