"""Which engine answers: the cluster of the settings, else the index of this node; callers know the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings

from search.engines.base import (
    EngineError,
    Hit,
    Nearness,
    SearchEngine,
    SearchQuery,
    SearchResults,
    Suggestion,
)

if TYPE_CHECKING:
    from search.engines.embedded import EmbeddedIndex

T = TypeVar("T")


class EmbeddedEngine:
    """The index in use on this node, whichever directory that is now."""

    name = "embedded"

    def search(self, query: SearchQuery) -> SearchResults:
        return self._ask(lambda index: index.search(query))

    def nearest(self, query: SearchQuery, meaning: Nearness, *, limit: int) -> list[Hit]:
        return self._ask(lambda index: index.nearest(query, meaning, limit=limit))

    def suggest(self, text: str, *, limit: int) -> list[Suggestion]:
        return self._ask(lambda index: index.suggest(text, limit=limit))

    def _ask(self, question: Callable[[EmbeddedIndex], T]) -> T:
        """Ask the index in use; after a failure the follower is told to look at its files."""
        from search import health
        from search.index import index_home

        try:
            return question(index_in_use())
        except EngineError:
            if (folder := index_home().current()) is not None:
                health.suspect(folder)
            raise


def index_in_use() -> EmbeddedIndex:
    """Return the index of this node; `EngineError` if there is none."""
    from search.index import open_current

    return open_current()


def get_engine() -> SearchEngine:
    if not settings.ELASTICSEARCH_URL:
        return EmbeddedEngine()
    from search.engines.serving import ClusterWithStandIn, served_cluster

    cluster = served_cluster()
    return EmbeddedEngine() if cluster is None else ClusterWithStandIn(cluster, EmbeddedEngine())
