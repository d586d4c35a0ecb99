"""Looks for typing errors behind a search: offers the mended query, or follows it where nothing was found."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from search.engines.base import SearchQuery, SearchResults
from search.engines.embedded import VOCABULARY, index_version
from search.health import suspect
from search.index import index_home
from search.query import parse, plan
from search.spelling import Spelling, corrected, load_spelling, never_corrected
from search.splitters import splitter_of_file

Ask = Callable[[SearchQuery], SearchResults]


@dataclass(frozen=True)
class Mended:
    """What a search gave in the end: `meant` is the mended query that finds more, `followed` says it was used."""

    query: SearchQuery
    answer: SearchResults
    meant: str = ""
    followed: bool = False


def mended(query: SearchQuery, answer: SearchResults, ask: Ask, spelling: Spelling | None = None) -> Mended:
    """Ask again with unknown words corrected; what was found stays unless it was nothing."""
    spelling = spelling or current_spelling()
    # The names that are never corrected are read from the database only where a word is unknown at all.
    if spelling is None or answer.degraded or not spelling.corrections(query.text):
        return Mended(query, answer)
    corrections = spelling.corrections(query.text, never_corrected())
    if not corrections:
        return Mended(query, answer)
    other = _with_words(query, corrected(query.text, corrections, []))
    found = ask(other)
    if found.total <= answer.total or found.degraded:
        return Mended(query, answer)
    meant = corrected(query.text, corrections, found.hits)
    if answer.total:
        return Mended(query, answer, meant)
    return Mended(other, found, meant, followed=True)


def _with_words(query: SearchQuery, text: str) -> SearchQuery:
    words = plan(parse(text))
    said = {name: getattr(words, name) for name in ("text", "groups", "phrases", "citations")}
    return replace(query, **said)


class _Loaded:
    """The spelling by the vocabulary of the index in use, loaded once per process and index."""

    folder: Path | None = None
    spelling: Spelling | None = None
    lock = threading.Lock()


def current_spelling() -> Spelling | None:
    """Return the spelling of this node; None where there is no index."""
    folder = index_home().current()
    if folder is None:
        return None
    with _Loaded.lock:
        if _Loaded.folder != folder:
            vocabulary = folder / VOCABULARY
            try:
                splitter = splitter_of_file(vocabulary, form=index_version())
                _Loaded.spelling, _Loaded.folder = load_spelling(vocabulary, splitter), folder
            except (OSError, ValueError, TypeError, AttributeError):
                # Broken, or gone since: the follower builds it anew.
                suspect(folder)
                return None
        return _Loaded.spelling
