"""A query as a tree of a few kinds of nodes: made once from `SearchQuery`, translated for each engine.

A node says what matches and what it is worth; how an engine says so is the translator's matter. Words are in the
readings of the index already, so that no engine analyses a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Term:
    """A word in a field, worth its BM25."""

    field: str
    word: str


@dataclass(frozen=True)
class RareTerm(Term):
    """A term that counts only where at most this share of all entries has it."""

    share: float


@dataclass(frozen=True)
class Phrase:
    """Words in a row, `slop` others between them; at least two words."""

    field: str
    words: tuple[str, ...]
    slop: int = 0


@dataclass(frozen=True)
class AnyOf:
    """One of some whole values, worth nothing by itself."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class AtMost:
    """A number up to a highest one, worth nothing by itself."""

    field: str
    highest: int


@dataclass(frozen=True)
class AtLeast:
    """A number from a lowest one on, worth nothing by itself."""

    field: str
    lowest: int


@dataclass(frozen=True)
class Constant:
    """Whatever matches, worth a fixed number."""

    node: Node
    score: float


@dataclass(frozen=True)
class Boost:
    """A node, its worth times a factor."""

    node: Node
    factor: float


@dataclass(frozen=True)
class Sum:
    """At least `needed` of the nodes; worth all that match together."""

    nodes: tuple[Node, ...]
    needed: int = 1


@dataclass(frozen=True)
class Best:
    """One of the nodes at least; worth the best, and the others by the factor `tie`."""

    nodes: tuple[Node, ...]
    tie: float = 0.0


@dataclass(frozen=True)
class All:
    """All of `must` and nothing of `without`; what matches of `should` adds its worth."""

    must: tuple[Node, ...]
    should: tuple[Node, ...] = ()
    without: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Nothing:
    """Matches nothing."""


Node: TypeAlias = Term | Phrase | AnyOf | AtMost | AtLeast | Constant | Boost | Sum | Best | All | Nothing


@dataclass(frozen=True)
class Plan:
    """What to find: `ranking` finds and ranks, `matching` finds the same in no order.

    `filters` are those with counts, by name: each count leaves out its own.
    """

    ranking: Node
    matching: Node
    filters: Mapping[str, Node] = field(default_factory=dict)

    def filtered(self, node: Node, *, without: str = "") -> Node:
        """Return a node under the filters, but for one of them."""
        chosen = [item for name, item in self.filters.items() if name != without]
        if not chosen or isinstance(node, Nothing):
            return node
        if isinstance(node, All):
            return All((*chosen, *node.must), node.should, node.without)
        return All((*chosen, node))


def boost(node: Node, factor: float) -> Node:
    return node if factor == 1.0 else Boost(node, factor)


def total(nodes: tuple[Node, ...]) -> Node:
    """Return the sum of nodes of which one is enough."""
    return nodes[0] if len(nodes) == 1 else Sum(nodes)
