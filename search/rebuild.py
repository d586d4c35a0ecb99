"""Builds a new index beside the old one, catches up with what changed meanwhile, proves it, swaps it in."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from search.compounds import save_vocabulary
from search.documents import SearchDocument
from search.engines.base import EngineError, FollowingIndex
from search.engines.embedded import VOCABULARY, EmbeddedIndex
from search.engines.entries import fingerprint
from search.follower import LogReader, can_follow, newest_change, work_off
from search.index import IndexHome, Position, index_home, now_iso, read_position, write_position
from search.numbers import NUMBERS, save_numbers
from search.reading import Batch, count_vocabulary, each

REPORT_EVERY = 20_000
COMPARISONS = 3

logger = logging.getLogger("search.rebuild")
Progress = Callable[[str], None]


class GateError(EngineError):
    """An index is not what the database says; the one in use stays in use."""


@dataclass
class Rebuilt:
    """What a rebuild did: the directory now in use, number of documents, findings of the gate."""

    folder: Path
    documents: int = 0
    findings: list[str] = field(default_factory=list)


def rebuild(
    home: IndexHome | None = None, *, progress: Progress = lambda line: None, processes: int = 1
) -> Rebuilt:
    """Build and swap; `GateError` with the findings if the new index is not right, and nothing is changed.

    With more than one process (`search.reading`) only where the caller has no threads.
    """
    home = home or index_home()
    with home.building():
        home.remove_unproven()
        folder = home.new_folder()
        try:
            result = _build(folder, progress, processes)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        before = home.switch_to(folder)
        # The first of a version: the release before is still at work with its own.
        home.remove_old(before or home.of_other_release())
    progress(f"{result.documents} Einträge, neuer Index in Betrieb.")
    return result


def roll_back_here(home: IndexHome | None = None) -> Path:
    """Use the index before again, after it has caught up and is proven once more; return its directory.

    `GateError` if it is not what the database says, and nothing is changed.
    """
    home = home or index_home()
    with home.building():
        folder = home.previous()
        position = read_position(folder) if folder is not None else None
        if folder is None or not can_follow(position):
            raise EngineError("Es gibt keinen früheren Index, der sich nachführen lässt.")
        index = EmbeddedIndex(folder)
        index.open_writer()
        try:
            log = LogReader(position or Position())
            prove(index, log)
            write_position(folder, Position(log.position.change_id, now_iso()))
        finally:
            index.close_writer()
        home.switch_to(folder)
    return folder


def _build(folder: Path, progress: Progress, processes: int) -> Rebuilt:
    log = log_from_now()
    progress("Wortschatz wird gelesen …")
    vocabulary = count_vocabulary(processes=processes)
    save_vocabulary(folder / VOCABULARY, vocabulary)
    save_numbers(folder / NUMBERS, vocabulary)
    index = EmbeddedIndex(folder)
    index.open_writer()
    try:
        written = fill(index, progress, processes=processes)
        prove(index, log, processes=processes)
        write_position(folder, Position(log.position.change_id, now_iso()))
    finally:
        index.close_writer()
    return Rebuilt(folder=folder, documents=index.count() or written)


def log_from_now() -> LogReader:
    """Return a reader that starts with what is written from now on; the overlap covers open transactions."""
    return LogReader(Position(newest_change(), now_iso()))


def prove(index: FollowingIndex, log: LogReader, *, processes: int = 1) -> None:
    """Catch up with the log, then compare with the database; `GateError` if the index is not right."""
    catch_up(index, log)
    if findings := inspect(index, lambda: catch_up(index, log), processes=processes):
        raise GateError("Der Index stimmt nicht mit der Datenbank überein: " + "; ".join(findings))


def fill(
    index: FollowingIndex,
    progress: Progress,
    *,
    version: int = 0,
    processes: int = 1,
    beat: Callable[[], object] = lambda: None,
) -> int:
    """Write everything findable into an empty index; `beat` is called after each batch."""
    written = 0
    for entries in each(index.entries, processes=processes):
        index.add_new(entries, version=version)
        before, written = written, written + len(entries)
        beat()
        if before // REPORT_EVERY < written // REPORT_EVERY:
            progress(f"{written} Einträge …")
    index.commit()
    return written


def catch_up(index: FollowingIndex, log: LogReader) -> None:
    """Work off the log until nothing new is in it."""
    while work_off(index, log):
        pass


def inspect(
    index: FollowingIndex, catch_up: Callable[[], None] = lambda: None, *, processes: int = 1
) -> list[str]:
    """Compare an index with the database and return findings in words: missing, surplus, differing entries.

    What changed while the database was read is followed up first and then compared again.
    """
    for _ in range(COMPARISONS):
        expected = dict(chain.from_iterable(each(marks, processes=processes)))
        actual = index.inventory()
        suspicious = {uid for uid in expected.keys() | actual.keys() if expected.get(uid) != actual.get(uid)}
        if not suspicious:
            return []
        catch_up()
    missing = [uid for uid in suspicious if uid not in actual]
    surplus = [uid for uid in suspicious if uid not in expected]
    level = [uid for uid in suspicious if uid in expected and uid in actual and expected[uid][1] != actual[uid][1]]
    changed = len(suspicious) - len(missing) - len(surplus) - len(level)
    counted = {
        "fehlen": len(missing),
        "zu viel": len(surplus),
        "Sichtbarkeit falsch": len(level),
        "veraltet": changed,
    }
    return [f"{name}: {number}" for name, number in counted.items() if number]


def marks(batch: Batch) -> list[tuple[int, tuple[int, int]]]:
    """Return the hashes of the keys of documents, each with its mark."""
    return [(fingerprint(document.key), mark(document)) for document in batch]


def mark(document: SearchDocument) -> tuple[int, int]:
    """Return hash of the content and rank of the level, as `inventory` gives them."""
    return fingerprint(document.content_hash), document.level.rank
