"""What every search engine takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from portal.core.visibility import Visibility
from search.documents import Citation


class EngineError(Exception):
    """The engine cannot answer: missing or broken index, refused query, crash in its native code."""


@dataclass(frozen=True)
class Word:
    """One word of a query in the readings of the index; `joined` are spellings without hyphen or blank."""

    exact: str
    stem: str
    joined: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """One thing the reader means: words, or a name of several words, or what is equal to it.

    `name` holds the stems of a known name of several words, `words` then only those that carry a topic.
    `alternatives` are equal names, as stems.
    """

    words: tuple[Word, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    name: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchQuery:
    """A planned query. `phrases` (exact words) must occur; `level` is the reader's, `limit` at least 1.

    `keys` narrows it to certain documents; without words they are all found, as far as the filters let them.
    `without` leaves documents out, of hits, total and counts.
    """

    text: str = ""
    groups: tuple[Group, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    citations: tuple[Citation, ...] = ()
    level: Visibility = Visibility.PUBLIC
    kinds: tuple[str, ...] = ()
    topic: int | None = None
    keys: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    offset: int = 0
    limit: int = 10
    facets: bool = True

    @property
    def is_empty(self) -> bool:
        return not (self.groups or self.phrases or self.citations or self.keys)


@dataclass(frozen=True)
class Hit:
    """One result as it stands in the index; `text` is the running text, pages of files parted by form feeds."""

    key: str
    score: float
    kind: str
    title: str
    url: str
    summary: str = ""
    text: str = ""
    badge: str = ""
    changed: date | None = None
    reviewed: date | None = None
    primary_topic: int | None = None


@dataclass
class SearchResults:
    """Hits in order, number of all, and counts for filters (each without its own filter)."""

    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    kind_counts: dict[str, int] = field(default_factory=dict)
    topic_counts: dict[int, int] = field(default_factory=dict)
    engine: str = ""
    degraded: bool = False


@dataclass(frozen=True)
class Suggestion:
    """Something to choose while typing."""

    key: str
    label: str
    url: str
    kind: str


class SearchEngine(Protocol):
    """Answers queries; raises `EngineError`, and nothing else, when it cannot."""

    name: str

    def search(self, query: SearchQuery) -> SearchResults: ...

    def suggest(self, text: str, *, limit: int) -> list[Suggestion]:
        """Public documents whose names contain all words typed, the last one as a beginning."""
        ...
