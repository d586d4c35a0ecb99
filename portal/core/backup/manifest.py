"""What a backup holds, written last: a folder without manifest is no backup."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
NAME = "manifest.json"
CHUNK = 1 << 20
# SQLite tells a file that may not grow any more as a failure of the disk.
_FULL = (
    "No space left on device", "database or disk is full", "Disk quota exceeded", "File too large",
    "disk I/O error",
)  # fmt: skip


class BackupError(Exception):
    """A backup cannot be made or used; the message is German and says what to do."""


class DiskFullError(BackupError):
    """There is no room left; whoever knows where says so."""


def is_full(error: BaseException | str) -> bool:
    """True when a message of the system, of SQLite or of PostgreSQL's programs (in English) means a full disk."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return True
    return any(words in str(error) for words in _FULL)


@dataclass
class Manifest:
    """The table of contents. Times are ISO 8601 in UTC, sizes bytes, checksums SHA-256 in hexadecimal."""

    created_at: str
    vendor: str
    database: str
    migrations: list[list[str]]
    counts: dict[str, int]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read(folder: Path) -> Manifest:
    """Read a backup's manifest; raises BackupError when there is none or it cannot be read."""
    path = folder / NAME
    if not path.is_file():
        raise BackupError(
            f"In „{folder}“ liegt keine vollständige Sicherung: {NAME} fehlt. Nehmen Sie eine andere Sicherung."
        )
    damaged = BackupError(f"{path} ist beschädigt. Nehmen Sie eine andere Sicherung.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = int(data["format"])
        if version > FORMAT:
            raise BackupError(
                f"Die Sicherung hat das Format {version}, dieses Portal kennt bis {FORMAT}. "
                "Spielen Sie sie mit der neueren Fassung des Portals ein."
            )
        stored = Manifest(**data)
    except (ValueError, KeyError, TypeError) as error:
        raise damaged from error
    if not _is_sound(stored):
        raise damaged
    return stored


def _is_sound(stored: Manifest) -> bool:
    """Tell whether everything in a manifest is of the kind it should be, however deep."""

    def texts(value: Any) -> bool:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)

    def named(value: Any, fits: Callable[[Any], bool]) -> bool:
        return isinstance(value, dict) and all(fits(item) for item in value.values())

    def number(value: Any) -> bool:
        return isinstance(value, int)

    def entry(value: Any) -> bool:
        return isinstance(value, dict) and number(value.get("size")) and isinstance(value.get("sha256"), str)

    migrations: Any = stored.migrations
    return (
        texts([stored.created_at, stored.vendor, stored.database])
        and isinstance(migrations, list)
        and all(texts(item) and len(item) == 2 for item in migrations)
        and named(stored.counts, number)
        and named(stored.files, entry)
        and texts(stored.missing)
    )


def faults(folder: Path, manifest: Manifest, *, needed: str) -> Iterator[str]:
    """Yield a German line for each file that is missing, changed or outside the folder.

    `needed` is the file of the database: without it and its checksum nothing is a backup.
    """
    root = folder.resolve()
    if needed not in manifest.files:
        yield f"{needed}: steht nicht in {NAME}, die Datenbank lässt sich nicht prüfen"
    for name, entry in manifest.files.items():
        path = folder / name
        if not path.resolve().is_relative_to(root):
            yield f"{name}: liegt außerhalb der Sicherung"
        elif not path.is_file():
            yield f"{name}: fehlt"
        elif path.stat().st_size != entry["size"] or digest_of(path) != entry["sha256"]:
            yield f"{name}: stimmt nicht mit der Prüfsumme überein"
