"""Keeps the indexes in the cluster true: every index behind the write alias follows the log by itself.

Each node does so; what one node has written later is never overwritten by what another one has read before,
since every entry carries the newest change known when it was read (external versions).

An index that answers nobody, such as the one before, may be closed, blocked or broken: that is logged once and
holds up nothing. An index of another version that answers belongs to a release that other machines run: nodes of
two releases that each built their own would take it from one another in turns, so that the follower leaves it
alone and `search_rebuild` decides.
"""

from __future__ import annotations

import logging
import threading
import time

from search.cluster_rebuild import keep_position, position_of, rebuild_cluster
from search.engines.base import EngineError
from search.engines.cluster import Cluster
from search.engines.elastic import ElasticIndex
from search.engines.elastic_client import BULK_SECONDS, cluster_address
from search.follower import LogReader, can_follow, follow, work_off

LOOK_SECONDS = 2.0
# An index that answers nobody is tried again after this long.
REST_SECONDS = 60.0
# The one that answers may come back, as after the start of a server; after this long it is built anew.
LOST_SECONDS = 600.0

logger = logging.getLogger("search.follower")


class ClusterFollower:
    """Follows the log into the cluster of the settings; builds an index where there is none to follow."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._followed: dict[str, tuple[ElasticIndex, LogReader]] = {}
        self._answering: list[str] = []
        # Indexes with trouble: until when they are left alone, and what was said about them.
        self._resting: dict[str, float] = {}
        self._said: dict[str, str] = {}
        self._lost_since: float | None = None
        self._next_look = 0.0

    def step(self) -> int:
        """Do one round for each index and return the number of changes worked off.

        `EngineError` for trouble with the index that answers; other indexes never hold it up.
        """
        if time.monotonic() >= self._next_look:
            self._look()
        worked = 0
        trouble: EngineError | None = None
        for name in sorted(self._followed, key=lambda name: name not in self._answering):
            index, log = self._followed[name]
            try:
                if rows := work_off(index, log):
                    keep_position(index, log.position)
                    worked += rows
            except EngineError as error:
                del self._followed[name]
                if name in self._answering:
                    self._next_look, trouble = 0.0, error
                else:
                    self._leave_alone(name, error)
        if trouble is not None:
            raise trouble
        return worked

    def _look(self) -> None:
        """Find out which indexes are to be followed, and build one where none can answer."""
        cluster = self._cluster
        names = [name for name in cluster.behind(cluster.write) if cluster.is_current(name)]
        read = cluster.behind(cluster.read)
        self._answering = [name for name in read if name in names]
        self._followed = {name: known for name, known in self._followed.items() if name in names}
        self._resting = {name: until for name, until in self._resting.items() if name in names}
        self._said = {name: said for name, said in self._said.items() if name in (*names, *read)}
        for name in sorted(names, key=lambda name: name not in self._answering):
            self._take_up(name)
        if any(name in self._followed for name in self._answering) or self._is_of_others(read):
            self._next_look = time.monotonic() + LOOK_SECONDS
            return
        self._followed.clear()  # the rebuild deletes what is too old to go back to
        rebuild_cluster(cluster)
        self._lost_since = None

    def _take_up(self, name: str) -> None:
        """Follow an index from its own position on; `EngineError` if it is to answer and cannot be read."""
        answers = name in self._answering
        if name in self._followed or (not answers and time.monotonic() < self._resting.get(name, 0.0)):
            return
        try:
            index = ElasticIndex(self._cluster.client, name)
            position = position_of(index)
        except EngineError as error:
            if not answers:
                self._leave_alone(name, error)
            elif not self._is_lost(error):
                raise
            return
        if answers:
            self._lost_since = None
        if position is not None and can_follow(position):
            self._followed[name] = (index, LogReader(position))
            self._resting.pop(name, None)
        else:  # too old: to read its words every other second helps nobody
            self._resting[name] = time.monotonic() + REST_SECONDS

    def _leave_alone(self, name: str, error: EngineError) -> None:
        """Let an index that answers nobody rest for a while; say so once for each kind of trouble."""
        self._resting[name] = time.monotonic() + REST_SECONDS
        self._say(name, str(error))

    def _say(self, name: str, reason: str) -> None:
        if self._said.get(name) != reason:
            self._said[name] = reason
            logger.warning("search.follower.index", extra={"index": name, "reason": reason})

    def _is_lost(self, error: EngineError) -> bool:
        """Whether the index that answers has been closed or broken for so long that it is built anew."""
        if not (error.is_missing or error.is_refused):
            return False
        if self._lost_since is None:
            self._lost_since = time.monotonic()
        return time.monotonic() - self._lost_since >= LOST_SECONDS

    def _is_of_others(self, read: list[str]) -> bool:
        """Whether an index of another version answers; what cannot be read answers nobody."""
        others = [name for name in read if not self._cluster.is_current(name) and self._cluster.is_readable(name)]
        for name in others:
            self._say(name, "Ein Index einer anderen Version antwortet; search_rebuild baut den dieser Version.")
        return bool(others)

    def close(self) -> None:
        self._followed.clear()
        self._next_look = 0.0


def loop(stop: threading.Event) -> None:
    """Keep the cluster of the settings true until told to stop."""
    address = cluster_address()
    if address is not None:
        follow(ClusterFollower(Cluster(address, seconds=BULK_SECONDS)), stop)
    stop.wait()
