"""Who cites, links or builds on a page, an act or a term: asked before it is taken away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from wagtail.models import Page, ReferenceIndex

from knowledge.links import recorded
from knowledge.models import Act, GlossaryTerm, LegalReference

LISTED = 25
# Databases bound how many conditions a query may have; nobody selects more by hand.
_AT_ONCE = 200
_HOW = {
    "curated_related": "verwandte Seite",
    "first_pages": "eine der ersten Seiten für eine Rolle",
    "next_step_page": "nächster Schritt",
    "successor": "ersetzt durch diese Seite",
    "topics": "weiteres Thema",
    "counterpart": "entsprechende Vorschrift",
}
LINK, OTHER = recorded.LINK, "Verweis"
_MODELS: dict[str, Any] = {"page": Page, "act": Act, "term": GlossaryTerm}

# (page, act or term; id) → in which German words it depends.
Ways = dict[tuple[str, int], list[str]]


@dataclass
class Dependent:
    """What stays and refers to what is taken away; `how` says in German in which ways."""

    pk: int
    title: str
    live: bool
    kind: str = "page"
    how: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is edited."""
        if self.kind == "page":
            return reverse("wagtailadmin_pages:edit", args=[self.pk])
        return reverse(f"wagtailsnippets_knowledge_{_MODELS[self.kind]._meta.model_name}:edit", args=[self.pk])


def _way(model_path: str) -> str:
    first = model_path.split(".", maxsplit=1)[0]
    return _HOW.get(first, LINK if first == "body" else OTHER)


def _add_indexed(ways: Ways, model: Any, ids: QuerySet[Any]) -> None:
    """Add what Wagtail's index knows; `ids` are those of `model` that go, of any number."""
    types = {ContentType.objects.get_for_model(found).pk: kind for kind, found in _MODELS.items()}
    keys = ids.order_by().annotate(key=Cast("pk", CharField())).values("key")
    rows = ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(model),
        to_object_id__in=keys,
        base_content_type__in=types,
    )
    for type_id, source, path in rows.values_list("base_content_type", "object_id", "model_path").distinct():
        ways.setdefault((types[type_id], int(source)), []).append(_way(path))


def _add_links(ways: Ways, subjects: Iterable[Any]) -> None:
    """Add the texts that name one of the addresses."""
    for kind, pk, way in recorded.naming(subjects):
        ways.setdefault((kind, pk), []).append(way)


def _listing(ways: Ways, gone: tuple[str, ...] = ()) -> list[Dependent]:
    """Return what depends, pages first, by title; pages whose path begins with one of `gone` go themselves."""
    found = []
    for kind, name in (("page", "title"), ("act", "abbreviation"), ("term", "term")):
        ids = [pk for of, pk in ways if of == kind]
        for row in _MODELS[kind]._default_manager.filter(pk__in=ids).order_by(name) if ids else ():
            if kind != "page" or not gone or not row.path.startswith(gone):
                how = list(dict.fromkeys(ways[kind, row.pk]))
                found.append(Dependent(row.pk, getattr(row, name), row.live, kind, how))
    return found


def _topmost(pages: Iterable[Page]) -> list[Page]:
    """Return the pages without those below another one of them."""
    found: list[Page] = []
    for page in sorted(pages, key=lambda item: item.path):
        if not found or not page.path.startswith(found[-1].path):
            found.append(page)
    return found


def dependents_of_pages(pages: Iterable[Page]) -> list[Dependent]:
    """Return what links, cites or builds on pages or anything below them; few queries for a tree of any size."""
    ways: Ways = {}
    tops = _topmost(pages)
    for start in range(0, len(tops), _AT_ONCE):
        some = tops[start : start + _AT_ONCE]
        below = Q(pk__in=[])
        for page in some:
            below |= Q(path__startswith=page.path)
        _add_indexed(ways, Page, Page.objects.filter(below))
        _add_links(ways, some)
    return _listing(ways, tuple(page.path for page in tops))


def dependents_of_acts(acts: Iterable[Act]) -> list[Dependent]:
    """Return the pages that cite acts, by our own table of citations, and what names them or their address."""
    items = list(acts)
    ids = [act.pk for act in items]
    ways: Ways = {}
    rows = LegalReference.objects.filter(act__in=ids).values_list("page_id", "ref", "origin").order_by("ref")
    for page_id, ref, origin in rows:
        way = f"{LegalReference.Origin(origin).label}: {ref}" if ref else "Text"
        ways.setdefault(("page", page_id), []).append(way)
    _add_indexed(ways, Act, Act.objects.filter(pk__in=ids))
    _add_links(ways, items)
    return [item for item in _listing(ways) if item.kind != "act" or item.pk not in ids]


def dependents_of_terms(terms: Iterable[GlossaryTerm]) -> list[Dependent]:
    """Return what links terms of the glossary; that their words stand in texts breaks nothing."""
    items = list(terms)
    ways: Ways = {}
    _add_links(ways, items)
    ids = {term.pk for term in items}
    return [item for item in _listing(ways) if item.kind != "term" or item.pk not in ids]


def dependents_of(objects: Iterable[Any]) -> list[Dependent]:
    """Return what depends on pages, acts or terms; other things have Wagtail's own usage page."""
    items = list(objects)
    found: list[Dependent] = []
    for kind, ask in ((Page, dependents_of_pages), (Act, dependents_of_acts), (GlossaryTerm, dependents_of_terms)):
        if some := [item for item in items if isinstance(item, kind)]:
            found += ask(some)
    return found
