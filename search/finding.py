"""One search from the words typed to the results a reader may see."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.safestring import SafeString

from portal.core.visibility import Visibility
from search.documents import Kind
from search.eligibility import visible_keys
from search.engines import get_engine
from search.engines.base import EngineError, Group, Hit, SearchEngine, SearchQuery, SearchResults, Suggestion, Word
from search.engines.patience import patience
from search.excerpts import excerpts
from search.fallback import database_search
from search.filters import relief
from search.highlight import Highlighter
from search.mending import mended
from search.narrowing import REVIEWED_MONTHS, Filters
from search.query import Typed, parse, plan
from search.registry import registry
from search.semantic.fusion import current_store, fused
from search.semantic.store import VectorStore
from search.steering.results import steered
from search.steering.rules import current_rules

PAGE_SIZE = 10
# Hits fetched beyond the page: entries withdrawn a moment ago then seldom leave it short.
EXTRA = 5
LAST_PAGE = 50
MOST_SUGGESTIONS = 8
PER_GROUP = 3
FETCHED_SUGGESTIONS = 40
SHORTEST_SUGGEST = 2

logger = logging.getLogger("search")


@dataclass(frozen=True)
class Result:
    """One result as it is shown; `title_html` and `snippet_html` are safe and carry marks.

    `page` is the page of the file in which the excerpt stands, from 1; 0 without pages or without a mark.
    """

    key: str
    kind: Kind
    url: str
    title: str
    title_html: SafeString
    snippet_html: SafeString
    badge: str
    page: int
    changed: Any
    reviewed: Any
    topic: str

    @property
    def page_label(self) -> str:
        """Return in words where the excerpt stands; of what only leads to a file, that it stands in that file."""
        if not self.page:
            return ""
        return f"Seite {self.page}" if self.kind.code == "download" else f"Seite {self.page} der Datei"


@dataclass
class Found:
    """What a search gives: results of one page, counts, and what the reader should be told about it."""

    typed: Typed
    results: list[Result] = field(default_factory=list)
    total: int = 0
    kind_counts: dict[str, int] = field(default_factory=dict)
    topic_counts: dict[int, int] = field(default_factory=dict)
    audience_counts: dict[str, int] = field(default_factory=dict)
    act_counts: dict[str, int] = field(default_factory=dict)
    # By number of months.
    reviewed_counts: dict[int, int] = field(default_factory=dict)
    topic_titles: dict[int, str] = field(default_factory=dict)
    # Without hits: what would be found without one of the filters, by facet; "" stands for without all of them.
    relief: dict[str, int] = field(default_factory=dict)
    degraded: bool = False
    stand_in: bool = False
    engine: str = ""
    relaxed: bool = False
    # The query with its typing errors mended: offered, or, where nothing else was found, already followed.
    meant: str = ""
    followed: bool = False

    def counts(self, facet: str) -> dict[str, int]:
        """Return the counts of a facet by value, as it stands in addresses."""
        counts: dict[Any, int] = getattr(self, f"{facet}_counts")
        return {str(value): number for value, number in counts.items()}

    def take_counts(self, query: SearchQuery, answer: SearchResults) -> None:
        self.kind_counts, self.topic_counts = answer.kind_counts, answer.topic_counts
        self.audience_counts, self.act_counts = answer.audience_counts, answer.act_counts
        months = zip(REVIEWED_MONTHS, query.reviewed_steps, strict=True)
        self.reviewed_counts = {number: answer.reviewed_counts.get(step, 0) for number, step in months}


@patience()
def find(
    raw: str,
    *,
    level: Visibility,
    kinds: Sequence[str] = (),
    topic: int | None = None,
    filters: Filters | None = None,
    page: int = 1,
) -> Found:
    """Search; `page` counts from 1, `filters` hold more than `kinds` and `topic` and stand for them.

    Engine trouble gives the plain database search with `degraded`.
    """
    found = Found(typed=parse(raw))
    filters = filters or Filters(kinds=tuple(kinds), topic=topic)
    query = filters.narrow(plan(found.typed, level=level))
    if query.is_empty:
        return found
    page = min(max(1, page), LAST_PAGE)
    query = replace(query, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE + EXTRA)
    answer, found.relaxed = answer_query(query)
    outcome = mended(query, answer, lambda other: answer_query(other)[0])
    query, answer, found.meant, found.followed = outcome.query, outcome.answer, outcome.meant, outcome.followed
    if (
        not answer.hits and answer.total and query.offset
    ):  # a page behind the last one: an old link, a typed number
        last = min(LAST_PAGE, -(-answer.total // PAGE_SIZE))
        answer, found.relaxed = answer_query(replace(query, offset=(last - 1) * PAGE_SIZE))
    allowed = visible_keys([hit.key for hit in answer.hits], level)
    shown = [hit for hit in answer.hits if hit.key in allowed][:PAGE_SIZE]
    hidden = len(answer.hits) - len(allowed)
    found.total = max(len(shown), answer.total - hidden)
    found.take_counts(query, answer)
    found.degraded, found.stand_in, found.engine = answer.degraded, answer.stand_in, answer.engine
    if not answer.total and not answer.degraded:
        found.relief = relief(query, lambda other: answer_query(other)[0])
    found.topic_titles = _topic_titles(answer, filters, shown, level)
    found.results = _present(shown, query, found.topic_titles)
    return found


def _topic_titles(answer: SearchResults, filters: Filters, shown: list[Hit], level: Visibility) -> dict[int, str]:
    """Return the titles of all topics that the page of results names."""
    topics = {*answer.topic_counts, *(hit.primary_topic for hit in shown if hit.primary_topic)}
    if filters.topic is not None:
        topics.add(filters.topic)
    if registry.topic_names is None or not topics:
        return {}
    return registry.topic_names.titles(topics, level)


def answer_query(
    query: SearchQuery, engine: SearchEngine | None = None, store: VectorStore | None = None
) -> tuple[SearchResults, bool]:
    """Ask the engine, with what the staff have decided about the query. Returns (results, relaxed).

    Engine and vectors are those of the installation; where an engine is given, the vectors are as given too.
    """
    if engine is not None:
        return steered(query, lambda asked: _answer(asked, engine, store))
    return steered(query, lambda asked: _answer(asked, get_engine(), current_store()))


def _answer(query: SearchQuery, engine: SearchEngine, store: VectorStore | None) -> tuple[SearchResults, bool]:
    """Ask the engine; a quoted phrase that occurs nowhere is searched as words. Returns (results, relaxed)."""
    try:
        answer = fused(query, engine, store)
        if answer.total or not query.phrases:
            return answer, False
        return fused(without_phrases(query), engine, store), True
    except EngineError as error:
        logger.warning("search.engine_failed", extra={"reason": str(error)})
        return database_search(query), False


def without_phrases(query: SearchQuery) -> SearchQuery:
    """Return the query with its quoted phrases as loose words."""
    from search.analysis import light_stem

    loose = [Group(words=(Word(word, light_stem(word)),)) for phrase in query.phrases for word in phrase]
    return replace(query, phrases=(), groups=(*query.groups, *loose))


def _present(hits: list[Hit], query: SearchQuery, topics: dict[int, str]) -> list[Result]:
    highlighter, kinds = Highlighter(query), registry.kinds
    snippets = excerpts(hits, highlighter)
    results = []
    for hit in hits:
        snippet = snippets[hit.key]
        page = snippet.page
        results.append(
            Result(
                key=hit.key,
                kind=kinds.get(hit.kind, Kind(hit.kind, hit.kind, hit.kind)),
                # Browsers open a PDF at this page (RFC 8118); of other files the fragment means nothing.
                url=f"{hit.url}#page={page}" if page > 1 and hit.url.lower().endswith(".pdf") else hit.url,
                title=hit.title,
                title_html=highlighter.mark(hit.title),
                snippet_html=snippet.html,
                badge=hit.badge,
                page=page,
                changed=hit.changed,
                reviewed=hit.reviewed,
                topic=topics.get(hit.primary_topic or 0, ""),
            )
        )
    return results


@patience()
def suggest(raw: str) -> list[dict[str, str]]:
    """Return at most eight public suggestions in the order of their groups; none when the engine is away."""
    typed = parse(raw)
    if len(typed.text) < SHORTEST_SUGGEST:
        return []
    try:
        found = get_engine().suggest(typed.text, limit=FETCHED_SUGGESTIONS)
    except EngineError:
        return []
    rules = current_rules()
    chosen = _spread([item for item in found if not rules.denies(item.label)])
    allowed = visible_keys([item.key for item in chosen], Visibility.PUBLIC)
    kinds = registry.kinds
    rows = [item for item in chosen if item.key in allowed and item.kind in kinds][:MOST_SUGGESTIONS]
    rank = {
        group: place for place, group in enumerate(dict.fromkeys(kinds[item.kind].suggest_group for item in rows))
    }
    rows.sort(key=lambda item: rank[kinds[item.kind].suggest_group])
    return [{"label": item.label, "url": item.url, "group": kinds[item.kind].suggest_group} for item in rows]


def _spread(found: list[Suggestion]) -> list[Suggestion]:
    """Return the best of each group first, so that one group does not fill the list, then the others."""
    kinds = registry.kinds
    counts: dict[str, int] = {}
    first: list[Suggestion] = []
    later: list[Suggestion] = []
    for item in dict.fromkeys(found):
        group = kinds[item.kind].suggest_group if item.kind in kinds else ""
        counts[group] = counts.get(group, 0) + 1
        (first if counts[group] <= PER_GROUP else later).append(item)
    return [*first, *later][: MOST_SUGGESTIONS + EXTRA]
