"""Keeps the indexes in the cluster true: every index behind the write alias follows the log by itself.

Each node does so; what one node has written later is never overwritten by what another one has read before,
since every entry carries the newest change known when it was read (external versions).
"""

from __future__ import annotations

import threading
import time

from search.cluster_rebuild import keep_position, position_of, rebuild_cluster
from search.engines.base import EngineError
from search.engines.cluster import Cluster
from search.engines.elastic import ElasticIndex
from search.engines.elastic_client import BULK_SECONDS, cluster_address
from search.follower import LogReader, can_follow, follow, work_off

LOOK_SECONDS = 2.0


class ClusterFollower:
    """Follows the log into the cluster of the settings; builds an index where there is none to follow."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._followed: dict[str, tuple[ElasticIndex, LogReader]] = {}
        self._next_look = 0.0

    def step(self) -> int:
        """Do one round for each index and return the number of changes worked off.

        Trouble with one index, such as a block on the old one, must not hold up the other.
        """
        if time.monotonic() >= self._next_look:
            self._look()
        worked, trouble = 0, ""
        for name, (index, log) in list(self._followed.items()):
            try:
                if rows := work_off(index, log):
                    keep_position(index, log.position)
                    worked += rows
            except EngineError as error:
                del self._followed[name]
                self._next_look, trouble = 0.0, str(error)
        if trouble:
            raise EngineError(trouble)
        return worked

    def _look(self) -> None:
        """Find out which indexes are to be followed."""
        cluster = self._cluster
        names = [name for name in cluster.behind(cluster.write) if cluster.is_current(name)]
        answering = [name for name in cluster.behind(cluster.read) if name in names]
        self._followed = {name: known for name, known in self._followed.items() if name in names}
        for name in names:
            if name not in self._followed:
                index = ElasticIndex(cluster.client, name)
                position = position_of(index)
                if position is not None and can_follow(position):
                    self._followed[name] = (index, LogReader(position))
        if not any(name in self._followed for name in answering):
            self._followed.clear()  # the rebuild deletes what is too old to go back to
            rebuild_cluster(cluster)
            return
        self._next_look = time.monotonic() + LOOK_SECONDS

    def close(self) -> None:
        self._followed.clear()
        self._next_look = 0.0


def loop(stop: threading.Event) -> None:
    """Keep the cluster of the settings true until told to stop."""
    address = cluster_address()
    if address is not None:
        follow(ClusterFollower(Cluster(address, seconds=BULK_SECONDS)), stop)
    stop.wait()
