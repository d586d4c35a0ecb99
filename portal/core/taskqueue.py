"""Running the rows of django-tasks-db: claim, run, and put back what a dead worker left RUNNING.

A task row is only a wake-up: what must not be lost is a row of ours (outbox, change log, work item).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

from django.db import close_old_connections, transaction
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker as TaskRunner
from django_tasks_db.models import DBTaskResult

from portal.core import workers

log = logging.getLogger(__name__)

READY, RUNNING, FAILED = "READY", "RUNNING", "FAILED"
IDLE_SECONDS = 1.0
MAX_DEATHS = 3
ALL_QUEUES = ("default", "index", "mail", "slow")
UNKNOWN_AFTER = timedelta(minutes=30)
"""A row claimed by somebody without heartbeat (a `db_worker` started by hand) is left alone for so long."""


def _runner(queues: Sequence[str]) -> TaskRunner:
    return TaskRunner(
        queue_names=list(queues), interval=IDLE_SECONDS, batch=False, backend_name="default", startup_delay=False,
        max_tasks=None, worker_id=workers.own_name(), excluded_queue_names=[],
    )  # fmt: skip


def run_one(queues: Sequence[str]) -> DBTaskResult | None:
    """Run the next ready task of the queues; returns its row afterwards, or None when there is none."""
    ready = DBTaskResult.objects.ready().filter(queue_name__in=queues, backend_name="default")
    if not ready.exists():  # a read first: claiming takes SQLite's write lock
        return None
    with transaction.atomic():
        row: DBTaskResult | None = ready.get_locked()
        if row is None:
            return None
        row.claim(workers.own_name())
    _runner(queues).run_task(row)
    if row.status == FAILED:
        log.error("task.failed", extra={"task": row.task_path, "error": row.exception_class_path})
    return row


def drain(queues: Sequence[str] = ALL_QUEUES, *, limit: int = 10_000) -> list[DBTaskResult]:
    """Run everything that is ready, tasks made meanwhile included; returns the rows that failed."""
    failed = []
    for _ in range(limit):
        row = run_one(queues)
        if row is None:
            break
        if row.status == FAILED:
            failed.append(row)
    return failed


def loop(stop: threading.Event, queues: Sequence[str]) -> None:
    """The task worker of the background process."""
    while not stop.is_set():
        close_old_connections()
        if run_one(queues) is None:
            stop.wait(IDLE_SECONDS)


def _put_back(row: DBTaskResult) -> None:
    if len(row.worker_ids) >= MAX_DEATHS:
        row.status, row.finished_at = FAILED, timezone.now()
        row.exception_class_path = "portal.core.taskqueue.WorkerDied"
        row.traceback = f"{len(row.worker_ids)} workers died while running this task."
    else:
        row.status, row.started_at = READY, None
    row.save(update_fields=["status", "started_at", "finished_at", "exception_class_path", "traceback"])
    log.warning("task.put_back", extra={"task": row.task_path, "status": row.status})


def put_back_of(name: str) -> None:
    """Make ready again what a dead worker was running; a task that killed several is given up."""
    for row in DBTaskResult.objects.running().select_for_update():
        if row.worker_ids and row.worker_ids[-1] == name:
            _put_back(row)


@transaction.atomic
def put_back_unknown() -> None:
    """Make ready again what a worker without heartbeat has been running for very long."""
    known = {worker.name for worker in workers.alive(timezone.now())}
    old = DBTaskResult.objects.running().filter(started_at__lt=timezone.now() - UNKNOWN_AFTER)
    for row in old.select_for_update():
        if not row.worker_ids or row.worker_ids[-1] not in known:
            _put_back(row)


workers.on_death(put_back_of)
