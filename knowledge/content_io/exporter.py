"""Write content as a folder of Markdown files; the same content always gives the same bytes.

With drafts, what was written is read back as an import reads it: a draft that is not finished yet says so in its
file (`draft: true`), and what an import would refuse all the same is told.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wagtail.models import Page

from knowledge.content_io.importer import latest
from knowledge.content_io.load import Loaded
from knowledge.content_io.tree import PageTree, StoredContent, file_of
from portal.core.content_io import KINDS, Document, Kind, Problem, document_of, dump_sheet, kind_of

BATCH = 200


@dataclass
class Exported:
    """What an export wrote, and what it had to leave out."""

    documents: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # attachments without a file in the storage
    unfinished: list[str] = field(default_factory=list)  # drafts that are marked as such
    problems: list[Problem] = field(default_factory=list)  # what no import would take, and why


def export_directory(
    root: Path, *, drafts: bool = False, progress: Callable[[str], None] = lambda text: None
) -> Exported:
    """Write all published content below `root`; with `drafts` everything, as editors last left it."""
    export = _Export(root, drafts=drafts)
    result = Exported()
    for name, text in export.files():
        _write(root / name, text)
        result.documents.append(name)
        if len(result.documents) % 100 == 0:
            progress(f"  {len(result.documents)} Dateien geschrieben")
    for name, item in sorted(export.stored.files.items()):
        _copy(root / name, item, result)
    if drafts:
        _mark_unfinished(export, result)
    return result


def _mark_unfinished(export: _Export, result: Exported) -> None:
    """Say in the file of each draft that lacks something that it does, and name what no import would take."""
    loaded = export.read_back()
    unfinished = {
        path
        for path in loaded.faulty
        if (document := loaded.parsed[path].document) is not None and document.kind.has_revisions
    }
    if unfinished:
        for name, text in export.files(unfinished):
            _write(export.root / name, text)
        loaded = export.read_back()
    result.unfinished = [parsed.label for path, parsed in loaded.parsed.items() if path in unfinished]
    result.problems = loaded.problems


class _Export:
    """One export: which objects it holds, and their files."""

    def __init__(self, root: Path, *, drafts: bool) -> None:
        self.root = root
        self.drafts = drafts
        self.tree = PageTree()
        self.shown = set(self.tree.live) if drafts else self.tree.published()
        self.stored = StoredContent(self.tree, visible=self.shown.__contains__)

    def files(self, unfinished: Collection[str] | None = None) -> Iterator[tuple[str, str]]:
        """Yield name and text of all files; or of those that hold the unfinished (slug paths), which say so."""
        for path, instance, kind, container in self._objects():
            if unfinished is None or path in unfinished:
                document = self._document(path, instance, kind, unfinished)
                yield file_of(path, container=container), document.written()
        for kind in KINDS.values():
            found = self._snippets(kind) if kind.sheet else ()
            rows = {f"{kind.folder}/{kind.slug_of(item)}": item for item in found}
            if rows and (unfinished is None or not rows.keys().isdisjoint(unfinished)):
                documents = [self._document(path, item, kind, unfinished) for path, item in rows.items()]
                yield kind.sheet, dump_sheet(kind, documents)

    def read_back(self) -> Loaded:
        """Return what was written as an import reads and checks it."""
        loaded = Loaded(self.root, self.tree)
        loaded.read()
        loaded.check()
        return loaded

    def _document(self, path: str, instance: Any, kind: Kind, unfinished: Collection[str] | None) -> Document:
        document = document_of(latest(instance) if self.drafts else instance, kind, path, self.stored)
        return replace(document, draft=path in (unfinished or ()))

    def _snippets(self, kind: Kind) -> Iterator[Any]:
        return (item for item in kind.all() if self.drafts or getattr(item, "live", True))

    def _objects(self) -> Iterator[tuple[str, Any, Kind, bool]]:
        """Yield all objects with a file of their own: slug path, object, kind, whether it is a folder's index."""
        for kind in KINDS.values():
            if not kind.is_page and not kind.sheet:
                for instance in self._snippets(kind):
                    yield f"{kind.folder}/{kind.slug_of(instance)}", instance, kind, False
        parents = {self.tree.above(path) for path, pk in self.tree.ids.items() if pk in self.shown}
        for page in _pages(sorted(self.shown)):
            page_kind = kind_of(page)
            if page_kind is not None:
                yield self.tree.paths[page.pk], page, page_kind, page_kind.container or page.pk in parents


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
