"""What is wrong with a file, said so that its author can put it right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One fault in one file; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class BadContentError(ValueError):
    """A value or a line that cannot be read.

    `line` is the line of the file, or 0 where only the place in the front matter (`at`) is known.
    """

    def __init__(self, message: str, *, line: int = 0, at: KeyPath = ()) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.at = at


_unfinished: ContextVar[bool] = ContextVar("unfinished_content", default=False)


@contextmanager
def reading(*, draft: bool) -> Iterator[None]:
    """Read or check one file; a draft may lack what its editor may leave for later (`draft: true`)."""
    token = _unfinished.set(draft)
    try:
        yield
    finally:
        _unfinished.reset(token)


def may_lack() -> bool:
    """Tell whether what is read is a draft that may be unfinished."""
    return _unfinished.get()


def lacking(message: str, *, line: int = 0, at: KeyPath = ()) -> None:
    """Refuse what is not there yet, but in a draft; what is wrong is refused in a draft, too.

    Raises:
        BadContentError: the file is no draft.
    """
    if not may_lack():
        raise BadContentError(message, line=line, at=at)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return " Meinten Sie „…“?" for the nearest known word, or a list of all when none is near."""
    words = list(known)
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f" Meinten Sie „{near[0]}“?"
    return f" Bekannt sind: {', '.join(words)}." if words else ""


def check_length(text: str, column: Any, *, what: str = "", at: KeyPath = ()) -> None:
    """Refuse a text that a column cannot hold; not every database says so, and none before it has begun."""
    limit = column.max_length
    if limit is not None and len(text) > limit:
        subject = what or f"„{text[:40]}…“"
        raise BadContentError(f"{subject} ist länger als {limit} Zeichen.", at=at)
