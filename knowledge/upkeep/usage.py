"""Who cites, links or builds on a page, an act, a term or a deadline: asked before it is taken away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from wagtail.models import Page, ReferenceIndex, Revision

from knowledge.acts import act_index
from knowledge.citations import parse_basis
from knowledge.links import recorded
from knowledge.models import Act, Deadline, GlossaryTerm, LegalReference
from knowledge.reading.kinds import KINDS, kind_of

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
    "articles": "Seite, die die Frist zeigt",
    "topic": "Feld der Frist",
}
LINK, OTHER = recorded.LINK, "Verweis"
_NAMES = {"page": "title", "act": "abbreviation", "term": "term", "deadline": "title"}

# (kind, id) → in which German words it depends.
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
        return reverse(f"wagtailsnippets_knowledge_{KINDS[self.kind]._meta.model_name}:edit", args=[self.pk])


def _way(model_path: str) -> str:
    first = model_path.split(".", maxsplit=1)[0]
    return _HOW.get(first, LINK if first == "body" else OTHER)


def _add_indexed(ways: Ways, model: Any, ids: QuerySet[Any]) -> None:
    """Add what Wagtail's index knows; `ids` are those of `model` that go, of any number."""
    types = {ContentType.objects.get_for_model(found).pk: kind for kind, found in KINDS.items()}
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
    for kind, name in _NAMES.items():
        ids = [pk for of, pk in ways if of == kind]
        for row in KINDS[kind]._default_manager.filter(pk__in=ids).order_by(name) if ids else ():
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


def _add_deadlines(ways: Ways, acts: set[int]) -> None:
    """Add the deadlines whose legal basis names one of the acts; there are few, so they are read."""
    index = act_index()
    rows = Deadline.objects.exclude(legal_basis="").values_list("pk", "legal_basis").order_by("pk")
    for pk, lines in rows:
        for line in lines.splitlines():
            if any(citation.act.pk in acts for citation in parse_basis(line, index)):
                ways.setdefault(("deadline", pk), []).append(f"Rechtsgrundlage: {line.strip()}")


def dependents_of_acts(acts: Iterable[Act]) -> list[Dependent]:
    """Return the pages and deadlines that cite acts, and what names them or their address."""
    items = list(acts)
    ids = [act.pk for act in items]
    ways: Ways = {}
    rows = LegalReference.objects.filter(act__in=ids).values_list("page_id", "ref", "origin").order_by("ref")
    for page_id, ref, origin in rows:
        way = f"{LegalReference.Origin(origin).label}: {ref}" if ref else "Text"
        ways.setdefault(("page", page_id), []).append(way)
    _add_deadlines(ways, set(ids))
    _add_indexed(ways, Act, Act.objects.filter(pk__in=ids))
    _add_links(ways, items)
    return [item for item in _listing(ways) if item.kind != "act" or item.pk not in ids]


def dependents_of_named(snippets: Iterable[Any]) -> list[Dependent]:
    """Return what links terms or deadlines; that the words of a term stand in texts breaks nothing."""
    items = list(snippets)
    ways: Ways = {}
    _add_links(ways, items)
    gone = {(kind_of(item), item.pk) for item in items}
    return [item for item in _listing(ways) if (item.kind, item.pk) not in gone]


def dependents_of(objects: Iterable[Any]) -> list[Dependent]:
    """Return what depends on pages, acts, terms or deadlines; other things have Wagtail's own usage page."""
    items = list(objects)
    found: list[Dependent] = []
    asked: tuple[tuple[Any, Any], ...] = (
        (Page, dependents_of_pages), (Act, dependents_of_acts), ((GlossaryTerm, Deadline), dependents_of_named),
    )  # fmt: skip
    for kind, ask in asked:
        if some := [item for item in items if isinstance(item, kind)]:
            found += ask(some)
    return found


def planned_below(page: Page) -> list[tuple[str, datetime]]:
    """Return title and time of the released versions that wait for their time in live subpages; one query."""
    ids = page.get_descendants().filter(live=True).order_by().annotate(key=Cast("pk", CharField())).values("key")
    planned = Revision.objects.filter(
        approved_go_live_at__isnull=False, object_id__in=ids,
        base_content_type=ContentType.objects.get_for_model(Page),
    ).order_by("approved_go_live_at")  # fmt: skip
    return list(planned.values_list("object_str", "approved_go_live_at"))
