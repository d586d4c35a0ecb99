"""What the start page shows."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q
from django.http import HttpRequest
from wagtail.models import Page, ReferenceIndex

from knowledge.listings import topic_card
from knowledge.models import Act, GlossaryTerm, RolePage, TopicPage
from knowledge.queries import Reader, card, pages_by_id, with_cards
from knowledge.retired import retired
from knowledge.role_pages.listing import link_of
from knowledge.role_pages.queries import role_pages

NEWEST = 5
NEEDED = 6
MOST_LINKED = 60
_GUIDANCE = Q(articlepage__isnull=False) | (Q(questionpage__isnull=False) & ~retired())


def newest(reader: Reader) -> list[dict[str, Any]]:
    """Return what was published or changed last."""
    others = Q(templatepage__isnull=False) | Q(decisionhelppage__isnull=False)
    pages = with_cards(reader.filter(Page.objects.filter(_GUIDANCE | others)))
    return [card(row, reader.request) for row in pages.order_by("-last_published_at", "-pk")[:NEWEST]]


def needed(home: Any, reader: Reader) -> list[dict[str, Any]]:
    """Return the editors' choice; without one, the articles and questions other pages link most."""
    chosen = [item.target_id for item in home.needed_pages.all()]
    if chosen:
        return pages_by_id(chosen, reader)
    page_type = ContentType.objects.get_for_model(Page)
    links = ReferenceIndex.objects.filter(to_content_type=page_type).values("to_object_id")
    counted = links.annotate(n=Count("pk")).order_by("-n", "to_object_id")[:MOST_LINKED]
    ids = [int(row["to_object_id"]) for row in counted]
    return pages_by_id(ids, reader, only=_GUIDANCE)[:NEEDED]


def home_context(home: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the context of the start page."""
    reader = Reader.of(request)
    topics = list(
        reader.filter(TopicPage.objects.descendant_of(home))
        .filter(depth=home.depth + 2)
        .order_by("sort_order", "title")
    )
    counts = reader.filter(Page.objects.descendant_of(home)).aggregate(
        articles=Count("articlepage"), questions=Count("questionpage"), templates=Count("templatepage")
    )
    return {
        "breadcrumbs": [],
        "fields": [topic_card(row, request) for row in topics if row.is_field],
        "topics": [topic_card(row, request) for row in topics if not row.is_field],
        "roles": [link_of(row, request) for row in role_pages(reader, RolePage.objects.descendant_of(home))],
        "newest": newest(reader),
        "needed": needed(home, reader),
        "counts": {
            **counts,
            "terms": GlossaryTerm.objects.filter(live=True).count(),
            "acts": Act.objects.filter(live=True).count(),
        },
    }
