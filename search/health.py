"""Finds out whether an index directory is whole, and remembers that somebody doubts it.

Readers cannot repair anything: a search that fails leaves a mark, and the follower, which owns the index, looks
at the files. Each of tantivy's files ends with the checksum of what stands before it.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

from search.engines.base import EngineError
from search.engines.embedded import VOCABULARY, EmbeddedIndex
from search.numbers import NUMBERS

SUSPECT = "suspect"
PARTS = ("term", "idx", "pos", "fast", "fieldnorm", "store")
MAGIC = 1337
# A merge may take files away between reading the list and the files.
ATTEMPTS = 3


def suspect(folder: Path) -> None:
    """Say that a search in this directory has failed."""
    try:
        (folder / SUSPECT).touch()
    except OSError:
        return


def is_suspect(folder: Path) -> bool:
    return (folder / SUSPECT).exists()


def clear(folder: Path) -> None:
    (folder / SUSPECT).unlink(missing_ok=True)


def is_whole(folder: Path) -> bool:
    """Return whether all files of the last commit are there and are what was written, and the index opens."""
    return any(_all_whole(folder) for _ in range(ATTEMPTS))


def _all_whole(folder: Path) -> bool:
    try:
        segments = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["segments"]
        if not (_holds(folder / VOCABULARY, dict) and _holds(folder / NUMBERS, list)):
            return False
        if not all(_is_whole(folder / name) for row in segments for name in _files(row)):
            return False
        EmbeddedIndex(folder)  # what has no checksum: tantivy's own lists, the values of the vocabulary
    except (OSError, ValueError, KeyError, TypeError, EngineError):
        return False
    return True


def _files(segment: dict[str, Any]) -> list[str]:
    """Return the names of the files of a segment: its parts, and what of it is deleted."""
    name = segment["segment_id"].replace("-", "")
    parts = [*PARTS, f"{segment['deletes']['opstamp']}.del"] if segment.get("deletes") else PARTS
    return [f"{name}.{part}" for part in parts]


def _holds(path: Path, kind: type) -> bool:
    return isinstance(json.loads(path.read_text(encoding="utf-8")), kind)


def _is_whole(path: Path) -> bool:
    data = path.read_bytes()
    length, magic = struct.unpack("<II", data[-8:]) if len(data) >= 8 else (0, 0)
    if magic != MAGIC or length > len(data) - 8:
        return False
    footer = json.loads(data[-8 - length : -8])
    return bool(zlib.crc32(data[: -8 - length]) == footer["crc"])
