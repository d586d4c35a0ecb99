"""Write content as a folder of Markdown files; the same content always gives the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wagtail.models import Page

from knowledge.content_io.importer import latest
from knowledge.content_io.tree import PageTree, StoredContent, file_of
from portal.core.content_io import KINDS, Document, Kind, document_of, dump_sheet, kind_of

BATCH = 200


@dataclass
class Exported:
    """What an export wrote, and what it had to leave out."""

    documents: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # attachments without a file in the storage


def export_directory(
    root: Path, *, drafts: bool = False, progress: Callable[[str], None] = lambda text: None
) -> Exported:
    """Write all published content below `root`; with `drafts` everything, as editors last left it."""
    tree = PageTree()
    shown = set(tree.live) if drafts else tree.published()
    stored = StoredContent(tree, visible=shown.__contains__)
    result = Exported()
    for document, container in _documents(tree, stored, shown, drafts=drafts):
        name = file_of(document.path, container=container)
        _write(root / name, document.text())
        result.documents.append(name)
        if len(result.documents) % 100 == 0:
            progress(f"  {len(result.documents)} Dateien geschrieben")
    for kind in KINDS.values():
        if kind.sheet and (rows := _sheet_rows(kind, stored, drafts=drafts)):
            _write(root / kind.sheet, dump_sheet(kind, rows))
            result.documents.append(kind.sheet)
    for name, item in sorted(stored.files.items()):
        _copy(root / name, item, result)
    return result


def _documents(
    tree: PageTree, stored: StoredContent, shown: set[int], *, drafts: bool
) -> Iterator[tuple[Document, bool]]:
    for kind in KINDS.values():
        if not kind.is_page and not kind.sheet:
            for instance in kind.all():
                if drafts or getattr(instance, "live", True):
                    path = f"{kind.folder}/{kind.slug_of(instance)}"
                    yield document_of(latest(instance) if drafts else instance, kind, path, stored), False
    parents = {tree.above(path) for path, pk in tree.ids.items() if pk in shown}
    for page in _pages(sorted(shown)):
        page_kind = kind_of(page)
        if page_kind is not None:
            path = tree.paths[page.pk]
            container = page_kind.container or page.pk in parents
            yield document_of(latest(page) if drafts else page, page_kind, path, stored), container


def _sheet_rows(kind: Kind, stored: StoredContent, *, drafts: bool) -> list[Document]:
    rows = [latest(item) if drafts else item for item in kind.all() if drafts or getattr(item, "live", True)]
    return [document_of(item, kind, f"{kind.folder}/{kind.slug_of(item)}", stored) for item in rows]


def _pages(ids: list[int]) -> Iterator[Any]:
    for start in range(0, len(ids), BATCH):
        pages = Page.objects.filter(pk__in=ids[start : start + BATCH]).specific()
        yield from pages.prefetch_related("sources", "curated_related", "tagged_items__tag")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _copy(path: Path, item: Any, result: Exported) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with item.file.storage.open(item.file.name, "rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
    except FileNotFoundError:
        result.missing.append(item.title)
        return
    result.files.append(path.name)


def document_of_page(page: Any, kind: Kind, stored: StoredContent) -> Document:
    """Return one published page in the Markdown form."""
    return document_of(page, kind, stored.tree.paths[page.pk], stored)
