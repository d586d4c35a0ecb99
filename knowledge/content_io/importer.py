"""Import a folder: read and check all of it, decide what has to be done, then write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wagtail.models import Page

from knowledge.content_io.absent import Absent
from knowledge.content_io.hidden import completed
from knowledge.content_io.load import Loaded
from knowledge.content_io.store import Entry, Targets, Writer, text_hash
from knowledge.content_io.tree import PageTree, StoredContent
from knowledge.models import ImportRecord
from portal.core.content_io import Document, Problem, document_of, finished
from portal.core.content_io.kinds import INDEX


@dataclass
class Report:
    """What an import did, or would do."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)  # changed in the portal since the import: left alone
    reviewed: list[str] = field(default_factory=list)  # reviewed in the portal: left alone
    removed: list[str] = field(default_factory=list)  # deleted or moved in the portal since: left alone
    problems: list[Problem] = field(default_factory=list)
    left_out: list[Problem] = field(
        default_factory=list
    )  # references to what is removed, in all that is not left alone
    refused: list[Problem] = field(default_factory=list)  # files not taken, because they need what is removed

    @property
    def written(self) -> int:
        return len(self.created) + len(self.changed)

    @property
    def skipped(self) -> int:
        return len(self.edited) + len(self.reviewed) + len(self.removed) + len(self.refused)


def import_directory(
    root: Path,
    *,
    starter: bool = False,
    dry_run: bool = False,
    overwrite: bool = False,
    only: str = "",
    progress: Callable[[str], None] = lambda text: None,
) -> Report:
    """Import the Markdown files below `root`; with any problem in any file, nothing is written."""
    tree = PageTree()
    loaded = Loaded(root, tree)
    loaded.read(only)
    progress(f"  {len(loaded.parsed)} Dateien gelesen")
    loaded.check()
    report = Report(problems=loaded.problems)
    if report.problems:
        return report
    planner = _Planner(loaded, report, starter=starter, overwrite=overwrite)
    entries = planner.plan()
    if dry_run:
        return report
    writer = Writer(Targets(tree, loaded.files), starter=starter, progress=progress)
    writer.write(entries)
    planner.remember()
    if entries:
        finished.send(sender=import_directory, changed=len(entries))
    return report


class _Planner:
    """Decides for each document: make, change, leave."""

    def __init__(self, loaded: Loaded, report: Report, *, starter: bool, overwrite: bool) -> None:
        self.loaded = loaded
        self.report = report
        self.starter = starter
        self.overwrite = overwrite
        self.stored = StoredContent(loaded.tree)
        self.shown = StoredContent(loaded.tree, visible=loaded.tree.published().__contains__)
        self.records = {record.path: record for record in ImportRecord.objects.all()}
        self.known: dict[str, tuple[str, str]] = {}  # equal, but without a record yet

    def plan(self) -> list[Entry]:
        instances = self._instances()
        known = set() if self.overwrite else self.records.keys() & self.loaded.parsed.keys()
        self.absent = Absent(self.loaded, present=instances, removed=known - instances.keys())
        self.absent.settle()
        entries = []
        for path, document in self._ordered():
            if path in self.absent.refused:
                self.report.refused.append(self.absent.refused[path])
                continue
            entry = self._decide(path, self.absent.documents.get(path, document), instances.get(path))
            if entry is not None:
                entries.append(entry)
            if entry is not None or self.report.unchanged[-1:] == [self.loaded.parsed[path].label]:
                self.report.left_out += self.absent.left_out.get(path, [])
        return entries

    def remember(self) -> None:
        """Record what was found equal although it had not been imported before."""
        for path, (source, stored) in self.known.items():
            ImportRecord.objects.update_or_create(
                path=path, defaults={"source_hash": source, "object_hash": stored}
            )

    def _ordered(self) -> Iterator[tuple[str, Document]]:
        pairs = [(path, parsed.document) for path, parsed in self.loaded.parsed.items() if parsed.document]
        yield from sorted(
            pairs, key=lambda pair: (pair[1].kind.order, pair[0] != INDEX, pair[0].count("/"), pair[0])
        )

    def _instances(self) -> dict[str, Any]:
        """Return the objects that exist for the documents, in their latest form."""
        found: dict[str, Any] = {}
        pages = {path: self.loaded.tree.ids[path] for path in self.loaded.parsed if path in self.loaded.tree.ids}
        by_id = {page.pk: page for page in Page.objects.filter(pk__in=pages.values()).specific()}
        for path, parsed in self.loaded.parsed.items():
            document = parsed.document
            if document is None:
                continue
            if document.kind.is_page:
                instance = by_id.get(pages.get(path, 0))
            else:
                instance = document.kind.find(path.rpartition("/")[2])
            if instance is not None:
                found[path] = latest(instance)
        return found

    def _decide(self, path: str, document: Document, instance: Any) -> Entry | None:
        record = self.records.get(path)
        source = text_hash(document.text())
        file = self.loaded.parsed[path].label
        if instance is None:
            if path in self.absent.removed:
                self.report.removed.append(file)
                return None
            self.report.created.append(file)
            return Entry(document, None, file, live=self._goes_live(document))
        full = document_of(instance, document.kind, path, self.stored)
        stored = text_hash(full.text())
        if source != stored:
            document = completed(document, full, document_of(instance, document.kind, path, self.shown))
            source = text_hash(document.text())
        if source == stored or (record and (record.source_hash, record.object_hash) == (source, stored)):
            self.report.unchanged.append(file)
            if record is None or record.object_hash != stored:
                self.known[path] = (source, stored)
            return None
        kept = None if self.overwrite else self._kept(document, instance, full, record)
        if kept is not None:
            kept.append(file)
            return None
        self.report.changed.append(file)
        live = self._goes_live(document) and (not document.kind.has_revisions or instance.live)
        return Entry(document, instance, file, live=live)

    def _goes_live(self, document: Document) -> bool:
        return not document.kind.has_revisions or (self.starter and not document.draft)

    def _kept(
        self, document: Document, instance: Any, full: Document, record: ImportRecord | None
    ) -> list[str] | None:
        """Return the list of the report for what an import leaves alone; None for what it may change.

        It must not put other words under "fachlich geprüft", so a review counts like an edit.
        """
        if getattr(instance, "reviewed_at", None) is not None:
            return self.report.reviewed
        return None if self._untouched(document, instance, full, record) else self.report.edited

    def _untouched(self, document: Document, instance: Any, full: Document, record: ImportRecord | None) -> bool:
        """True when nobody has edited the object since it was imported (or made by a migration).

        What an editor has locked or submitted is being worked on, whatever its text.
        """
        if getattr(instance, "locked", False) or getattr(instance, "workflow_in_progress", False):
            return False
        stored = text_hash(full.text())
        if record is not None:
            return record.object_hash in (stored, text_hash(self.absent.restored(full).text()))
        if document.kind.has_revisions:
            return instance.latest_revision_id is None
        fresh = document_of(document.kind.make(""), document.kind, document.path, self.stored)
        return text_hash(fresh.text()) == stored


def latest(instance: Any) -> Any:
    """Return the object as its editors last left it: the draft where there is one."""
    if getattr(instance, "has_unpublished_changes", False) and instance.latest_revision_id:
        return instance.get_latest_revision_as_object()
    return instance
