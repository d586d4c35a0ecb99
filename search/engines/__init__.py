"""Which engine answers: the cluster of the settings, else the index of this node; callers know the protocol."""

from __future__ import annotations

from django.conf import settings

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
    if not settings.ELASTICSEARCH_URL:
        return EmbeddedEngine()
    from search.engines.serving import ClusterWithStandIn, served_cluster

    cluster = served_cluster()
    return EmbeddedEngine() if cluster is None else ClusterWithStandIn(cluster, EmbeddedEngine())
