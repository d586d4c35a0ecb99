"""Which facts there are and which pages rest on them; pages hold the identifiers as a list of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import TextField
from django.db.models.functions import Cast
from wagtail.models import Page

from knowledge.deadlines.queries import facts_used
from knowledge.models import Fact, RolePage, TrustedPage


def trusted_models() -> list[type[TrustedPage]]:
    """Return all page types with a trust line, those of higher apps included."""
    return [model for model in apps.get_models() if issubclass(model, TrustedPage)]


def models_with_facts() -> list[Any]:
    """Return all page types that name facts: those with a trust line, and the ways in by role."""
    return [*trusted_models(), RolePage]


def use_counts() -> Counter[str]:
    """Return how many pages and deadlines name each identifier: one query per kind, whatever their number."""
    counts: Counter[str] = Counter()
    for model in models_with_facts():
        rows = (
            model._default_manager.filter(alias_of=None)
            .exclude(facts=[])
            .order_by()
            .values_list("facts", flat=True)
        )
        for facts in rows.iterator(chunk_size=2000):
            counts.update({str(fact) for fact in facts or []})
    counts.update(facts_used())
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
