"""Builds a new index in the cluster beside the old one, proves it, swaps it in; goes back to the one before.

An index says itself that it was proven (an entry of our own). One that does not is what a killed build has left:
nobody goes back to it, and the next build deletes it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict

from django.core.cache import cache

from search.compounds import possible_parts
from search.engines.base import EngineError
from search.engines.cluster import Cluster
from search.engines.elastic import ElasticIndex, put_own, read_own
from search.engines.embedded import index_version
from search.follower import LogReader, can_follow
from search.index import Position, now_iso
from search.reading import count_vocabulary
from search.rebuild import Progress, fill, log_from_now, prove
from search.splitters import splitter_of

# A builder that is gone holds up the next one no longer than this; each batch renews it.
LOCK_SECONDS = 300
PROVEN = "proven"


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
        _remove_unproven(cluster)
        name = cluster.make()
        try:
            documents = _build(cluster, name, progress, processes)
            before = cluster.swap(name)
        except BaseException:
            with contextlib.suppress(EngineError):
                cluster.remove(name)
            raise
        cluster.remove_all_but(name, _worth_keeping(cluster, before))
    progress(f"{documents} Einträge, neuer Index im Cluster in Betrieb.")
    return documents


def _remove_unproven(cluster: Cluster) -> None:
    """Delete what killed builds have left. What cannot be read stays until a new index is in use."""
    answering = cluster.behind(cluster.read)
    for name in cluster.indexes():
        if name not in answering:
            with contextlib.suppress(EngineError):
                if not is_proven(cluster, name):
                    cluster.remove(name)


def _worth_keeping(cluster: Cluster, before: str) -> str:
    """Return the index that has answered until now; "" if nobody could go back to it.

    Having answered, it is proven: one of an earlier release does not say so itself.
    """
    with contextlib.suppress(EngineError):  # slow or blocked: that passes
        if before and not cluster.is_readable(before):
            return ""
        if before and not is_proven(cluster, before):
            _note_proven(cluster, before)
    return before


def _build(cluster: Cluster, name: str, progress: Progress, processes: int) -> int:
    log = log_from_now()
    start = log.position
    progress("Wortschatz wird gelesen …")
    vocabulary = count_vocabulary(processes=processes)
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
    prove(index, log, processes=processes)
    keep_position(index, Position(log.position.change_id, now_iso()))
    _note_proven(cluster, name)
    return index.count()


def keep_position(index: ElasticIndex, position: Position) -> None:
    index.put_own("position", asdict(position))


def position_of(index: ElasticIndex) -> Position | None:
    """Return how far an index has followed the log; None if that is not known."""
    kept = index.read_own("position")
    return Position(**kept) if kept else None


def is_proven(cluster: Cluster, name: str) -> bool:
    """Whether an index was compared with the database after it was filled; `EngineError` if it cannot be read."""
    return read_own(cluster.client, name, PROVEN) is not None


def _note_proven(cluster: Cluster, name: str) -> None:
    put_own(cluster.client, name, PROVEN, {"at": now_iso()})


def roll_back(cluster: Cluster) -> str:
    """Let the index before answer again, after it has caught up and is proven once more; return its name.

    `GateError` if it is not what the database says, and nothing is changed.
    """
    with building(cluster):
        name = _before(cluster)
        index = ElasticIndex(cluster.client, name)
        position = position_of(index)
        if position is None or not can_follow(position):
            raise EngineError("Der frühere Index ist zu alt, um ihn nachzuführen.")
        log = LogReader(position)
        prove(index, log)
        keep_position(index, log.position)
        cluster.swap(name)
        return name


def _before(cluster: Cluster) -> str:
    """Return the newest proven index of this version that does not answer; `EngineError` if there is none."""
    answering = cluster.behind(cluster.read)
    for name in cluster.behind(cluster.write):
        if name not in answering and cluster.is_current(name):
            with contextlib.suppress(EngineError):  # closed, or files of it are gone
                if is_proven(cluster, name):
                    return name
    raise EngineError("Im Cluster gibt es keinen früheren Index dieser Version.")
