"""Which facts there are and which pages rest on them; pages hold the identifiers as a list of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from wagtail.models import Page

from knowledge.models import Act, Deadline, Fact, GlossaryTerm, RolePage, TrustedPage

# What names facts and is no page, in the order in which it is listed.
ENTRIES: tuple[type[Any], ...] = (GlossaryTerm, Act, Deadline)


def trusted_models() -> list[type[TrustedPage]]:
    """Return all page types with a trust line, those of higher apps included."""
    return [model for model in apps.get_models() if issubclass(model, TrustedPage)]


def models_with_facts() -> list[Any]:
    """Return all page types that name facts: those with a trust line, and the ways in by role."""
    return [*trusted_models(), RolePage]


def _lists(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.exclude(facts=[]).order_by().values_list("facts", flat=True)


def use_counts() -> Counter[str]:
    """Return how many pages and entries name each identifier: a query per page type, one for all entries."""
    counts: Counter[str] = Counter()
    pages = [model._default_manager.filter(alias_of=None) for model in models_with_facts()]
    first, *others = (_lists(model.objects.all()) for model in ENTRIES)
    for lists in (*map(_lists, pages), first.union(*others, all=True)):
        for facts in lists.iterator(chunk_size=2000):
            counts.update({str(fact) for fact in facts or []})
    return counts


def pages_using(identifier: str) -> list[Page]:
    """Return the pages that name a fact, also those not yet published, by title; an alias goes with its source."""
    found: list[Page] = []
    for model in models_with_facts():
        rows = model._default_manager.filter(alias_of=None).annotate(facts_text=Cast("facts", TextField()))
        rows = rows.filter(facts_text__contains=f'"{identifier}"')
        if issubclass(model, TrustedPage):
            rows = rows.select_related("responsible_person").defer("rendered", "body")
        found += [page for page in rows if identifier in page.facts]
    return sorted(found, key=lambda page: (page.title.casefold(), page.pk))


def entries_using(identifier: str) -> list[Any]:
    """Return the terms, acts and deadlines, drafts included, that rest on a fact: one query per kind."""
    found: list[Any] = []
    for model in ENTRIES:
        rows = model.objects.annotate(facts_text=Cast("facts", TextField()))
        rows = rows.filter(facts_text__contains=f'"{identifier}"').order_by("slug")
        if model is Deadline:
            rows = rows.select_related("responsible_person")
        found += [row for row in rows if identifier in row.facts]
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
