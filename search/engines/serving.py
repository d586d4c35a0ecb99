"""The cluster as people are served by it: known to be there, or left alone until it is back.

A person never waits for a cluster that is known to be away: the first one who notices waits at most 1.5 seconds
and is answered by the embedded engine; from then on a thread looks whether it is back, and nobody else asks.
The same thread finds out, every few seconds, which index answers, and reads what is needed to ask it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from search.engines.base import (
    EngineError,
    Hit,
    Nearness,
    SearchEngine,
    SearchQuery,
    SearchResults,
    Suggestion,
)
from search.engines.cluster import Cluster
from search.engines.elastic import ElasticIndex
from search.engines.elastic_client import BULK_SECONDS, PERSON_SECONDS, Address, cluster_address
from search.engines.patience import remaining

LOOK_SECONDS = 5.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 10.0
# What somebody may wait for the first look of a process.
FIRST_LOOK_SECONDS = 1.0
SHORTEST = 0.1

logger = logging.getLogger("search")
T = TypeVar("T")


class ServedCluster:
    """The state of the cluster as this process knows it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._looked = threading.Event()
        self._looking = False
        self._index: ElasticIndex | None = None
        self._away = ""
        self._next_look = 0.0
        self._pause = FIRST_PAUSE

    def index(self) -> ElasticIndex:
        """Return the index to ask; `EngineError` at once while the cluster is away."""
        if time.monotonic() >= self._next_look:
            self._look_soon()
        if self._index is None and not self._away:
            self._looked.wait(max(0.0, remaining(FIRST_LOOK_SECONDS)))
        if self._away or self._index is None:
            raise EngineError(self._away or "not read yet")
        seconds = remaining(PERSON_SECONDS)
        if seconds < SHORTEST:
            raise EngineError("no time left")
        return self._index.within(seconds)

    def index_after_move(self) -> ElasticIndex:
        """Return the index to ask now that the one known is gone: two rebuilds may follow each other closely."""
        self._looked.clear()
        self._look_soon()
        self._looked.wait(max(0.0, remaining(FIRST_LOOK_SECONDS)))
        return self.index()

    def failed(self, error: EngineError) -> None:
        """Leave the cluster alone until a look has found it well again."""
        with self._lock:
            if not self._away:
                logger.warning("search.elasticsearch_away", extra={"reason": str(error)})
                self._pause = FIRST_PAUSE
            self._away = str(error)
            self._next_look = time.monotonic() + self._pause

    def _look_soon(self) -> None:
        with self._lock:
            if self._looking:
                return
            self._looking = True
        threading.Thread(target=self._look, name="search-cluster", daemon=True).start()

    def _look(self) -> None:
        try:
            index = self._read()
        except EngineError as error:
            self.failed(error)
            self._pause = min(LONGEST_PAUSE, self._pause * 2)
        else:
            with self._lock:
                if self._away:
                    logger.warning("search.elasticsearch_back")
                self._index, self._away, self._pause = index, "", FIRST_PAUSE
                self._next_look = time.monotonic() + LOOK_SECONDS
        finally:
            self._looking = False
            self._looked.set()

    def _read(self) -> ElasticIndex:
        """Find the index that answers and prove that it does; its words are read once."""
        cluster = Cluster(self._address, seconds=PERSON_SECONDS)
        name = cluster.current()
        index = self._index
        if index is None or index.index != name:
            index = ElasticIndex(cluster.within(BULK_SECONDS), name)
        index.within(PERSON_SECONDS).search(SearchQuery(keys=("-",), facets=False))
        return index


@lru_cache(maxsize=2)
def _served(address: Address, pid: int) -> ServedCluster:
    return ServedCluster(address)


def served_cluster() -> ServedCluster | None:
    """Return the cluster of the settings; None where there is none."""
    address = cluster_address()
    return None if address is None else _served(address, os.getpid())


class ClusterWithStandIn:
    """Asks the cluster, and the embedded engine of this node where that cannot answer."""

    name = "elasticsearch"

    def __init__(self, cluster: ServedCluster, stand_in: SearchEngine) -> None:
        self._cluster, self._stand_in = cluster, stand_in

    def search(self, query: SearchQuery) -> SearchResults:
        try:
            return self._ask(lambda index: index.search(query))
        except EngineError:
            results = self._stand_in.search(query)
            results.stand_in = True
            return results

    def nearest(self, query: SearchQuery, meaning: Nearness, *, limit: int) -> list[Hit]:
        try:
            return self._ask(lambda index: index.nearest(query, meaning, limit=limit))
        except EngineError:
            return self._stand_in.nearest(query, meaning, limit=limit)

    def suggest(self, text: str, *, limit: int) -> list[Suggestion]:
        try:
            return self._ask(lambda index: index.suggest(text, limit=limit))
        except EngineError:
            return self._stand_in.suggest(text, limit=limit)

    def _ask(self, question: Callable[[ElasticIndex], T]) -> T:
        index = self._cluster.index()
        try:
            try:
                return question(index)
            except EngineError as error:
                if not error.is_missing:
                    raise
                return question(self._cluster.index_after_move())
        except EngineError as error:
            if error.is_refused:
                logger.warning("search.elasticsearch_refused", extra={"reason": str(error)})
            else:
                self._cluster.failed(error)
            raise
