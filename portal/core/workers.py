"""Which background processes are alive, and what happens to the work of those that died.

Every process writes a heartbeat row. Work in the hands of a dead one goes back at once: task rows, leases of the
outbox, runs of periodic jobs.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, transaction
from django.utils import timezone

from portal.core.models import OutboxMessage, ScheduledRun, Worker

log = logging.getLogger(__name__)

BEAT_SECONDS = 20.0
DEAD_AFTER = timedelta(seconds=90)

_names: dict[int, str] = {}
_heirs: list[Callable[[str], None]] = []


def on_death(function: Callable[[str], None]) -> None:
    """Register who takes over what a dead worker (named) had in hand; called inside one transaction."""
    _heirs.append(function)


def own_name() -> str:
    """Return this process's name: host, process id, and a random part, since ids come round again."""
    pid = os.getpid()
    if pid not in _names:
        _names.clear()
        _names[pid] = f"{socket.gethostname()[:40]}:{pid}:{secrets.token_hex(3)}"
    return _names[pid]


def beat(group: str) -> None:
    """Tell the others that this process is alive."""
    Worker.objects.update_or_create(name=own_name(), defaults={"group": group, "seen_at": timezone.now()})


def beat_until(stop: threading.Event, group: str) -> None:
    """Send heartbeats until `stop`; a database that is away for a moment does not end them."""
    while not stop.is_set():
        close_old_connections()
        try:
            beat(group)
        except DatabaseError as error:
            log.warning("worker.beat_failed", extra={"group": group, "error": type(error).__name__})
        stop.wait(BEAT_SECONDS)


def sign_off() -> None:
    """Say goodbye: a process that ends in order is not missed."""
    Worker.objects.filter(name=own_name()).delete()


def alive(now: datetime) -> list[Worker]:
    """Return the processes seen lately."""
    return list(Worker.objects.filter(seen_at__gt=now - DEAD_AFTER))


def working(now: datetime) -> list[Worker]:
    """Return the processes seen lately, less those of this host whose process has ended."""
    return [row for row in alive(now) if not _is_gone(row, now)]


@transaction.atomic
def bury(name: str) -> None:
    """Hand over everything a dead process had in hand."""
    Worker.objects.filter(name=name).delete()
    now = timezone.now()
    OutboxMessage.objects.filter(state=OutboxMessage.State.WAITING, leased_by__startswith=f"{name}:").update(
        leased_until=None, leased_by=""
    )
    ScheduledRun.objects.filter(result=ScheduledRun.Result.RUNNING, node=name).update(
        result=ScheduledRun.Result.FAILED, finished_at=now, message="Abgebrochen: Der Prozess wurde beendet."
    )
    for function in _heirs:
        function(name)
    log.warning("worker.buried", extra={"worker": name})


def _is_gone(worker: Worker, now: datetime) -> bool:
    if worker.seen_at <= now - DEAD_AFTER:
        return True
    host, pid, _ = worker.name.rsplit(":", 2)
    if host != socket.gethostname()[:40] or worker.name == own_name():
        return False
    if int(pid) == os.getpid():
        return True  # an earlier process with our number
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def bury_dead() -> int:
    """Find dead processes, of this machine by their id, of others by their silence; returns how many."""
    now = timezone.now()
    gone = [worker.name for worker in Worker.objects.all() if _is_gone(worker, now)]
    for name in gone:
        bury(name)
    return len(gone)
