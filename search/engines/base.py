"""What every search engine takes and gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from portal.core.visibility import Visibility
from search.compounds import Splitter
from search.documents import Citation, SearchDocument


class EngineError(Exception):
    """The engine cannot answer: missing or broken index, refused query, crash in its native code.

    `is_missing`: the index asked is not there (any more), or going. `is_refused`: the engine is well and will not
    have the question.
    """

    def __init__(self, reason: str, *, is_missing: bool = False, is_refused: bool = False) -> None:
        super().__init__(reason)
        self.is_missing, self.is_refused = is_missing, is_refused


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


class Order(StrEnum):
    """The order of hits, by the code in addresses (`?sortierung=`)."""

    RELEVANCE = "relevanz"
    DATE = "datum"


@dataclass(frozen=True)
class SearchQuery:
    """A planned query. `phrases` (exact words) must occur; `level` is the reader's, `limit` at least 1.

    `keys` narrows it to certain documents; without words they are all found, as far as the filters let them.
    Of several values of a filter one is enough, of several filters all must fit (search/filters.py). `acts` are
    slugs, `audiences` codes, `reviewed_since` includes its day. `reviewed_steps` asks for counts by day.
    `without` leaves documents out, of hits, total and counts. `together` counts what all words earn as a whole
    (all of them in the title, exactly the name); without it each word counts for itself.
    """

    text: str = ""
    groups: tuple[Group, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    citations: tuple[Citation, ...] = ()
    level: Visibility = Visibility.PUBLIC
    kinds: tuple[str, ...] = ()
    topic: int | None = None
    audiences: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    reviewed_since: date | None = None
    reviewed_steps: tuple[date, ...] = ()
    order: Order = Order.RELEVANCE
    keys: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    offset: int = 0
    limit: int = 10
    facets: bool = True
    together: bool = True

    @property
    def is_empty(self) -> bool:
        return not (self.groups or self.phrases or self.citations or self.keys)


@dataclass(frozen=True)
class Hit:
    """One result as it stands in the index.

    `text` is the beginning of the running text, each page of a file behind a form feed.
    """

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
    """Hits in order, number of all, and counts for filters (each without its own filter).

    `degraded`: only a plain search in the database was possible; `stand_in`: the embedded engine answered for
    a cluster that is away, as well as ever, but perhaps a moment behind.
    """

    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    kind_counts: dict[str, int] = field(default_factory=dict)
    topic_counts: dict[int, int] = field(default_factory=dict)
    audience_counts: dict[str, int] = field(default_factory=dict)
    act_counts: dict[str, int] = field(default_factory=dict)
    reviewed_counts: dict[date, int] = field(default_factory=dict)
    engine: str = ""
    degraded: bool = False
    stand_in: bool = False


@dataclass(frozen=True)
class Suggestion:
    """Something to choose while typing."""

    key: str
    label: str
    url: str
    kind: str


class FollowingIndex(Protocol):
    """An index that is kept true.

    `version` is the newest change when the documents were read: an engine that several nodes write to keeps
    what is newer.
    """

    splitter: Splitter

    def entries(self, documents: Iterable[SearchDocument]) -> list[Any]:
        """Return documents as the index keeps them: most of the work, and nothing is written; can be pickled."""
        ...

    def add_new(self, entries: Iterable[Any], *, version: int = 0) -> None:
        """Add entries that are certainly not in the index yet (first filling)."""
        ...

    def put(self, documents: Iterable[SearchDocument], *, version: int = 0) -> None: ...

    def delete(self, keys: Iterable[str], *, version: int = 0) -> None: ...

    def commit(self) -> None: ...

    def count(self) -> int: ...

    def keys_referring(self, page: int) -> list[str]: ...

    def inventory(self) -> dict[int, tuple[int, int]]:
        """Return for each document: hash of its key, hash of its content, rank of its level."""
        ...

    def keys_of(self, uids: set[int]) -> list[str]:
        """Return the keys of documents by the hashes of their keys."""
        ...


class Nearness(Protocol):
    """What a text means: for engines that keep vectors its own, for others how near all entries are to it."""

    @property
    def vector(self) -> Sequence[float]:
        """A unit vector."""
        ...

    def ranked(self, start: int, stop: int) -> Sequence[tuple[str, float]]:
        """Keys of entries and their likeness (cosine of the nearest passage), nearest first."""
        ...


class SearchEngine(Protocol):
    """Answers queries; raises `EngineError`, and nothing else, when it cannot."""

    name: str

    def search(self, query: SearchQuery) -> SearchResults: ...

    def nearest(self, query: SearchQuery, meaning: Nearness, *, limit: int) -> list[Hit]:
        """Return what is nearest to a meaning, by likeness (`score`), whatever the words of the query are.

        Level, filters and `without` of the query hold before the nearest are chosen, not after.
        """
        ...

    def suggest(self, text: str, *, limit: int) -> list[Suggestion]:
        """Public documents whose names contain all words typed, the last one as a beginning."""
        ...
