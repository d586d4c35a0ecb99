"""Slug paths of all pages and names of all files, as the Markdown form uses them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from pathlib import PurePosixPath
from typing import Any

from django.contrib.contenttypes.models import ContentType
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Site

from knowledge.content_io.files import FOLDER, export_name
from portal.core.content_io import KINDS
from portal.core.content_io.kinds import INDEX


def home_page() -> Page:
    """Return the start page of the default site; there must be one."""
    site = Site.objects.select_related("root_page").filter(is_default_site=True).first()
    if site is None:
        raise RuntimeError("There is no default site; run migrate first.")
    return site.root_page


def path_below(home_url_path: str, url_path: str) -> str:
    """Return the slug path for Wagtail's `url_path`; the start page is `index`."""
    return url_path.removeprefix(home_url_path).strip("/") or INDEX


def parent_path(path: str) -> str:
    """Return the slug path of the page above; the start page has none."""
    if path == INDEX:
        return ""
    return path.rpartition("/")[0] or INDEX


class PageTree:
    """All pages of the default site by slug path: one query."""

    def __init__(self) -> None:
        self.home = home_page()
        names = {
            ContentType.objects.get_for_model(kind.model).pk: kind.name for kind in KINDS.values() if kind.is_page
        }
        rows = Page.objects.descendant_of(self.home, inclusive=True).order_by("path")
        self.ids: dict[str, int] = {}
        self.types: dict[str, str] = {}
        self.live: dict[int, bool] = {}
        for pk, url_path, content_type, live in rows.values_list("pk", "url_path", "content_type_id", "live"):
            path = path_below(self.home.url_path, url_path)
            self.ids[path] = pk
            self.types[path] = names.get(content_type, "page")
            self.live[pk] = live
        self.paths = {pk: path for path, pk in self.ids.items()}

    def above(self, path: str) -> int | None:
        """Return the key of the page above; None for the start page."""
        return self.ids.get(parent_path(path))

    def published(self) -> set[int]:
        """Return the live pages all of whose parents are live: only these can be read."""
        shown: set[int] = set()
        for path, pk in sorted(self.ids.items(), key=lambda pair: pair[0].count("/")):
            above = self.above(path)
            if self.live[pk] and (above is None or above in shown):
                shown.add(pk)
        return shown

    def add(self, path: str, pk: int, kind: str) -> None:
        self.ids[path] = pk
        self.paths[pk] = path
        self.types[path] = kind


class StoredContent:
    """Export context: what the database holds, with names that do not depend on its keys.

    `visible` decides which pages may be named; by default all.
    """

    ids = True

    def __init__(self, tree: PageTree, visible: Callable[[int], bool] | None = None) -> None:
        self.tree = tree
        self.visible = visible or (lambda pk: True)
        self.files: dict[str, Any] = {}
        self._names: dict[tuple[type[Any], int], str] = {}
        self._items: dict[tuple[str, Any], Any] = {}

    def path_of(self, page_id: int | None) -> str:
        if page_id is None or not self.visible(page_id):
            return ""
        return self.tree.paths.get(page_id, "")

    def file_name(self, item: Any) -> str:
        key = (type(item), item.pk)
        if key not in self._names:
            name = export_name(item.title, PurePosixPath(item.file.name).suffix, _digest(item))
            self._names[key] = name
            self.files.setdefault(name, item)
        return self._names[key]

    def document(self, pk: Any) -> Any:
        return self._item("document", get_document_model(), pk)

    def image(self, pk: Any) -> Any:
        return self._item("image", get_image_model(), pk)

    def _item(self, kind: str, model: type[Any], pk: Any) -> Any:
        if (kind, pk) not in self._items:
            self._items[(kind, pk)] = model.objects.filter(pk=pk).first() if pk else None
        return self._items[(kind, pk)]


def _digest(item: Any) -> str:
    """Return the SHA-256 of a stored file; zeros where the file is missing."""
    try:
        with item.file.storage.open(item.file.name, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return "0" * 64


def file_of(path: str, *, container: bool) -> str:
    """Return where the file of an object stands in an export."""
    last = path.rpartition("/")[2]
    if path != INDEX and (container or last == INDEX):
        return f"{path}/{INDEX}.md"
    return f"{path}.md"


def path_of_file(name: str) -> str:
    """Return the slug path for a file name in posix form."""
    path = name.removesuffix(".md")
    return path.removesuffix(f"/{INDEX}") if path != INDEX else INDEX


def is_content_file(parts: Collection[str]) -> bool:
    """Leave out files that are not content: attachments, hidden files, notes for people."""
    names = list(parts)
    return (
        names[0] != FOLDER
        and not any(name.startswith(".") for name in names)
        and names[-1].endswith(".md")
        and names[-1].lower() != "readme.md"
    )
