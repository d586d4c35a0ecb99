from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from portal.core import taskqueue, workers
from portal.core.models import Worker
from tests.core import background_tasks

pytestmark = pytest.mark.django_db


def test_drain_runs_what_is_ready_and_names_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHILD_MARKS", str(tmp_path / "marks"))
    background_tasks.harmless.enqueue("Größe")
    background_tasks.failing.enqueue()
    failed = taskqueue.drain()
    assert [row.exception_class_path for row in failed] == ["builtins.ValueError"]
    assert (tmp_path / "marks").read_text() == "Größe\n"


def _running(worker: str) -> DBTaskResult:
    background_tasks.failing.enqueue()
    row: DBTaskResult = DBTaskResult.objects.get()
    row.claim(worker)
    return row


def test_tasks_of_a_dead_worker_are_put_back_and_given_up_in_the_end() -> None:
    row = _running("rechner:1:abc")
    for expected in ("READY", "READY", "FAILED"):
        workers.bury("rechner:1:abc")
        row.refresh_from_db()
        assert row.status == expected
        row.claim("rechner:1:abc") if expected == "READY" else None
    assert "workers died" in row.traceback


def test_silence_is_death_and_a_heartbeat_is_life() -> None:
    now = timezone.now()
    Worker.objects.create(name="fern:1:a", group="main", seen_at=now)
    Worker.objects.create(name="fern:2:b", group="main", seen_at=now - timedelta(minutes=2))
    workers.beat("main")
    assert workers.bury_dead() == 1
    assert set(Worker.objects.values_list("name", flat=True)) == {"fern:1:a", workers.own_name()}


def test_a_worker_without_heartbeat_is_given_time() -> None:
    row = _running("von-hand")
    taskqueue.put_back_unknown()
    row.refresh_from_db()
    assert row.status == "RUNNING"
    DBTaskResult.objects.update(started_at=timezone.now() - timedelta(hours=1))
    taskqueue.put_back_unknown()
    row.refresh_from_db()
    assert row.status == "READY"
