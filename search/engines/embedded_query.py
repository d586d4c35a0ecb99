"""Says a query tree in tantivy's objects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatchmethod
from typing import Any

from tantivy import FieldType, Occur, Query

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


class TantivyTranslator:
    """Translates for one schema and one state of the index."""

    def __init__(self, schema: Any, searcher: Any) -> None:
        self._schema, self._searcher = schema, searcher

    @singledispatchmethod
    def query(self, node: Node) -> Any:
        """Return the query object of a node."""
        raise TypeError(f"No query for {type(node).__name__}.")

    @query.register
    def _(self, node: Term) -> Any:
        return Query.term_query(self._schema, node.field, node.word)

    @query.register
    def _(self, node: Phrase) -> Any:
        # Of one word tantivy's native code would give up; the planner makes a term of it.
        return Query.phrase_query(self._schema, node.field, list(node.words), node.slop)

    @query.register
    def _(self, node: AnyOf) -> Any:
        return Query.const_score_query(Query.term_set_query(self._schema, node.field, list(node.values)), 0.0)

    @query.register
    def _(self, node: AtMost) -> Any:
        allowed = Query.range_query(self._schema, node.field, FieldType.Integer, None, node.highest)
        return Query.const_score_query(allowed, 0.0)

    @query.register
    def _(self, node: AtLeast) -> Any:
        allowed = Query.range_query(self._schema, node.field, FieldType.Integer, node.lowest, None)
        return Query.const_score_query(allowed, 0.0)

    @query.register
    def _(self, node: Constant) -> Any:
        return Query.const_score_query(self.query(node.node), node.score)

    @query.register
    def _(self, node: Boost) -> Any:
        return Query.boost_query(self.query(node.node), node.factor)

    @query.register
    def _(self, node: Sum) -> Any:
        return Query.boolean_query(self._clauses(Occur.Should, node.nodes), node.needed)

    @query.register
    def _(self, node: Best) -> Any:
        return Query.disjunction_max_query([self.query(item) for item in node.nodes], node.tie)

    @query.register
    def _(self, node: All) -> Any:
        clauses = self._clauses(Occur.Must, node.must) + self._clauses(Occur.Should, node.should)
        return Query.boolean_query(clauses + self._clauses(Occur.MustNot, node.without))

    @query.register
    def _(self, node: Nothing) -> Any:
        return Query.empty_query()

    def _clauses(self, occur: Any, nodes: Sequence[Node]) -> list[tuple[Any, Any]]:
        return [(occur, self.query(node)) for node in nodes if self._counts(node)]

    def _counts(self, node: Node) -> bool:
        """False for a rare term that is none, or that nothing has."""
        if isinstance(node, Boost):
            return self._counts(node.node)
        if not isinstance(node, RareTerm):
            return True
        found = self._searcher.doc_freq(node.field, node.word)
        return bool(0 < found <= self._searcher.num_docs * node.share)
