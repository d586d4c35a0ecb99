"""Write imported documents into the database: in chunks, in two passes, without rendering anything twice.

First pass: every object exists with its own text (acts and terms before pages, because rendering needs them).
Second pass: references between objects, revision, import record.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.utils import timezone
from modelsearch.index import class_is_indexed, get_indexed_models, insert_or_update_object
from modelsearch.signal_handlers import post_save_signal_handler
from wagtail.log_actions import log
from wagtail.models import Page, ReferenceIndex
from wagtail.signal_handlers import disable_reference_index_auto_update

from knowledge.content_io.files import SourceFiles
from knowledge.content_io.tree import PageTree, StoredContent, parent_path
from knowledge.models import ImportRecord
from knowledge.signals import collected_act_names
from knowledge.tasks import body_models, render_pages_naming
from portal.core.content_io import KINDS, Document, document_of
from portal.core.models import ReviewedMixin
from portal.core.review.recording import record_import

CHUNK_SECONDS = 0.5


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class PageNotYetError(LookupError):
    """A page that is imported later in the same run."""


class Targets:
    """Import context: slug paths and file names to objects."""

    def __init__(self, tree: PageTree, files: SourceFiles) -> None:
        self.tree = tree
        self.files = files

    def page_id(self, path: str) -> int:
        try:
            return self.tree.ids[path]
        except KeyError as error:
            raise PageNotYetError(path) from error

    def document(self, name: str, licence: str = "") -> Any:
        return self.files.document(name, licence)

    def image(self, name: str, *, description: str, licence: str, credit: str) -> Any:
        return self.files.image(name, description=description, licence=licence, credit=credit)

    def object_id(self, kind: str, slug: str) -> int:
        return int(KINDS[kind].find(slug).pk)


@dataclass
class Entry:
    """One document and the object it goes into (None: to be made)."""

    document: Document
    instance: Any
    file: str
    live: bool  # what is written is seen by readers at once
    made: bool = False
    saved: bool = False
    body_waits: bool = False

    @property
    def is_new(self) -> bool:
        return self.instance is None or self.instance.pk is None


@contextmanager
def quiet_signals() -> Iterator[None]:
    """Switch off what would make one background task per saved object; `index_objects` makes up for it."""
    models = [
        model for model in get_indexed_models() if post_save.disconnect(post_save_signal_handler, sender=model)
    ]
    try:
        with disable_reference_index_auto_update():
            yield
    finally:
        for model in models:
            post_save.connect(post_save_signal_handler, sender=model)


def in_chunks(items: Iterable[Any], work: Callable[[Any], None]) -> None:
    """Do the work in transactions of about half a second, so that nobody waits long for the write lock."""
    queue = iter(items)
    item = next(queue, None)
    while item is not None:
        with transaction.atomic():
            end = time.monotonic() + CHUNK_SECONDS
            while item is not None:
                work(item)
                item = next(queue, None)
                if time.monotonic() > end:
                    break


class Writer:
    """Writes the entries of one import; `starter` publishes and marks them."""

    def __init__(self, targets: Targets, *, starter: bool, progress: Callable[[str], None]) -> None:
        self.targets = targets
        self.starter = starter
        self.progress = progress
        self.stored = StoredContent(targets.tree)
        self.now = timezone.now()

    def write(self, entries: list[Entry]) -> None:
        with quiet_signals(), collected_act_names() as names:
            in_chunks(self._counted(entries, "Inhalte"), self._first)
            in_chunks(self._counted(entries, "Verweise und Fassungen"), self._second)
            in_chunks(self._counted(entries, "Verzeichnisse"), index_object)
        if names and self._others(entries):
            render_pages_naming.enqueue(list(dict.fromkeys(names)))

    def _others(self, entries: list[Entry]) -> bool:
        """True when there are pages this import has not rendered after its acts."""
        written = {entry.instance.pk for entry in entries if entry.document.kind.is_page}
        return any(model.objects.exclude(pk__in=written).exists() for model in body_models())

    def _counted(self, entries: list[Entry], what: str) -> Iterator[Entry]:
        for number, entry in enumerate(entries, start=1):
            yield entry
            if number % 50 == 0 or number == len(entries):
                self.progress(f"  {what}: {number} von {len(entries)}")

    # -- first pass --------------------------------------------------------------------------------------

    def _first(self, entry: Entry) -> None:
        document = entry.document
        new = entry.made = entry.is_new
        if new and entry.instance is None:
            entry.instance = document.kind.make(document.path.rpartition("/")[2])
        if not new and not entry.live:
            return  # the draft becomes a revision in the second pass, the live object stays
        entry.saved = True
        self._fill_early(entry)
        if not new and hasattr(entry.instance, "reviewed_at"):  # nobody has reviewed what is in the file
            entry.instance.reviewed_at = entry.instance.reviewed_by = None
        if self.starter and hasattr(entry.instance, "is_starter_content"):
            entry.instance.is_starter_content = True
        if document.kind.is_page:
            self._save_page(entry, new=new)
        else:
            if hasattr(entry.instance, "live"):
                self._set_live(entry)
            entry.instance.save()

    def _fill_early(self, entry: Entry) -> None:
        document, instance = entry.document, entry.instance
        for key in document.kind.keys:
            if not key.late:
                key.assign(instance, document.meta.get(key.name), self.targets)
        try:
            document.kind.body.assign(instance, document.body, document.path, self.targets)
        except PageNotYetError:
            entry.body_waits = True

    def _set_live(self, entry: Entry) -> None:
        instance = entry.instance
        instance.live = entry.live
        instance.has_unpublished_changes = not entry.live
        if entry.live:
            instance.first_published_at = instance.first_published_at or self.now
            instance.last_published_at = self.now

    def _save_page(self, entry: Entry, *, new: bool) -> None:
        page, path = entry.instance, entry.document.path
        page.draft_title = page.title
        self._set_live(entry)
        if new:
            parent = Page.objects.get(pk=self.targets.page_id(parent_path(path)))
            parent.add_child(instance=page)
            self.targets.tree.add(path, page.pk, entry.document.kind.name)
            log(instance=page, action="wagtail.create")
        else:
            page.save()

    # -- second pass -------------------------------------------------------------------------------------

    def _second(self, entry: Entry) -> None:
        document, instance = entry.document, entry.instance
        if not entry.saved:
            self._fill_early(entry)
        late = [key for key in document.kind.keys if key.late]
        for key in late:
            key.assign(instance, document.meta.get(key.name), self.targets)
        if entry.body_waits:
            document.kind.body.assign(instance, document.body, document.path, self.targets)
        if entry.saved and (late or entry.body_waits):
            fields = [name for key in late for name in key.fields]
            instance.save(update_fields=None if entry.body_waits else fields)
        if document.kind.has_revisions:
            self._revise(entry)
        else:
            log(instance=instance, action="wagtail.create" if entry.made else "wagtail.edit")
        self._record(entry)

    def _revise(self, entry: Entry) -> None:
        instance = entry.instance
        revision = instance.save_revision(clean=False, changed=not entry.live)
        if not entry.live:
            log(instance=instance, action="wagtail.edit", revision=revision, content_changed=True)
            return
        fields = {"live_revision": revision}
        if not entry.made and hasattr(instance, "version_number"):
            fields["version_number"] = instance.version_number + 1
        type(instance).objects.filter(pk=instance.pk).update(**fields)
        for name, value in fields.items():
            setattr(instance, name, value)
        if isinstance(instance, ReviewedMixin):
            record_import(subject=instance, revision=revision)
        log(instance=instance, action="wagtail.publish", revision=revision)

    def _record(self, entry: Entry) -> None:
        document = entry.document
        stored = document_of(entry.instance, document.kind, document.path, self.stored).text()
        ImportRecord.objects.update_or_create(
            path=document.path,
            defaults={"source_hash": text_hash(document.text()), "object_hash": text_hash(stored)},
        )


def index_object(entry: Entry) -> None:
    """Bring Wagtail's reference index and its own search up to date for one object.

    Who gets a file follows from what the live page refers to, so a draft is not what is read here.
    """
    model = type(entry.instance)
    instance = entry.instance if entry.live else model._default_manager.get(pk=entry.instance.pk)
    if ReferenceIndex.model_is_indexable(model):
        ReferenceIndex.create_or_update_for_object(instance)
    if class_is_indexed(model):
        insert_or_update_object(instance)
