"""Which facts there are and which pages rest on them; pages hold the identifiers as a list of their own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import IntegerField, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from wagtail.models import Page, Revision

from knowledge.models import Act, Deadline, Fact, GlossaryTerm, RolePage, TrustedPage, Upkept

# What names facts and is no page, in the order in which it is listed.
ENTRIES: tuple[type[Any], ...] = (GlossaryTerm, Act, Deadline)


def trusted_models() -> list[type[TrustedPage]]:
    """Return all page types with a trust line, those of higher apps included."""
    return [model for model in apps.get_models() if issubclass(model, TrustedPage)]


def upkept_models() -> list[type[Any]]:
    """Return all page types that are reviewed at intervals, those of higher apps included."""
    return [model for model in apps.get_models() if issubclass(model, Upkept)]


def models_with_facts() -> list[Any]:
    """Return all page types that name facts: those with a trust line, and the ways in by role."""
    return [*trusted_models(), RolePage]


def _drafts(models: Iterable[type[Any]], identifier: str = "") -> dict[tuple[type[Any], int], set[str]]:
    """Return what the latest unpublished versions name, of one fact or of all: one query.

    By model (`Page` for all page types) and primary key. The row of a live page does not know its waiting draft.
    """
    latest = Q()
    by_type: dict[int, type[Any]] = {}
    for model in models:
        by_type[ContentType.objects.get_for_model(model).pk] = model
        waiting = model.objects.filter(has_unpublished_changes=True, latest_revision__isnull=False)
        if model is Page:
            waiting = waiting.filter(alias_of=None)
        latest |= Q(pk__in=waiting.order_by().values("latest_revision"))
    rows = Revision.objects.filter(latest).annotate(named=KeyTextTransform("facts", "content"))
    rows = rows.filter(named__contains=f'"{identifier}"' if identifier else '"').order_by()
    values = rows.values_list("base_content_type", "object_id", "named").iterator(chunk_size=2000)
    found = {(by_type[kind], int(pk)): set(map(str, json.loads(named))) for kind, pk, named in values}
    return {key: facts for key, facts in found.items() if not identifier or identifier in facts}


def _lists(rows: QuerySet[Any], number: int) -> QuerySet[Any]:
    rows = rows.exclude(facts=[]).order_by().annotate(number=Value(number, IntegerField()))
    return rows.values_list("number", "pk", "facts")


def use_counts() -> Counter[str]:
    """Return how many pages and entries name each identifier, in their row or in a draft that waits.

    A query per page type, one for all entries and one for all drafts.
    """
    counts: Counter[str] = Counter()
    kinds = (Page, *ENTRIES)
    drafts = _drafts(kinds)
    pages = [_lists(model._default_manager.filter(alias_of=None), 0) for model in models_with_facts()]
    first, *others = (_lists(model.objects.all(), number) for number, model in enumerate(ENTRIES, start=1))
    for rows in (*pages, first.union(*others, all=True)):
        for number, pk, facts in rows.iterator(chunk_size=2000):
            waiting = drafts.pop((kinds[number], pk), set())
            counts.update({str(fact) for fact in facts or []} | waiting)
    for waiting in drafts.values():
        counts.update(waiting)
    return counts


def pages_using(identifier: str) -> list[Page]:
    """Return the pages that name a fact, by title; an alias goes with its source.

    Pages not yet published count, and so does what only the waiting draft of a live page names. The number of
    queries depends on the page types only.
    """
    found: list[Page] = []
    drafted = {pk for _, pk in _drafts([Page], identifier)}
    for model in models_with_facts():
        rows = model._default_manager.filter(alias_of=None).annotate(facts_text=Cast("facts", TextField()))
        rows = rows.filter(Q(facts_text__contains=f'"{identifier}"') | Q(pk__in=drafted))
        if issubclass(model, TrustedPage):
            rows = rows.select_related("responsible_person").defer("rendered", "body")
        found += [page for page in rows if identifier in page.facts or page.pk in drafted]
    return sorted(found, key=lambda page: (page.title.casefold(), page.pk))


def entries_using(identifier: str) -> list[Any]:
    """Return the terms, acts and deadlines, drafts included, that rest on a fact: one query per kind, one more."""
    found: list[Any] = []
    drafted = _drafts(ENTRIES, identifier)
    for model in ENTRIES:
        own = {pk for kind, pk in drafted if kind is model}
        rows = model.objects.annotate(facts_text=Cast("facts", TextField()))
        rows = rows.filter(Q(facts_text__contains=f'"{identifier}"') | Q(pk__in=own)).order_by("slug")
        if model is Deadline:
            rows = rows.select_related("responsible_person")
        found += [row for row in rows if identifier in row.facts or row.pk in own]
    return found


def known_identifiers() -> list[str]:
    return list(Fact.objects.order_by("identifier").values_list("identifier", flat=True))


@dataclass(frozen=True)
class NamedFact:
    """A fact as a page names it; `fact` is missing where the sheet has no such identifier."""

    identifier: str
    fact: Fact | None


def facts_named(identifiers: Iterable[str]) -> list[NamedFact]:
    """Return what stands behind the identifiers of a page, in their order: one query."""
    wanted = [str(name) for name in identifiers]
    found = {fact.identifier: fact for fact in Fact.objects.filter(identifier__in=wanted)} if wanted else {}
    return [NamedFact(name, found.get(name)) for name in wanted]
