"""Ways in by word and by place: A–Z, tag, overview of everything. All lists hold what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from wagtail.models import Page

from knowledge.models import GlossaryTerm
from knowledge.readable import LetterGroup, PageRow, by_letter, first_letter, listed_rows
from portal.core.markdown_answers import offer_markdown
from portal.core.models import Tag
from portal.core.pagecache import register_query
from portal.core.text import sort_key

HOME = {"title": "Startseite", "url": "/"}
WHOLE_INDEX = 600
PER_PAGE = 50
PER_BRANCH = 60
LETTERS = ["0–9", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"]

register_query("buchstabe", r"[A-Za-z0]")


@dataclass(frozen=True)
class IndexEntry:
    """One line of the A–Z index; `note` says what a term is short for."""

    title: str
    url: str
    kind: str
    note: str = ""


def chosen_letter(request: HttpRequest) -> str:
    """Return the letter asked for by ?buchstabe=, or nothing."""
    value = request.GET.get("buchstabe", "").strip().upper()[:1]
    return "0–9" if value == "0" else value if value in LETTERS else ""


def letter_nav(groups: list[LetterGroup], letter: str, *, whole: bool) -> list[dict[str, Any]]:
    """Return the row of letters: anchors where all is on one page, addresses where each has its own."""
    found = {group.letter: group for group in groups}
    nav = []
    for name in LETTERS:
        group = found.get(name)
        url = ""
        if group is not None:
            value = "0" if name == "0–9" else name
            url = f"#{group.anchor}" if whole and not letter else f"?buchstabe={value}#{group.anchor}"
        nav.append({"letter": name, "url": url, "current": name == letter})
    return nav


def index_entries(request: HttpRequest) -> list[IndexEntry]:
    """Return all pages and terms the reader may see, and where the deadlines are."""
    entries = [IndexEntry(row.title, row.url, row.kind) for row in listed_rows(request)]
    entries.append(IndexEntry("Fristen", reverse("deadlines"), "Verzeichnis"))
    entries.append(IndexEntry("Praxisberichte", reverse("reports"), "Verzeichnis"))
    terms = GlossaryTerm.objects.filter(live=True).values_list("term", "expansion", "slug")
    entries += [
        IndexEntry(term, reverse("glossary_term", args=[slug]), "Begriff", expansion)
        for term, expansion, slug in terms
    ]
    return entries


def az(request: HttpRequest) -> HttpResponse:
    """All pages and terms by letter; beyond 600 entries one letter at a time."""
    entries = index_entries(request)
    groups = by_letter(entries, lambda entry: entry.title)
    whole = len(entries) <= WHOLE_INDEX
    letter = chosen_letter(request)
    if not letter and not whole:
        letter = next((group.letter for group in groups if group.letter != "0–9"), "")
    shown = [group for group in groups if not letter or group.letter == letter]
    context = {
        "groups": shown,
        "letters": letter_nav(groups, letter, whole=whole),
        "letter": letter,
        "whole": whole,
        "total": len(entries),
        "breadcrumbs": [HOME],
        "meta": {"title": "A–Z", "description": "Alle Seiten und Begriffe nach Anfangsbuchstaben."},
    }
    return offer_markdown(render(request, "knowledge/az.html", context), request.path)


def tagged(request: HttpRequest, slug: str) -> tuple[Tag, list[PageRow]]:
    """Return a tag with all pages of it that the reader may see.

    Raises:
        Http404: there is no such tag, or it is on no page that the reader may see.
    """
    found = Tag.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    pages = Page.objects.filter(pk__in=found.page_tags.values("content_object"))
    rows = sorted(listed_rows(request, pages), key=lambda row: (row.kind, sort_key(row.title)))
    if not rows:
        raise Http404
    return found, rows


def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """All pages with one tag; a tag on no page that the reader may see is not there."""
    found, rows = tagged(request, slug)
    page_of = Paginator(rows, PER_PAGE).get_page(request.GET.get("seite"))
    context = {
        "tag": found,
        "rows": page_of.object_list,
        "page_obj": page_of,
        "total": len(rows),
        "breadcrumbs": [HOME],
        "meta": {
            "title": f"Schlagwort: {found.name}",
            "description": f"{len(rows)} Seiten zum Schlagwort {found.name}"
            if len(rows) > 1
            else f"Eine Seite zum Schlagwort {found.name}",
            "noindex": page_of.number > 1,
        },
    }
    return offer_markdown(render(request, "knowledge/tag.html", context), request.path)


@dataclass
class Branch:
    """A page with what stands below it; `more` counts pages left out for length."""

    row: PageRow
    children: list[Branch] = field(default_factory=list)
    more: int = 0


def grow(rows: list[PageRow]) -> list[Branch]:
    """Make a tree of rows in tree order; what hangs below a hidden page has been left out already."""
    top: list[Branch] = []
    open_branches: list[Branch] = []
    for row in rows:
        while open_branches and not row.tree_path.startswith(open_branches[-1].row.tree_path):
            open_branches.pop()
        branch = Branch(row)
        siblings = open_branches[-1].children if open_branches else top
        if open_branches and len(siblings) >= PER_BRANCH:
            open_branches[-1].more += 1
        else:
            siblings.append(branch)
        open_branches.append(branch)
    return top


def other_indexes() -> list[dict[str, str]]:
    """Return the indexes that are no pages of the tree."""
    return [
        {"title": "Fristen", "url": reverse("deadlines")},
        {"title": "Praxisberichte", "url": reverse("reports")},
        {"title": "Glossar", "url": reverse("glossary")},
        {"title": "Recht", "url": reverse("acts")},
        {"title": "A–Z", "url": reverse("az")},
        {"title": "Wie die Suche sortiert", "url": reverse("search_ranking")},
    ]


def site_map(request: HttpRequest) -> HttpResponse:
    """The whole portal as a tree, with the pages that are no part of it."""
    context = {
        "branches": grow(listed_rows(request)),
        "others": other_indexes(),
        "breadcrumbs": [HOME],
        "meta": {"title": "Übersicht", "description": "Alle Seiten des Portals auf einen Blick."},
    }
    return offer_markdown(render(request, "knowledge/site_map.html", context), request.path)


__all__ = [
    "az",
    "chosen_letter",
    "first_letter",
    "grow",
    "index_entries",
    "letter_nav",
    "other_indexes",
    "site_map",
    "tag",
    "tagged",
]
