"""Which engine answers. A second one (a cluster) is chosen here; callers know the protocol only."""

from __future__ import annotations

from search.engines.base import SearchEngine, SearchQuery, SearchResults, Suggestion


class EmbeddedEngine:
    """The index in use on this node, whichever directory that is now."""

    name = "embedded"

    def search(self, query: SearchQuery) -> SearchResults:
        from search.index import open_current

        return open_current().search(query)

    def suggest(self, text: str, *, limit: int) -> list[Suggestion]:
        from search.index import open_current

        return open_current().suggest(text, limit=limit)


def get_engine() -> SearchEngine:
    return EmbeddedEngine()
