"""Says a query tree in the query language of Elasticsearch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import singledispatchmethod

from elasticsearch.dsl import query as dsl

from search.engines.tree import (
    All,
    AnyOf,
    AtLeast,
    AtMost,
    Best,
    Boost,
    Constant,
    Node,
    Nothing,
    Phrase,
    RareTerm,
    Sum,
    Term,
)

# Lucene leaves out the factor (k1 + 1) of BM25, tantivy has it; fixed scores are given in tantivy's measure.
SCALE = 2.2
# Shares of all entries that have a run of letters, by field; only what is common is known.
Shares = Mapping[str, Mapping[str, float]]


class ElasticTranslator:
    """Translates with what is known of an index; weights are handed down to where Elasticsearch takes them."""

    def __init__(self, common: Shares) -> None:
        self._common = common

    @singledispatchmethod
    def query(self, node: Node, factor: float = 1.0) -> dsl.Query:
        """Return the query of a node."""
        raise TypeError(f"No query for {type(node).__name__}.")

    @query.register
    def _(self, node: Term, factor: float = 1.0) -> dsl.Query:
        return dsl.Term(node.field, {"value": node.word, "boost": factor})

    @query.register
    def _(self, node: Phrase, factor: float = 1.0) -> dsl.Query:
        words = {"query": " ".join(node.words), "analyzer": "whitespace", "slop": node.slop, "boost": factor}
        return dsl.MatchPhrase(node.field, words)

    @query.register
    def _(self, node: AnyOf, factor: float = 1.0) -> dsl.Query:
        return dsl.Bool(filter=[dsl.Terms(node.field, list(node.values))])

    @query.register
    def _(self, node: AtMost, factor: float = 1.0) -> dsl.Query:
        return dsl.Bool(filter=[dsl.Range(node.field, {"lte": node.highest})])

    @query.register
    def _(self, node: AtLeast, factor: float = 1.0) -> dsl.Query:
        return dsl.Bool(filter=[dsl.Range(node.field, {"gte": node.lowest})])

    @query.register
    def _(self, node: Constant, factor: float = 1.0) -> dsl.Query:
        return dsl.ConstantScore(filter=self.query(node.node), boost=node.score / SCALE * factor)

    @query.register
    def _(self, node: Boost, factor: float = 1.0) -> dsl.Query:
        return self.query(node.node, factor * node.factor)

    @query.register
    def _(self, node: Sum, factor: float = 1.0) -> dsl.Query:
        return dsl.Bool(should=self._queries(node.nodes), minimum_should_match=node.needed, boost=factor)

    @query.register
    def _(self, node: Best, factor: float = 1.0) -> dsl.Query:
        return dsl.DisMax(queries=self._queries(node.nodes), tie_breaker=node.tie, boost=factor)

    @query.register
    def _(self, node: All, factor: float = 1.0) -> dsl.Query:
        filters = [item for item in node.must if isinstance(item, AnyOf | AtMost | AtLeast)]
        must = [item for item in node.must if not isinstance(item, AnyOf | AtMost | AtLeast)]
        return dsl.Bool(
            filter=self._queries(filters),
            must=self._queries(must),
            should=self._queries(node.should),
            must_not=self._queries(node.without),
            minimum_should_match=0,
            boost=factor,
        )

    @query.register
    def _(self, node: Nothing, factor: float = 1.0) -> dsl.Query:
        return dsl.MatchNone()

    def _queries(self, nodes: Sequence[Node]) -> list[dsl.Query]:
        return [self.query(node) for node in nodes if self._counts(node)]

    def _counts(self, node: Node) -> bool:
        """False for a rare term that is none."""
        if isinstance(node, Boost):
            return self._counts(node.node)
        if not isinstance(node, RareTerm):
            return True
        return self._common.get(node.field, {}).get(node.word, 0.0) <= node.share
