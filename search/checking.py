"""Compares indexes with the database, entry by entry, and has wrong ones read again.

What is wrong is written into the change log, so that every index repairs it by the way everything else takes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import close_old_connections

from search import health
from search.engines import index_in_use
from search.engines.base import EngineError, FollowingIndex
from search.engines.entries import fingerprint
from search.index import index_home
from search.models import ENTRY, SearchChange
from search.reading import all_documents
from search.rebuild import mark
from search.registry import registry

# A follower has worked off what was published while the database was read.
SETTLE_SECONDS = 5.0
BATCH = 500
# The job of the night looks at one node; each of the others looks at its own index when nobody has for so long.
CHECKED = "checked"
OWN_CHECK_SECONDS = 25 * 3600
PAUSE_SECONDS = 600.0

logger = logging.getLogger("search.check")


@dataclass(frozen=True)
class Checked:
    """One index: how many entries it was compared with, keys of those that differ; or why it cannot be read."""

    name: str
    entries: int = 0
    wrong: tuple[str, ...] = ()
    trouble: str = ""

    def __str__(self) -> str:
        if self.trouble:
            return f"{self.name}: nicht lesbar ({self.trouble})"
        found = f"{len(self.wrong)} abweichend, zur Reparatur vorgemerkt" if self.wrong else "alle richtig"
        return f"{self.name}: {self.entries} Einträge, {found}"


def check_all(*, settle: float = SETTLE_SECONDS) -> list[Checked]:
    """Check every index of this installation that this node can reach."""
    _note_check()
    return _checked([*_own(), *_of_cluster()], settle)


def check_own(*, settle: float = SETTLE_SECONDS) -> list[Checked]:
    """Check the index of this node alone."""
    _note_check()
    return _checked(_own(), settle)


def _checked(indexes: Iterable[tuple[str, FollowingIndex | EngineError]], settle: float) -> list[Checked]:
    checked = []
    for name, index in indexes:
        if isinstance(index, EngineError):
            checked.append(Checked(name, trouble=str(index)))
            continue
        try:
            checked.append(check(name, index, settle=settle))
        except EngineError as error:
            checked.append(Checked(name, trouble=str(error)))
    return checked


def _own() -> Iterator[tuple[str, FollowingIndex | EngineError]]:
    try:
        yield "Dieser Server", index_in_use()
    except EngineError as error:
        if (folder := index_home().current()) is not None:
            health.suspect(folder)
        yield "Dieser Server", error


def _of_cluster() -> Iterator[tuple[str, FollowingIndex | EngineError]]:
    if not settings.ELASTICSEARCH_URL:
        return
    from search.engines.cluster import cluster_in_use
    from search.engines.elastic import ElasticIndex

    try:
        cluster = cluster_in_use()
        yield "Elasticsearch", ElasticIndex(cluster.client, cluster.current())
    except EngineError as error:
        yield "Elasticsearch", error


def check(name: str, index: FollowingIndex, *, settle: float = SETTLE_SECONDS) -> Checked:
    """Compare number, content and level of all entries; note down those that differ twice."""
    keys, wrong = _differences(index)
    if wrong and settle:
        time.sleep(settle)
    still = _confirmed(index, wrong)
    rows = [SearchChange(object_key=f"{ENTRY}{key}") for key in still]
    SearchChange.objects.bulk_create(rows, batch_size=BATCH)
    return Checked(name, keys, tuple(still))


def _differences(index: FollowingIndex) -> tuple[int, list[str]]:
    there = index.inventory()
    wrong, seen = [], set()
    for document in all_documents():
        uid = fingerprint(document.key)
        seen.add(uid)
        if there.get(uid) != mark(document):
            wrong.append(document.key)
    surplus = there.keys() - seen
    return len(seen), [*wrong, *(index.keys_of(surplus) if surplus else [])]


def _confirmed(index: FollowingIndex, keys: list[str]) -> list[str]:
    """Return the keys that differ from the database as it is now."""
    if not keys:
        return []
    there, still = index.inventory(), []
    for start in range(0, len(keys), BATCH):
        for key, document in registry.load_keys(keys[start : start + BATCH]).items():
            if there.get(fingerprint(key)) != (mark(document) if document is not None else None):
                still.append(key)
    return still


def nightly() -> str:
    """The job: check everything and say what was found."""
    return "; ".join(str(item) for item in check_all())


def _note_check() -> None:
    root = index_home().root
    root.mkdir(parents=True, exist_ok=True)
    (root / CHECKED).touch()


def own_check_is_due() -> bool:
    """Whether nobody has looked at the index of this node for a day; a new one has been proven as it was built."""
    stamp = index_home().root / CHECKED
    if not stamp.exists():
        _note_check()
    return time.time() - stamp.stat().st_mtime > OWN_CHECK_SECONDS


def loop(stop: threading.Event) -> None:
    """Look at this node's own index once a day, on every node (`run_background`)."""
    while not stop.wait(PAUSE_SECONDS):
        if own_check_is_due():
            found = "; ".join(map(str, check_own()))
            logger.info("search.check.own", extra={"found": found})
        close_old_connections()
