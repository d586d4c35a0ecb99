"""From a planned query to tantivy's query objects: one small function per part, weights from ranking.toml."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from tantivy import FieldType, Occur, Query

from search.analysis import analyse, grams
from search.compounds import Splitter
from search.engines.base import Group, SearchQuery, Word
from search.ranking import Ranking, ranking

FIELDS = ("title", "all")
READINGS = ("exact", "stem", "parts", "grams")
# Only these are asked for words in a row.
POSITIONS = ("exact", "stem")


class QueryBuilder:
    """Builds queries for one index schema with the splitter of that index."""

    def __init__(self, schema: Any, splitter: Splitter, weights: Ranking | None = None) -> None:
        self._schema = schema
        self._splitter = splitter
        self._weights = weights or ranking()

    def build(self, query: SearchQuery, searcher: Any) -> Any:
        """Return the query that finds and ranks."""
        extras = self._extras(query, searcher) if query.groups else []
        return self._whole(query, self._citations(query), extras, kinds=True, topic=True)

    def matching(self, query: SearchQuery, *, kinds: bool, topic: bool) -> Any:
        """Return a query that finds the same in no order, for counts; one filter may be left out."""
        return self._whole(query, self._citations(query), [], kinds=kinds, topic=topic)

    def _whole(self, query: SearchQuery, citations: Any, extras: list[Any], *, kinds: bool, topic: bool) -> Any:
        parts: list[tuple[Any, Any]] = [(Occur.Must, self._level(query))]
        if kinds and query.kinds:
            parts.append((Occur.Must, self._any_of("kind", query.kinds)))
        if topic and query.topic is not None:
            parts.append((Occur.Must, self._any_of("topic", [str(query.topic)])))
        if query.keys:
            parts.append((Occur.Must, self._any_of("key", query.keys)))
        if query.without:
            parts.append((Occur.MustNot, self._any_of("key", query.without)))
        parts.extend((Occur.Must, self._phrase(words)) for words in query.phrases)
        text = self._text(query, extras)
        matching = [item for item in (text, citations) if item is not None]
        if text is None and query.phrases:
            # The phrase alone decides what is found: "OZG" in quotes names an act and occurs in most texts.
            parts.extend((Occur.Should, item) for item in matching)
        elif matching:
            parts.append((Occur.Must, _should(matching)))
        elif not query.phrases and not query.keys:
            return Query.empty_query()
        return Query.boolean_query(parts)

    # -- filters ------------------------------------------------------------------------------------

    def _level(self, query: SearchQuery) -> Any:
        allowed = Query.range_query(self._schema, "level", FieldType.Integer, None, query.level.rank)
        return Query.const_score_query(allowed, 0.0)

    def _any_of(self, field: str, values: Sequence[str]) -> Any:
        return Query.const_score_query(Query.term_set_query(self._schema, field, list(values)), 0.0)

    # -- text ---------------------------------------------------------------------------------------

    def _text(self, query: SearchQuery, extras: list[Any]) -> Any:
        """Return what has to occur, with what only ranks."""
        groups = [self._group(group) for group in query.groups]
        if not groups:
            return None
        required = max(1, math.floor(len(groups) * self._weights.query["required_share"] + 0.5))
        text = Query.boolean_query([(Occur.Should, group) for group in groups], required)
        return Query.boolean_query([(Occur.Must, text), *((Occur.Should, extra) for extra in extras)])

    def _extras(self, query: SearchQuery, searcher: Any) -> list[Any]:
        weights = self._weights.query
        return [
            *self._nearby(query),
            *self._grams(query, searcher),
            _boost(self._title(query), weights["title_all"]),
            Query.const_score_query(
                Query.term_set_query(self._schema, "suggest_start", own_names(query)), weights["named"]
            ),
        ]

    def _grams(self, query: SearchQuery, searcher: Any) -> list[Any]:
        """Runs of letters that the words share with those of the text; what most texts have says nothing."""
        most = searcher.num_docs * self._weights.query["gram_share"]
        words = dict.fromkeys(word.stem for group in query.groups for word in group.words)
        terms = []
        for gram in (gram for stem in words for gram in grams(stem)):
            for field in FIELDS:
                name = f"{field}_grams"
                if 0 < searcher.doc_freq(name, gram) <= most:
                    terms.append(_boost(self._term(name, gram), self._weight(field, "grams")))
        return terms

    def _title(self, query: SearchQuery) -> Any:
        """Everything that was typed stands in the title."""
        words = [
            Query.disjunction_max_query([self._term("title_stem", word.stem), self._parts("title", word)], 0.0)
            for group in query.groups
            for word in group.words
        ]
        if not words:
            return Query.empty_query()
        return Query.boolean_query([(Occur.Must, word) for word in words])

    def _nearby(self, query: SearchQuery) -> list[Any]:
        """Neighbouring words of the query that stand close together in the text as well."""
        weight = self._weights.query["nearby"]
        if not weight:
            return []
        slop = int(self._weights.query["nearby_distance"])
        stems = [group.words[0].stem for group in query.groups if group.words]
        return [
            _boost(Query.phrase_query(self._schema, "all_stem", [first, second], slop), weight)
            for first, second in pairwise(stems)
        ]

    def _group(self, group: Group) -> Any:
        """The best of: the words, the name they form, equal names; each of several words apart counts half."""
        weights = self._weights.query
        ways = [_boost(self._alternative(stems), weights["synonym"]) for stems in group.alternatives]
        words = [self._word(word) for word in group.words]
        if group.name:
            ways.append(self._alternative(group.name))
            if words:
                ways.append(_boost(_should(words), weights["apart"]))
        else:
            ways += words
        return ways[0] if len(ways) == 1 else Query.disjunction_max_query(ways, 0.0)

    def _word(self, word: Word) -> Any:
        """The sum over fields and readings; a spelling in one word ("Bund ID" as "BundID") counts a little."""
        ways = []
        for field in FIELDS:
            ways += [
                _boost(self._term(f"{field}_exact", word.exact), self._weight(field, "exact")),
                _boost(self._term(f"{field}_stem", word.stem), self._weight(field, "stem")),
                _boost(self._parts(field, word), self._weight(field, "parts")),
            ]
            joined = self._weights.fields[field] * self._weights.query["joined"]
            ways += [_boost(self._term(f"{field}_exact", spelling), joined) for spelling in word.joined]
        return _should(ways)

    def _weight(self, field: str, reading: str) -> float:
        return self._weights.fields[field] * self._weights.readings[reading]

    def _parts(self, field: str, word: Word) -> Any:
        parts = self._splitter.parts(word.exact)
        terms = [self._term(f"{field}_parts", part) for part in parts]
        if len(terms) == 1:
            return terms[0]
        # A compound is met by most of its parts, each counting its share.
        needed = max(1, math.ceil(len(terms) * 0.6))
        return _boost(Query.boolean_query([(Occur.Should, term) for term in terms], needed), 1 / len(terms) ** 0.5)

    def _alternative(self, stems: Sequence[str]) -> Any:
        fields = [
            _boost(self._words_in_row(f"{field}_stem", stems), self._weights.fields[field]) for field in FIELDS
        ]
        return Query.disjunction_max_query(fields, self._weights.query["tie"])

    def _phrase(self, words: Sequence[str]) -> Any:
        fields = [
            _boost(self._words_in_row(f"{field}_exact", words), self._weights.fields[field]) for field in FIELDS
        ]
        return Query.disjunction_max_query(fields, self._weights.query["tie"])

    def _words_in_row(self, field: str, words: Sequence[str]) -> Any:
        """A phrase; of one word it is a term, since tantivy's native code gives up on such a phrase."""
        if len(words) == 1:
            return self._term(field, words[0])
        return Query.phrase_query(self._schema, field, list(words))

    def _term(self, field: str, word: str) -> Any:
        return Query.term_query(self._schema, field, word)

    # -- citations ----------------------------------------------------------------------------------

    def _citations(self, query: SearchQuery) -> Any:
        weights, parts = self._weights.citations, []
        for citation in query.citations:
            if citation.is_act and not citation.alone:
                parts.append(self._constant("define", citation.ref, weights["mentioned"]))
                continue
            parts.append(self._constant("define", citation.ref, weights["defines"]))
            parts.append(self._constant("cite", citation.ref, weights["cites"]))
            if not citation.is_act:
                parts.append(self._constant("define", f"{citation.ref}/*", weights["defines_narrower"]))
                parts.append(self._constant("cite", f"{citation.ref}/*", weights["cites_narrower"]))
            for wider in citation.ancestors:
                parts.append(self._constant("define", wider, weights["defines_wider"]))
                if "/" in wider:
                    parts.append(self._constant("cite", wider, weights["cites_wider"]))
        # The nearest relation alone counts: sums would put what cites a provision twice before the provision.
        return Query.disjunction_max_query(parts, 0.0) if parts else None

    def _constant(self, field: str, value: str, score: float) -> Any:
        return Query.const_score_query(self._term(field, value), score)


def own_names(query: SearchQuery) -> list[str]:
    """Return what was typed, whole and without question words, as the index keeps the own name of each entry."""
    typed = analyse(query.text)
    names = ("".join(typed.exact), "".join(token.exact for token in typed.content))
    return [f"={name}" for name in dict.fromkeys(names)]


def suggest_query(schema: Any, beginnings: Sequence[str]) -> Any:
    """Return the query for public documents all of whose names' words begin as typed; own names come first."""
    public = Query.const_score_query(Query.term_query(schema, "level", 0), 0.0)
    words = [(Occur.Must, Query.term_query(schema, "suggest", word)) for word in beginnings]
    first = Query.const_score_query(Query.term_query(schema, "suggest_start", beginnings[0]), 8.0)
    whole = Query.const_score_query(Query.term_query(schema, "suggest_start", "=" + "".join(beginnings)), 20.0)
    return Query.boolean_query([(Occur.Must, public), *words, (Occur.Should, first), (Occur.Should, whole)])


def _should(queries: Sequence[Any]) -> Any:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, query) for query in queries])


def _boost(query: Any, weight: float) -> Any:
    return query if weight == 1.0 else Query.boost_query(query, weight)
