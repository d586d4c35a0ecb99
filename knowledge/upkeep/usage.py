"""Who cites, links or builds on a page or an act: asked before it is taken away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from wagtail.models import Page, ReferenceIndex

from knowledge.models import Act, LegalReference
from knowledge.tasks import body_models

LISTED = 25
_MANY = 200
_HOW = {
    "curated_related": "verwandte Seite",
    "next_step_page": "nächster Schritt",
    "successor": "ersetzt durch diese Seite",
    "topics": "weiteres Thema",
    "counterpart": "entsprechende Vorschrift",
}
LINK, OTHER = "Link im Text", "Verweis"


@dataclass
class Dependent:
    """A page or act that stays and refers to what is taken away; `how` says in German in which ways."""

    pk: int
    title: str
    live: bool
    is_page: bool = True
    how: list[str] = field(default_factory=list)

    def add(self, way: str) -> None:
        if way not in self.how:
            self.how.append(way)


def _way(model_path: str) -> str:
    first = model_path.split(".", maxsplit=1)[0]
    return _HOW.get(first, LINK if first == "body" else OTHER)


def _with_subtree(pages: Iterable[Page]) -> list[tuple[int, str]]:
    """Return id and address of pages and everything below them."""
    found = Q(pk__in=[])
    for page in pages:
        found |= Q(path__startswith=page.path)
    return list(Page.objects.filter(found).values_list("pk", "url_path"))


def _indexed(kind: Any, ids: Iterable[int]) -> dict[tuple[int, int], list[str]]:
    """Return what Wagtail's index knows: (content type, id) of the source → in which ways."""
    base = ContentType.objects.get_for_model(kind)
    rows = ReferenceIndex.objects.filter(to_content_type=base, to_object_id__in=[str(pk) for pk in ids])
    ways: dict[tuple[int, int], list[str]] = {}
    for type_id, source, path in rows.values_list("base_content_type", "object_id", "model_path"):
        ways.setdefault((type_id, int(source)), []).append(_way(path))
    return ways


def _linking(addresses: list[str]) -> set[int]:
    """Return the pages whose text names one of the addresses: links in Markdown are in no index."""
    if not addresses or len(addresses) > _MANY:
        return set()
    pattern = re.compile(rf'href="(?:{"|".join(map(re.escape, addresses))})[?#"]')
    named = Q(pk__in=[])
    for address in addresses:
        named |= Q(stored__contains=f'href=\\"{address}')
    found: set[int] = set()
    for model in body_models():
        rows = model.objects.annotate(stored=Cast("rendered", TextField())).filter(named)
        found |= {pk for pk, rendered in rows.values_list("pk", "rendered") if pattern.search(rendered["html"])}
    return found


def _listing(ways: dict[int, list[str]], gone: set[int]) -> list[Dependent]:
    pages = Page.objects.filter(pk__in=[pk for pk in ways if pk not in gone]).order_by("title")
    found = [Dependent(pk, title, live) for pk, title, live in pages.values_list("pk", "title", "live")]
    for dependent in found:
        for way in ways[dependent.pk]:
            dependent.add(way)
    return found


def dependents_of_pages(pages: Iterable[Page]) -> list[Dependent]:
    """Return the pages that link, cite or build on the given ones or their subpages; at most ten queries."""
    rows = _with_subtree(pages)
    ids = {pk for pk, _ in rows}
    page_type = ContentType.objects.get_for_model(Page).pk
    ways = {pk: how for (kind, pk), how in _indexed(Page, ids).items() if kind == page_type}
    # "/home/themen/ozg/" is "/themen/ozg/" for readers; the start page itself is in every text.
    addresses = ["/" + url.split("/", 2)[2] for _, url in rows if url.count("/") > 2]
    for pk in _linking(addresses):
        ways.setdefault(pk, []).append(LINK)
    return _listing(ways, ids)


def dependents_of_acts(acts: Iterable[Act]) -> list[Dependent]:
    """Return the pages that cite acts, by our own table of citations, and acts that name them."""
    ids = [act.pk for act in acts]
    ways: dict[int, list[str]] = {}
    rows = LegalReference.objects.filter(act__in=ids).values_list("page_id", "ref", "origin").order_by("ref")
    for page_id, ref, origin in rows:
        ways.setdefault(page_id, []).append(f"{LegalReference.Origin(origin).label}: {ref}" if ref else "Text")
    act_type, page_type = (ContentType.objects.get_for_model(model).pk for model in (Act, Page))
    others: list[int] = []
    for (kind, pk), how in _indexed(Act, ids).items():
        if kind == page_type:
            ways.setdefault(pk, []).extend(how)
        elif kind == act_type and pk not in ids:
            others.append(pk)
    named = Act.objects.filter(pk__in=others).order_by("abbreviation")
    return _listing(ways, set()) + [
        Dependent(act.pk, str(act), act.live, is_page=False, how=[_HOW["counterpart"]]) for act in named
    ]


def dependents_of(objects: Iterable[Any]) -> list[Dependent]:
    """Return what depends on pages or acts, whichever they are; other things have Wagtail's own usage page."""
    items = list(objects)
    pages = [item for item in items if isinstance(item, Page)]
    acts = [item for item in items if isinstance(item, Act)]
    return (dependents_of_pages(pages) if pages else []) + (dependents_of_acts(acts) if acts else [])
