"""What a backup holds, written last: a folder without manifest is no backup."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterator
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
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = int(data["format"])
        if version > FORMAT:
            raise BackupError(
                f"Die Sicherung hat das Format {version}, dieses Portal kennt bis {FORMAT}. "
                "Spielen Sie sie mit der neueren Fassung des Portals ein."
            )
        return Manifest(**data)
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{path} ist beschädigt. Nehmen Sie eine andere Sicherung.") from error


def faults(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Yield a German line for each file that is missing, changed or outside the folder."""
    root = folder.resolve()
    for name, entry in manifest.files.items():
        path = folder / name
        if not path.resolve().is_relative_to(root):
            yield f"{name}: liegt außerhalb der Sicherung"
        elif not path.is_file():
            yield f"{name}: fehlt"
        elif path.stat().st_size != entry["size"] or digest_of(path) != entry["sha256"]:
            yield f"{name}: stimmt nicht mit der Prüfsumme überein"
