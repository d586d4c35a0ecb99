"""Converted documents waiting for their editor: files in STAGING_DIR, one folder per person and upload, for a day.

The uploaded file itself is not kept, only what was made of it.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from knowledge.word.draft import Draft
from knowledge.word.losses import Losses
from portal.core import schedule

KEEP = timedelta(hours=24)
MAX_OPEN = 10
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,40}")
_MANIFEST = "upload.json"
_LOCK = "held"
_WAIT = 20.0
_STALE = 120.0


@dataclass
class StagedImage:
    """One image of a document: its file, and what the editor starts from."""

    file: str
    extension: str
    width: int
    height: int
    alt: str


@dataclass
class StagedDocument:
    """One document of an upload; `error` says why none can be made, `page_id` which page it became."""

    name: str
    title: str = ""
    error: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    images: list[StagedImage] = field(default_factory=list)
    losses: dict[str, list[Any]] = field(default_factory=dict)
    page_id: int | None = None

    @property
    def is_open(self) -> bool:
        return not self.error and self.page_id is None

    @property
    def loss_rows(self) -> list[dict[str, Any]]:
        return Losses.of(self.losses).rows()


@dataclass
class Upload:
    """What one person has uploaded or pasted at once, for one topic and kind of page."""

    token: str
    user_id: int
    topic_id: int
    kind: str
    name: str
    created: float
    documents: list[StagedDocument] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return _root() / str(self.user_id) / self.token

    @property
    def open_count(self) -> int:
        return sum(document.is_open for document in self.documents)

    def image_path(self, image: StagedImage) -> Path:
        return self.folder / image.file

    def add(self, name: str, draft: Draft) -> None:
        """Take in a converted document; its images are written at once."""
        document = StagedDocument(name=name, title=draft.title, blocks=draft.blocks, losses=draft.losses.as_json())
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number, picture in enumerate(draft.pictures):
            file = f"{len(self.documents)}-{number}.{picture.extension}"
            (self.folder / file).write_bytes(picture.data)
            document.images.append(
                StagedImage(file, picture.extension, picture.width, picture.height, picture.alt)
            )
        self.documents.append(document)

    def refuse(self, name: str, error: str) -> None:
        self.documents.append(StagedDocument(name=name, error=error))

    def save(self) -> None:
        """Write the manifest; readers see the old or the new one, never half of it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.folder / f"{_MANIFEST}.new"
        draft.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")
        draft.replace(self.folder / _MANIFEST)

    @contextmanager
    def locked(self) -> Iterator[Upload | None]:
        """Hold the upload alone and yield it as it is now; None when it has gone or stays held.

        So a double click makes one page, and two documents of a folder do not forget each other.
        """
        lock = self.folder / _LOCK
        if not _take(lock):
            yield None
            return
        try:
            yield load(user_id=self.user_id, token=self.token)
        finally:
            lock.unlink(missing_ok=True)

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _take(lock: Path) -> bool:
    """Make the lock file, waiting a while for whoever holds it; one left by a dead process does not count."""
    end = time.monotonic() + _WAIT
    while True:
        try:
            lock.touch(exist_ok=False)
        except FileExistsError:
            with suppress(FileNotFoundError):
                if lock.stat().st_mtime < time.time() - _STALE:
                    lock.unlink(missing_ok=True)
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        except FileNotFoundError:
            return False
        else:
            return True


def _root() -> Path:
    return Path(settings.STAGING_DIR)


def begin(*, user_id: int, topic_id: int, kind: str, name: str) -> Upload:
    """Return a new upload; nothing is written until it is saved."""
    return Upload(secrets.token_urlsafe(18), user_id, topic_id, kind, name, time.time())


def load(*, user_id: int, token: str) -> Upload | None:
    """Return a person's own upload; None when it is missing, ended or somebody else's."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        data = json.loads((_root() / str(user_id) / token / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if data["created"] + KEEP.total_seconds() < time.time():
        return None
    documents = [
        StagedDocument(**{**document, "images": [StagedImage(**image) for image in document["images"]]})
        for document in data.pop("documents")
    ]
    return Upload(documents=documents, **data)


def waiting(*, user_id: int) -> list[Upload]:
    """Return a person's uploads that are not finished, newest first."""
    folder = _root() / str(user_id)
    tokens = [item.name for item in folder.iterdir()] if folder.is_dir() else []
    found = [load(user_id=user_id, token=token) for token in tokens]
    return sorted((upload for upload in found if upload is not None), key=lambda upload: -upload.created)


def expire() -> str:
    """Delete what has waited too long; the periodic job."""
    ended, limit = 0, time.time() - KEEP.total_seconds()
    root = _root()
    for folder in [item for person in root.iterdir() for item in person.iterdir()] if root.is_dir() else []:
        try:
            old = folder.stat().st_mtime < limit
        except FileNotFoundError:
            continue  # its editor has just finished
        if old:
            shutil.rmtree(folder, ignore_errors=True)
            ended += 1
    return f"{ended} angefangene Übernahmen gelöscht" if ended else ""


def register_job() -> None:
    """Register the job; called when the app is ready."""
    schedule.register("word_expire", timedelta(hours=1), expire, title="Angefangene Übernahmen aus Word löschen")
