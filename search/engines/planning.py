"""From a query to the tree that all engines ask: one small function per part, weights from ranking.toml."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from search.analysis import analyse, grams
from search.compounds import Splitter
from search.engines.base import Group, SearchQuery, Word
from search.engines.tree import (
    All,
    AnyOf,
    AtLeast,
    AtMost,
    Best,
    Constant,
    Node,
    Nothing,
    Phrase,
    Plan,
    RareTerm,
    Sum,
    Term,
    boost,
    total,
)
from search.filters import Condition, OneOf, conditions
from search.ranking import Ranking, ranking

FIELDS = ("title", "all")
READINGS = ("exact", "stem", "parts", "grams")
# Only these are asked for words in a row.
POSITIONS = ("exact", "stem")


class Planner:
    """Plans queries for an index with the splitter by which its compounds were split."""

    def __init__(self, splitter: Splitter, weights: Ranking | None = None) -> None:
        self._splitter = splitter
        self._weights = weights or ranking()

    def plan(self, query: SearchQuery) -> Plan:
        citations = self._citations(query)
        extras = self._extras(query) if query.groups else ()
        filters = {facet: _filter(condition) for facet, condition in conditions(query).items()}
        return Plan(self._whole(query, citations, extras), self._whole(query, citations, ()), filters)

    def allowed(self, query: SearchQuery) -> Node:
        """Return the tree for everything that level and filters let through, whatever its words are; no worth."""
        narrowing = tuple(_filter(condition) for condition in conditions(query).values())
        return All((*_reachable(query), *narrowing), without=_left_out(query))

    def _whole(self, query: SearchQuery, citations: Node | None, extras: tuple[Node, ...]) -> Node:
        must = [*_reachable(query), *(self._phrase(words) for words in query.phrases)]
        without = _left_out(query)
        text = self._text(query, extras)
        matching = tuple(item for item in (text, citations) if item is not None)
        if text is None and query.phrases:
            # The phrase alone decides what is found: "OZG" in quotes names an act and occurs in most texts.
            return All(tuple(must), should=matching, without=without)
        if matching:
            must.append(total(matching))
        elif not query.phrases and not query.keys:
            return Nothing()
        return All(tuple(must), without=without)

    # -- text ---------------------------------------------------------------------------------------

    def _text(self, query: SearchQuery, extras: tuple[Node, ...]) -> Node | None:
        """Return what has to occur, with what only ranks."""
        groups = tuple(self._group(group) for group in query.groups)
        if not groups:
            return None
        required = max(1, math.floor(len(groups) * self._weights.query["required_share"] + 0.5))
        return All((Sum(groups, required),), should=extras)

    def _extras(self, query: SearchQuery) -> tuple[Node, ...]:
        weights = self._weights.query
        words = (*self._nearby(query), *self._grams(query))
        if not query.together:
            return words
        return (
            *words,
            boost(self._title(query), weights["title_all"]),
            Constant(AnyOf("suggest_start", own_names(query)), weights["named"]),
        )

    def _grams(self, query: SearchQuery) -> list[Node]:
        """Runs of letters that the words share with those of the text; what most texts have says nothing."""
        most = self._weights.query["gram_share"]
        words = dict.fromkeys(word.stem for group in query.groups for word in group.words)
        return [
            boost(RareTerm(f"{field}_grams", gram, most), self._weight(field, "grams"))
            for stem in words
            for gram in grams(stem)
            for field in FIELDS
        ]

    def _title(self, query: SearchQuery) -> Node:
        """Everything that was typed stands in the title."""
        words = tuple(
            Best((Term("title_stem", word.stem), self._parts("title", word)))
            for group in query.groups
            for word in group.words
        )
        return All(words) if words else Nothing()

    def _nearby(self, query: SearchQuery) -> list[Node]:
        """Neighbouring words of the query that stand close together in the text as well."""
        weight = self._weights.query["nearby"]
        if not weight:
            return []
        slop = int(self._weights.query["nearby_distance"])
        stems = [group.words[0].stem for group in query.groups if group.words]
        return [boost(Phrase("all_stem", (first, second), slop), weight) for first, second in pairwise(stems)]

    def _group(self, group: Group) -> Node:
        """The best of: the words, the name they form, equal names; each of several words apart counts half."""
        weights = self._weights.query
        ways = [boost(self._in_row("stem", stems), weights["synonym"]) for stems in group.alternatives]
        words = tuple(self._word(word) for word in group.words)
        if group.name:
            ways.append(self._in_row("stem", group.name))
            if words:
                ways.append(boost(total(words), weights["apart"]))
        else:
            ways += words
        return ways[0] if len(ways) == 1 else Best(tuple(ways))

    def _word(self, word: Word) -> Node:
        """The sum over fields and readings; a spelling in one word ("Bund ID" as "BundID") counts a little."""
        ways: list[Node] = []
        for field in FIELDS:
            ways += [
                boost(Term(f"{field}_exact", word.exact), self._weight(field, "exact")),
                boost(Term(f"{field}_stem", word.stem), self._weight(field, "stem")),
                boost(self._parts(field, word), self._weight(field, "parts")),
            ]
            joined = self._weights.fields[field] * self._weights.query["joined"]
            ways += [boost(Term(f"{field}_exact", spelling), joined) for spelling in word.joined]
        return total(tuple(ways))

    def _weight(self, field: str, reading: str) -> float:
        return self._weights.fields[field] * self._weights.readings[reading]

    def _parts(self, field: str, word: Word) -> Node:
        terms = tuple(Term(f"{field}_parts", part) for part in self._splitter.parts(word.exact))
        if len(terms) == 1:
            return terms[0]
        # A compound is met by most of its parts, each counting its share.
        needed = max(1, math.ceil(len(terms) * 0.6))
        return boost(Sum(terms, needed), 1 / len(terms) ** 0.5)

    def _phrase(self, words: Sequence[str]) -> Node:
        return self._in_row("exact", words)

    def _in_row(self, reading: str, words: Sequence[str]) -> Node:
        fields = tuple(
            boost(_phrase_or_term(f"{field}_{reading}", words), self._weights.fields[field]) for field in FIELDS
        )
        return Best(fields, self._weights.query["tie"])

    # -- citations ----------------------------------------------------------------------------------

    def _citations(self, query: SearchQuery) -> Node | None:
        weights, parts = self._weights.citations, []
        for citation in query.citations:
            if citation.is_act and not citation.alone:
                parts.append(_constant("define", citation.ref, weights["mentioned"]))
                continue
            parts.append(_constant("define", citation.ref, weights["defines"]))
            parts.append(_constant("cite", citation.ref, weights["cites"]))
            if not citation.is_act:
                parts.append(_constant("define", f"{citation.ref}/*", weights["defines_narrower"]))
                parts.append(_constant("cite", f"{citation.ref}/*", weights["cites_narrower"]))
            for wider in citation.ancestors:
                parts.append(_constant("define", wider, weights["defines_wider"]))
                if "/" in wider:
                    parts.append(_constant("cite", wider, weights["cites_wider"]))
        # The nearest relation alone counts: sums would put what cites a provision twice before the provision.
        return Best(tuple(parts)) if parts else None


def _reachable(query: SearchQuery) -> tuple[Node, ...]:
    """The level of the reader, and the documents a query is about, if it names some."""
    level = AtMost("level", query.level.rank)
    return (level, AnyOf("key", query.keys)) if query.keys else (level,)


def _left_out(query: SearchQuery) -> tuple[Node, ...]:
    return (AnyOf("key", query.without),) if query.without else ()


def _filter(condition: Condition) -> Node:
    if isinstance(condition, OneOf):
        return AnyOf(condition.field, condition.values)
    return AtLeast(condition.field, condition.lowest)


def _phrase_or_term(field: str, words: Sequence[str]) -> Node:
    return Term(field, words[0]) if len(words) == 1 else Phrase(field, tuple(words))


def _constant(field: str, value: str, score: float) -> Node:
    return Constant(Term(field, value), score)


def own_names(query: SearchQuery) -> tuple[str, ...]:
    """Return what was typed, whole and without question words, as the index keeps the own name of each entry."""
    typed = analyse(query.text)
    names = ("".join(typed.exact), "".join(token.exact for token in typed.content))
    return tuple(f"={name}" for name in dict.fromkeys(names))


def plan_suggestions(beginnings: Sequence[str]) -> Node:
    """Return the tree for public documents all of whose names' words begin as typed; own names come first."""
    words = tuple(Term("suggest", word) for word in beginnings)
    first = Constant(Term("suggest_start", beginnings[0]), 8.0)
    whole = Constant(Term("suggest_start", "=" + "".join(beginnings)), 20.0)
    return All((AtMost("level", 0), *words), should=(first, whole))
