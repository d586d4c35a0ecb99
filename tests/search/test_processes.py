"""Several processes read the same as one, and a rebuild with them is as right as without."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from search import index as search_index
from search import reading
from search.engines.base import EngineError
from search.index import index_home, open_current
from search.reading import Batch, count_vocabulary, each
from search.rebuild import inspect, rebuild
from tests.search.conftest import Library, make_library

pytestmark = pytest.mark.usefixtures("real_db")

ARTICLES = 30


@pytest.fixture
def much(real_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A library that is large enough for several processes."""
    monkeypatch.setattr(reading, "MANY", 8)
    monkeypatch.setattr(reading, "BATCH", 4)
    library = make_library()
    for number in range(ARTICLES):
        library.add_article(f"Hundesteuer {number}", f"Anmelden bis zum {number}. des Monats.")
    yield library
    search_index._readers.index = None


def keys_and_process(batch: Batch) -> tuple[list[str], int]:
    return [document.key for document in batch], os.getpid()


def test_all_is_read_once_in_the_same_order_and_not_here(much: Library) -> None:
    alone = list(each(keys_and_process))
    together = list(each(keys_and_process, processes=2))
    assert [keys for keys, _ in together] == [keys for keys, _ in alone]
    assert sum(len(keys) for keys, _ in alone) > ARTICLES
    assert {process for _, process in alone} == {os.getpid()}
    assert os.getpid() not in {process for _, process in together}


def test_the_vocabulary_is_the_same(much: Library) -> None:
    assert count_vocabulary(processes=2) == count_vocabulary()
    assert count_vocabulary()["hundesteuer"] == ARTICLES


def test_a_rebuild_is_the_same(much: Library) -> None:
    lines: list[str] = []
    rebuild(processes=2, progress=lines.append)
    together = open_current().inventory()
    assert inspect(open_current(), processes=2) == []
    rebuild()
    assert open_current().inventory() == together


def test_what_a_transaction_has_written_is_read_by_the_process_that_wrote_it(much: Library) -> None:
    with transaction.atomic():
        page = much.add_article("Noch nicht für alle", "Entwurf.")
        read = [(key, process) for keys, process in each(keys_and_process, processes=2) for key in keys]
    assert (f"article:{page.pk}", os.getpid()) in read


def is_alive(process: int) -> bool:
    """Whether a process is there and not only waiting to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_children_end_with_a_parent_that_is_killed(much: Library) -> None:
    """They hold the lock of the build: living on, they would keep everybody else from building."""
    beginning, told = os.pipe()
    connections.close_all()
    parent = os.fork()
    if not parent:
        try:
            for _, process in each(keys_and_process, processes=2):
                os.write(told, f"{process}\n".encode())
                signal.pause()
        finally:
            os._exit(1)
    child = int(os.read(beginning, 100).split()[0])
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    end = time.monotonic() + 60
    while is_alive(child) and time.monotonic() < end:
        time.sleep(0.1)
    assert not is_alive(child)


def test_an_error_of_a_child_ends_the_work(much: Library) -> None:
    def fail(batch: Batch) -> None:
        raise ValueError("unlesbar")

    with pytest.raises(ValueError, match="unlesbar"):
        list(each(fail, processes=2))
    assert len(list(each(keys_and_process, processes=2))) > 1


def kill_oneself(batch: Batch) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def no_room(batch: Batch) -> None:
    raise MemoryError


@pytest.mark.parametrize("work", [kill_oneself, no_room])
def test_a_child_killed_for_memory_is_said_in_words(much: Library, work: Callable[[Batch], None]) -> None:
    with pytest.raises(EngineError, match="--processes 1"):
        list(each(work, processes=2))
    assert len(list(each(keys_and_process, processes=2))) > 1


def test_a_rebuild_whose_child_is_killed_changes_nothing(much: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild()
    before = index_home().current()
    monkeypatch.setattr(reading, "count_words_of", kill_oneself)
    with pytest.raises(CommandError, match="embedded: Ein Prozess, der Texte liest, wurde beendet"):
        call_command("search_rebuild", engine="embedded", processes=2, stdout=io.StringIO())
    assert index_home().current() == before
