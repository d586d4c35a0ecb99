"""A web process has the index and its words open before the first reader searches."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from search import index as search_index
from search import mending, splitters, warming
from search.index import index_home
from search.mending import _Loaded, current_spelling
from search.rebuild import rebuild
from tests import processes
from tests.search.conftest import Library, make_library

# Loads the application as gunicorn's `--preload` does, forks a worker, asks in it whether it is warm, and serves.
WORKER = """
import os, threading
from portal.wsgi import application
from search import mending, splitters, warming
def state():
    return [thread.name for thread in threading.enumerate() if thread.name == "search-warming"]
assert not state() and os.getpid() not in warming._warmed
pid = os.fork()
if pid == 0:
    for thread in threading.enumerate():
        if thread.name == "search-warming":
            thread.join(60)
    warm = os.getpid() in warming._warmed and mending._Loaded.spelling is not None and len(splitters._known) == 1
    grandchild = os.fork()
    if grandchild == 0:
        os._exit(1 if state() else 0)
    os._exit(0 if warm and os.waitpid(grandchild, 0)[1] == 0 else 1)
worker = os.waitpid(pid, 0)[1]
assert not state() and os.getpid() not in warming._warmed
print("worker", worker)
"""


@pytest.fixture(autouse=True)
def _cold(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    warming._warmed.discard(os.getpid())
    monkeypatch.setattr(_Loaded, "folder", None)
    monkeypatch.setattr(_Loaded, "spelling", None)
    splitters._known.clear()
    splitters._of_files.clear()
    search_index._readers.index = None
    yield
    for thread in threading.enumerate():
        if thread.name == "search-warming":
            thread.join(30)
    # What tests fork later is no worker.
    warming._warmed.add(os.getpid())
    search_index._readers.index = None


def test_a_thread_opens_index_and_words_and_leaves_no_connection(
    indexed: Library, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(connections, "close_all", lambda: closed.append(True))
    splitters._known.clear()
    splitters._of_files.clear()
    warming.warm()
    assert closed == [True]
    assert len(splitters._known) == len(splitters._of_files) == 1
    with django_assert_num_queries(0):
        assert current_spelling() is mending._Loaded.spelling
    assert mending._Loaded.folder == index_home().current()


@pytest.fixture
def without_index(db: None, settings: Any, tmp_path: Path) -> None:
    settings.SEARCH_INDEX_DIR = tmp_path


def test_it_is_started_once_per_process(without_index: None, caplog: pytest.LogCaptureFixture) -> None:
    thread = warming.start()
    assert thread is not None
    assert thread.daemon
    thread.join(30)
    assert warming.start() is None
    # There is no index here: said once, and nothing raised.
    assert [record.message for record in caplog.records].count("search.warming") == 1


def test_a_process_that_serves_without_a_fork_is_warmed_by_its_first_request(without_index: None) -> None:
    application = warming.Warming(lambda environ, start_response: [b"served"])
    assert os.getpid() not in warming._warmed
    assert application({}, None) == [b"served"]  # type: ignore[arg-type]
    assert os.getpid() in warming._warmed


def test_trouble_stops_no_answer(
    without_index: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_thread(self: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    application = warming.Warming(lambda environ, start_response: [b"served"])
    assert [application({}, None) for _ in range(2)] == [[b"served"]] * 2  # type: ignore[arg-type]
    assert [record.message for record in caplog.records] == ["search.warming"]


@pytest.mark.slow
def test_a_preloaded_application_warms_its_workers_alone(real_db: None) -> None:
    make_library()
    rebuild()
    done = subprocess.run(
        [sys.executable, "-c", WORKER], cwd=processes.ROOT, env=processes.child_environment(),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout == "worker 0\n", done.stderr
