"""Where indexes live on a node: one directory per build, a pointer file to the one in use, positions.

    index/embedded/
        current-1.5f3c…                  name of the directory in use, for each version of an index
        current                          the same of a release from before there was one for each version
        1.5f3c…-20261123T101500-a1b2/    tantivy files, vocabulary.json, numbers.json, position.json

A pointer is replaced by renaming, so that a reader sees the old or the new name, never half of one. Each version
has its own, so that the release that still runs and the one that is being put in its place keep out of each
other's way. A pointer that cannot be read leads nowhere: what it named is built anew.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from search.durable import write_durably
from search.engines.base import EngineError
from search.engines.embedded import EmbeddedIndex, index_version

POINTER = "current"
POSITION = "position.json"


@dataclass(frozen=True)
class Position:
    """How far an index has followed the change log: the last id, and when it was read (UTC, ISO)."""

    change_id: int = 0
    read_at: str = ""

    @property
    def moment(self) -> datetime | None:
        return datetime.fromisoformat(self.read_at) if self.read_at else None


def now_iso() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_position(folder: Path) -> Position | None:
    """Return how far the index in a directory has followed; None if that is not known."""
    try:
        position = Position(**json.loads((folder / POSITION).read_text(encoding="utf-8")))
        is_known = isinstance(position.change_id, int) and (position.moment is None or position.moment.tzinfo)
    except (OSError, ValueError, TypeError):
        return None
    return position if is_known else None


def write_position(folder: Path, position: Position) -> None:
    write_durably(folder / POSITION, json.dumps(asdict(position)))


class IndexHome:
    """The indexes of this node."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def current(self) -> Path | None:
        """Return the directory in use, or None if there is none of the present version."""
        folder = self._named(self.pointer())
        return folder if folder is not None and _is_usable(folder) else None

    def pointer(self) -> Path:
        """Return the file that names the directory in use by this version."""
        return self.root / f"{POINTER}-{index_version()}"

    def _pointers(self) -> list[Path]:
        """Return the pointers of all releases, the one written last first."""
        plain = self.root / POINTER
        found = [*self.root.glob(f"{POINTER}-*"), *([plain] if plain.exists() else [])]
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)

    def _named(self, pointer: Path) -> Path | None:
        """Return the directory that a pointer leads to; None where it leads nowhere, or says nothing readable."""
        try:
            folder = self.root / pointer.read_text(encoding="utf-8").strip()
            is_ours = folder.parent == self.root and folder.name != ".."
            return folder if is_ours and folder.is_dir() else None
        except (OSError, ValueError):
            return None

    def of_other_release(self) -> Path | None:
        """Return the directory that another release used last; it may still be at work, or be gone back to."""
        named = (self._named(pointer) for pointer in self._pointers() if pointer != self.pointer())
        return next((folder for folder in named if folder is not None and _has_files(folder)), None)

    def previous(self) -> Path | None:
        """Return the directory that is kept for going back; None if there is none of the present version.

        A build that was killed has left one without position: that comes when an index is proven.
        """
        now = self.current()
        others = sorted((path for path in self.root.iterdir() if path != now), reverse=True)
        usable = filter(_is_usable, others)
        return next((folder for folder in usable if read_position(folder) is not None), None)

    def new_folder(self) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        folder = self.root / f"{index_version()}-{stamp}-{secrets.token_hex(3)}"
        folder.mkdir(parents=True)
        return folder

    def switch_to(self, folder: Path) -> Path | None:
        """Put a directory into use and return the one used before."""
        before = self.current()
        write_durably(self.pointer(), folder.name)
        return before

    def remove_old(self, *keep: Path | None) -> None:
        """Delete all directories but the named ones and the one in use, and pointers that lead nowhere."""
        kept = {folder for folder in (*keep, self.current()) if folder is not None}
        for folder in self.root.iterdir():
            if folder.is_dir() and folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)
        for pointer in self._pointers():
            if self._named(pointer) is None:
                pointer.unlink(missing_ok=True)

    def remove_unproven(self) -> None:
        """Delete what killed builds have left; only for whom holds the right to build."""
        proven = [folder for folder in self.root.iterdir() if read_position(folder) is not None]
        self.remove_old(*proven)

    @contextmanager
    def building(self) -> Iterator[None]:
        """Hold the right to build on this node; `EngineError` if another process builds."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "build.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise EngineError("Ein anderer Prozess baut den Index gerade neu auf.") from error
            yield


def _has_files(folder: Path) -> bool:
    return (folder / "meta.json").exists()


def _is_usable(folder: Path) -> bool:
    """Whether a directory is an index of the present version."""
    return folder.name.startswith(f"{index_version()}-") and _has_files(folder)


def index_home() -> IndexHome:
    return IndexHome(Path(settings.SEARCH_INDEX_DIR) / "embedded")


class _Readers(threading.local):
    """The open index of each thread; tantivy's objects are not shared over a fork."""

    folder: Path | None = None
    index: EmbeddedIndex | None = None
    pid: int = 0


_readers = _Readers()


def open_current() -> EmbeddedIndex:
    """Return the index in use, opened once per thread and again after a swap; `EngineError` if there is none."""
    folder = index_home().current()
    if folder is None:
        raise EngineError("no index")
    if _readers.index is None or _readers.folder != folder or _readers.pid != os.getpid():
        _readers.index, _readers.folder, _readers.pid = EmbeddedIndex(folder), folder, os.getpid()
    return _readers.index
