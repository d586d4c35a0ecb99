"""What concerns a role, as its reader may see it; each list costs a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, F, Q, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce
from wagtail.models import Page

from knowledge.deadlines.queries import all_deadlines
from knowledge.facts.queries import trusted_models
from knowledge.listings import in_reading_order
from knowledge.models import ArticlePage, Deadline, DeadlineArticle, RolePage
from knowledge.models.role import FIRST_PAGES
from knowledge.models.trust import Audience
from knowledge.queries import Reader, card, cards, pages_by_id, with_cards
from knowledge.retired import retired
from portal.core.models import Publication, Significance
from portal.core.subscriptions import registry
from portal.core.text import sort_key

# The newest changes that are looked at, and how many pages are shown.
WINDOW = 200
CHANGES = 10
Kind = ArticlePage.Kind


def pages_for(role: str, reader: Reader) -> QuerySet[Page]:
    """Return the pages for a role that the reader may read, without retired questions, as a query."""
    names = (f"{model._meta.model_name}__audience" for model in trusted_models())
    audience = Coalesce(*(Cast(F(name), TextField()) for name in names))
    pages: QuerySet[Page] = reader.filter(Page.objects.annotate(audience_text=audience))
    pages = pages.filter(audience_text__contains=f'"{role}"')
    return pages.exclude(retired())


def deadline_ids(role: str, reader: Reader) -> set[int]:
    """Return the deadlines that concern a page for the role; one query."""
    pages = pages_for(role, reader).values("pk")
    return set(DeadlineArticle.objects.filter(target__in=pages).values_list("deadline_id", flat=True))


def deadlines_for(role: str, reader: Reader) -> list[Deadline]:
    """Return the deadlines of a role that are not over and done with, by day, those without one last."""
    ids = deadline_ids(role, reader)
    rows = all_deadlines(reader) if ids else []
    return [row for row in rows if row.pk in ids and not Deadline.Status(row.status).is_folded]


@dataclass(frozen=True)
class Changed:
    """A page whose readers had to look again: its newest major version in a span of time."""

    title: str
    url: str
    at: datetime
    note: str


def changed_between(role: str, begin: datetime, end: datetime, reader: Reader) -> list[Changed]:
    """Return the pages for a role with a major version in a span of aware moments, the newest first."""
    keys = pages_for(role, reader).annotate(key=Cast("pk", CharField())).values("key")
    types = ContentType.objects.get_for_models(*trusted_models()).values()
    rows = Publication.objects.filter(
        significance=Significance.MAJOR, published_at__gte=begin, published_at__lt=end, object_id__in=keys,
        content_type__in=[content_type.pk for content_type in types],
    )  # fmt: skip
    newest: dict[str, Publication] = {}
    for row in rows.order_by("-published_at", "-pk")[:WINDOW]:
        newest.setdefault(row.object_id, row)
    told = registry.read(list(newest.values()), reader.level)
    found = [(row, told[row.pk]) for row in newest.values() if row.pk in told]
    return [Changed(it.title, it.url, row.published_at, row.note) for row, it in found[:CHANGES]]


def first_pages(page: RolePage, reader: Reader) -> list[dict[str, Any]]:
    """Return cards of the editors' choice; what is missing or closed is made up for by articles for the role."""
    chosen = [row.target_id for row in page.first_pages.all()]
    found = pages_by_id(chosen, reader)[:FIRST_PAGES]
    if len(found) == FIRST_PAGES or not page.role:
        return found
    others = pages_for(page.role, reader).filter(articlepage__isnull=False).exclude(pk__in=chosen)
    others = others.exclude(articlepage__kind__in=[Kind.CHECKLISTE, Kind.PRAXISBERICHT])
    further = in_reading_order(with_cards(others))[: FIRST_PAGES - len(found)]
    return [*found, *(card(row, reader.request) for row in further)]


def checklists(role: str, reader: Reader) -> list[dict[str, Any]]:
    """Return cards of the checklists and templates for a role, checklists first; one query."""
    either = Q(articlepage__kind=Kind.CHECKLISTE) | Q(templatepage__isnull=False)
    found = cards(pages_for(role, reader).filter(either), reader)
    return sorted(found, key=lambda row: (row["kind"] != Kind.CHECKLISTE.label, sort_key(row["title"])))


def role_pages(reader: Reader, pages: QuerySet[RolePage]) -> list[RolePage]:
    """Return those of some ways in by role that the reader may read, in the order of the roles; one query."""
    order = Audience.values
    rows = reader.filter(pages).exclude(role="")
    return sorted(rows, key=lambda row: order.index(row.role))
