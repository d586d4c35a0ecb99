"""Which pages a reader may see, as light rows for lists: a fixed number of queries whatever their number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest
from wagtail.contrib.redirects.middleware import get_redirect
from wagtail.models import Page

from knowledge.queries import Reader
from knowledge.retired import retired
from portal.core.sites import all_sites, site_of
from portal.core.text import sort_key
from portal.core.visibility import Visibility, current_restriction_levels

OTHER_LETTERS = "0–9"


@dataclass(frozen=True)
class PageRow:
    """One page of a list. `tree_path` is the treebeard path, `url` the address on this site."""

    pk: int
    title: str
    url: str
    kind: str
    changed: datetime | None
    tree_path: str
    depth: int

    @property
    def letter(self) -> str:
        return first_letter(self.title)


def first_letter(text: str) -> str:
    """Return the letter under which a text stands in an index after DIN 5007-1; digits and signs share one."""
    head = sort_key(text.lstrip("„\"'»( "))[:1].upper()
    return head if "A" <= head <= "Z" else OTHER_LETTERS


def public_reader() -> Reader:
    """Return somebody who reads what is public, whoever asks: for feeds and sitemaps."""
    closed = [path for path, level in current_restriction_levels() if level is not Visibility.PUBLIC]
    return Reader(Visibility.PUBLIC, closed)


def listed(pages: QuerySet[Page], reader: Reader) -> QuerySet[Page]:
    """Keep the live pages this reader may open, without questions that only lead to their successor."""
    return reader.filter(pages).exclude(retired())


def site_root(request: HttpRequest | None) -> Page:
    """Return the start page of the site that serves this request."""
    site = (site_of(request) if request else None) or all_sites()[0]
    return site.root_page


def kind_labels() -> dict[int, str]:
    """Return the German name of each page type by content type id."""
    from wagtail.models import get_page_models

    types = ContentType.objects.get_for_models(*get_page_models(), for_concrete_models=False)
    return {ct.pk: str(getattr(model, "kind_label", model._meta.verbose_name)) for model, ct in types.items()}


def page_rows(pages: QuerySet[Page], root: Page) -> list[PageRow]:
    """Read pages as rows: one query; addresses are derived from `url_path`."""
    kinds = kind_labels()
    start = len(root.url_path) - 1
    fields = ("pk", "title", "url_path", "content_type_id", "last_published_at", "path", "depth")
    return [
        PageRow(pk, title, url_path[start:] or "/", kinds.get(type_id, ""), changed, path, depth)
        for pk, title, url_path, type_id, changed, path, depth in pages.values_list(*fields)
    ]


def listed_rows(request: HttpRequest, pages: QuerySet[Page] | None = None) -> list[PageRow]:
    """Return the pages below the start page that this reader may see, in tree order."""
    root = site_root(request)
    base = root.get_descendants() if pages is None else pages.filter(path__startswith=root.path)
    return page_rows(listed(base, Reader.of(request)).order_by("path"), root)


def find_page(request: HttpRequest, path: str) -> Page | None:
    """Return the live page at an address of this site ("themen/ozg"), specific, or None; two queries."""
    if "\0" in path:  # no page has it, and PostgreSQL refuses to be asked
        return None
    root = site_root(request)
    url_path = root.url_path + (f"{path.strip('/')}/" if path.strip("/") else "")
    page = Page.objects.filter(url_path=url_path, path__startswith=root.path, live=True).first()
    return page.specific if page else None


def moved_to(request: HttpRequest, path: str) -> str:
    """Return the address of the page that used to stand at a path, or nothing: its other forms move with it."""
    found = get_redirect(request, f"/{path.strip('/')}")
    page = found.redirect_page if found else None
    return str(page.get_url(request) or "") if page is not None and page.live else ""


@dataclass(frozen=True)
class LetterGroup:
    """All entries under one letter; `anchor` is the id of its heading."""

    letter: str
    anchor: str
    entries: list[Any]


def by_letter(entries: Iterable[Any], text: Any) -> list[LetterGroup]:
    """Group entries by first letter, both in the order of DIN 5007-1; signs and digits come first."""
    groups: dict[str, list[Any]] = {}
    for entry in sorted(entries, key=lambda item: sort_key(text(item))):
        groups.setdefault(first_letter(text(entry)), []).append(entry)
    return [
        LetterGroup(letter, "buchstabe-" + ("0" if letter == OTHER_LETTERS else letter.lower()), groups[letter])
        for letter in sorted(groups, key=lambda letter: (letter != OTHER_LETTERS, letter))
    ]
