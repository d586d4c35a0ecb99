"""Splitters made once: to weigh a quarter of a million words takes some seconds, to read the result less than one.

The parts found in a vocabulary are kept beside the indexes (`SEARCH_INDEX_DIR/splitters`), named by what they
follow from: vocabulary, word lists, form of the index. All threads of a process share one splitter, and read the
words of a file only once: each thread opens the index for itself, and would wait two seconds for nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from search.compounds import Splitter

KEPT_IN_MEMORY = 2
KEPT_ON_DISK = 4

_known: dict[str, Splitter] = {}
_lock = threading.Lock()
# By path, time and size of a vocabulary file, and form.
_of_files: dict[tuple[str, int, int, str], Splitter] = {}
_file_lock = threading.Lock()


def splitter_of(vocabulary: Mapping[str, int], *, form: str) -> Splitter:
    """Return the splitter by a vocabulary; `form` names the word lists and the way of splitting."""
    words = json.dumps(vocabulary, ensure_ascii=False, sort_keys=True)
    name = sha256(f"{form}\n{words}".encode()).hexdigest()[:32]
    with _lock:
        if name not in _known:
            while len(_known) >= KEPT_IN_MEMORY:
                del _known[next(iter(_known))]
            _known[name] = _read(name) or _made(name, vocabulary)
        return _known[name]


def splitter_of_file(path: Path, *, form: str) -> Splitter:
    """Return the splitter by a vocabulary file, one without words of the content where there is none."""
    if not path.exists():
        return splitter_of({}, form=form)
    stat = path.stat()
    key = (str(path), stat.st_mtime_ns, stat.st_size, form)
    with _file_lock:
        if key not in _of_files:
            made = splitter_of(json.loads(path.read_text(encoding="utf-8")), form=form)
            while len(_of_files) >= KEPT_IN_MEMORY:
                del _of_files[next(iter(_of_files))]
            _of_files[key] = made
        return _of_files[key]


def _folder() -> Path:
    return Path(settings.SEARCH_INDEX_DIR) / "splitters"


def _read(name: str) -> Splitter | None:
    """Return what was kept; None where nothing is, or nothing that can be read."""
    path = _folder() / f"{name}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        splitter = Splitter.of_parts(kept["costs"], kept["head_costs"])
        os.utime(path)
        return splitter
    return None


def _made(name: str, vocabulary: Mapping[str, int]) -> Splitter:
    """Make a splitter and keep its parts; a full or read-only disk costs the next process its time only."""
    splitter = Splitter(vocabulary)
    with contextlib.suppress(OSError):
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        writing = folder / f"{name}.{os.getpid()}.new"
        costs, head_costs = splitter.weighed()
        writing.write_text(json.dumps({"costs": costs, "head_costs": head_costs}, ensure_ascii=False), "utf-8")
        writing.replace(folder / f"{name}.json")
        _remove_old(folder)
    return splitter


def _remove_old(folder: Path) -> None:
    used = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in used[KEPT_ON_DISK:]:
        path.unlink(missing_ok=True)
