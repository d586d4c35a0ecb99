"""Builds a new index in the cluster beside the old one, proves it, swaps it in; goes back to the one before."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict

from django.core.cache import cache

from search.compounds import possible_parts
from search.engines.base import EngineError
from search.engines.cluster import Cluster
from search.engines.elastic import ElasticIndex
from search.engines.embedded import index_version
from search.follower import LogReader, can_follow
from search.index import Position, now_iso
from search.reading import count_vocabulary
from search.rebuild import Progress, all_documents, catch_up, fill, log_from_now, prove, worth
from search.splitters import splitter_of

# A builder that is gone holds up the next one no longer than this; each batch renews it.
LOCK_SECONDS = 300


@contextlib.contextmanager
def building(cluster: Cluster) -> Iterator[None]:
    """Hold the right to build for all nodes; `EngineError` if another process builds."""
    key = _lock_key(cluster)
    if not cache.add(key, 1, LOCK_SECONDS):
        raise EngineError("Ein anderer Prozess baut den Index im Cluster gerade neu auf.")
    try:
        yield
    finally:
        cache.delete(key)


def _lock_key(cluster: Cluster) -> str:
    return f"search-building:{cluster.address.prefix}"


def rebuild_cluster(cluster: Cluster, *, progress: Progress = lambda line: None, processes: int = 1) -> int:
    """Build and swap, return the number of documents; `GateError` if it is not right, and nothing is changed.

    With more than one process (`search.reading`) only where the caller has no threads.
    """
    with building(cluster):
        name = cluster.make()
        try:
            documents = _build(cluster, name, progress, worth(processes))
            before = cluster.swap(name)
        except BaseException:
            with contextlib.suppress(EngineError):
                cluster.remove(name)
            raise
        cluster.remove_all_but(name, before)
    progress(f"{documents} Einträge, neuer Index im Cluster in Betrieb.")
    return documents


def _build(cluster: Cluster, name: str, progress: Progress, processes: int) -> int:
    log = log_from_now()
    start = log.position
    progress("Wortschatz wird gelesen …")
    vocabulary = count_vocabulary(all_documents(), processes=processes)
    index = ElasticIndex(
        cluster.client, name, splitter=splitter_of(possible_parts(vocabulary), form=index_version())
    )
    index.save_vocabulary(vocabulary)
    keep_position(index, start)
    cluster.follow(name)  # from here on the followers write what changes into the new index, too

    def beat() -> None:
        cache.touch(_lock_key(cluster), LOCK_SECONDS)

    fill(index, progress, version=start.change_id, processes=processes, beat=beat)
    index.save_common()
    prove(index, log)
    keep_position(index, Position(log.position.change_id, now_iso()))
    return index.count()


def keep_position(index: ElasticIndex, position: Position) -> None:
    index.put_own("position", asdict(position))


def position_of(index: ElasticIndex) -> Position | None:
    """Return how far an index has followed the log; None if that is not known."""
    kept = index.read_own("position")
    return Position(**kept) if kept else None


def roll_back(cluster: Cluster) -> str:
    """Let the index before answer again, after it has caught up; return its name."""
    with building(cluster):
        answering = cluster.behind(cluster.read)
        others = [name for name in cluster.behind(cluster.write) if name not in answering]
        usable = [name for name in others if cluster.is_current(name)]
        if not usable:
            raise EngineError("Im Cluster gibt es keinen früheren Index dieser Version.")
        index = ElasticIndex(cluster.client, usable[0])
        position = position_of(index)
        if position is None or not can_follow(position):
            raise EngineError("Der frühere Index ist zu alt, um ihn nachzuführen.")
        log = LogReader(position)
        catch_up(index, log)
        keep_position(index, log.position)
        cluster.swap(usable[0])
        return usable[0]
