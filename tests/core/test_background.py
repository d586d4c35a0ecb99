"""The background process as it is started in operation, with processes that are really killed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django_tasks_db.models import DBTaskResult

from portal.core import background
from portal.core.models import ScheduledRun, Worker
from tests import processes
from tests.core import background_tasks


def test_a_failing_loop_is_called_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "pause_after", lambda failures: 0.0)
    stop = threading.Event()
    calls: list[int] = []

    def shaky(event: threading.Event) -> None:
        calls.append(1)
        if len(calls) < 3:
            raise ValueError
        event.set()

    background.keep_running("wacklig", shaky, stop)
    assert len(calls) == 3


def test_pauses_between_restarts_grow_to_a_minute() -> None:
    assert [background.pause_after(failures) for failures in (0, 1, 2)] == [0.5, 1.0, 2.0]
    assert background.pause_after(50) == 60.0


def test_every_queue_has_its_loop() -> None:
    names = {name for loops in background.groups().values() for name in loops}
    assert {"tasks-default", "tasks-index", "tasks-mail", "tasks-slow", "outbox", "schedule"} <= names


def test_the_lock_is_exclusive(tmp_path: Path) -> None:
    held = background.hold_lock(tmp_path, "main")
    code = (
        "from pathlib import Path\nfrom portal.core.background import *\n"
        f"try: hold_lock(Path({str(tmp_path)!r}), 'main', patience=0)\nexcept AlreadyRunningError: print('taken')"
    )
    assert processes.run(code) == "taken\n"
    os.close(held)


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    return tmp_path / "marks"


@pytest.fixture
def running(real_db: None, marks: Path) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        [sys.executable, "manage.py", "run_background"],
        env=processes.child_environment(CHILD_MARKS=str(marks)),
        cwd=processes.ROOT,
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(timeout=60)


def _pids(group: str) -> list[int]:
    return [int(worker.name.split(":")[1]) for worker in Worker.objects.filter(group=group)]


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_its_task_done(running: subprocess.Popen[bytes], marks: Path) -> None:
    background_tasks.slow_then_done.enqueue(60.0)
    processes.wait_until(lambda: marks.exists() and len(marks.read_text().split()) > 1)
    old = int(marks.read_text().split()[1])
    assert _pids("slow") == [old]
    os.kill(old, signal.SIGKILL)
    processes.wait_until(lambda: "done" in marks.read_text())
    row = processes.wait_until(lambda: DBTaskResult.objects.filter(status="SUCCESSFUL").first())
    assert len(row.worker_ids) == 2
    assert old not in _pids("slow")
    processes.wait_until(lambda: ScheduledRun.objects.filter(job="publish_scheduled", result="ok").exists())

    running.terminate()
    assert running.wait(timeout=60) == 0
    assert not Worker.objects.exists(), "an orderly end leaves no heartbeat behind"


@pytest.mark.slow
def test_children_end_when_their_parent_is_killed(running: subprocess.Popen[bytes]) -> None:
    processes.wait_until(lambda: len(_pids("main")) == 1 and len(_pids("slow")) == 1)
    pids = _pids("main") + _pids("slow")
    running.kill()
    running.wait()
    processes.wait_until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids))
