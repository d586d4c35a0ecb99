"""Periodic jobs: registered by the apps, run once per due time, however many nodes there are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, close_old_connections, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from portal.core import workers
from portal.core.models import ScheduledRun

log = logging.getLogger(__name__)

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
TICK_SECONDS = 5.0
MAX_ATTEMPTS = 3
LONGEST_PAUSE = timedelta(minutes=5)
ABANDONED_AFTER = timedelta(minutes=30)
OFTEN = timedelta(hours=1)

JobFunction = Callable[[], object]


class Lane(StrEnum):
    """Jobs that run one after the other; each lane has a thread of its own."""

    QUICK = "quick"
    OFTEN = "often"
    SLOW = "slow"


@dataclass(frozen=True)
class Job:
    """A periodic job; `offset` shifts the due times from midnight UTC, `slow` jobs run apart from the others."""

    name: str
    title: str
    interval: timedelta
    function: JobFunction
    offset: timedelta
    slow: bool

    def due_at(self, now: datetime) -> datetime:
        """Return the latest due time that is not after `now`."""
        steps = (now - EPOCH - self.offset) // self.interval
        return EPOCH + self.offset + steps * self.interval

    @property
    def retry_pause(self) -> timedelta:
        return min(self.interval / 4, LONGEST_PAUSE)

    @property
    def lane(self) -> Lane:
        """Slow jobs that come back within the hour do not wait for those that take the night."""
        if not self.slow:
            return Lane.QUICK
        return Lane.OFTEN if self.interval < OFTEN else Lane.SLOW


jobs: dict[str, Job] = {}


def register(
    name: str, interval: timedelta, function: JobFunction, *, title: str = "",
    offset: timedelta = timedelta(0), slow: bool = False,
) -> None:  # fmt: skip
    """Register a periodic job; what the function returns is shown as the run's message.

    Whatever takes more than some seconds is `slow`, or it holds up scheduled publishing.
    """
    jobs[name] = Job(name, title or name, interval, function, offset, slow)


def _claim(job: Job, now: datetime) -> ScheduledRun | None:
    """Take the job's due run: a new row, or the row of a failed attempt that may be repeated."""
    due = job.due_at(now)
    row = ScheduledRun.objects.filter(job=job.name).order_by("-due_at").first()
    if row is not None and row.result == ScheduledRun.Result.RUNNING:
        if not _is_abandoned(row, now):
            return None  # still busy; the run of a dead worker is closed by workers.bury
        _close(row, ScheduledRun.Result.FAILED, "Abgebrochen: Der Prozess wurde beendet.")
    if row is None or row.due_at < due:
        try:
            with transaction.atomic():
                return ScheduledRun.objects.create(
                    job=job.name, due_at=due, started_at=now, node=workers.own_name()
                )
        except IntegrityError:
            return None  # another node was faster
    return _claim_again(job, row, now)


def _is_abandoned(row: ScheduledRun, now: datetime) -> bool:
    """True for a run somebody without heartbeat has started by hand and never finished."""
    if row.started_at > now - ABANDONED_AFTER:
        return False
    return row.node not in {worker.name for worker in workers.alive(now)}


def _close(row: ScheduledRun, result: ScheduledRun.Result, message: str) -> None:
    row.result, row.message, row.finished_at = result, message[:255], timezone.now()
    ScheduledRun.objects.filter(pk=row.pk, node=row.node, result=ScheduledRun.Result.RUNNING).update(
        result=row.result, message=row.message, finished_at=row.finished_at
    )


def _claim_again(job: Job, row: ScheduledRun, now: datetime) -> ScheduledRun | None:
    failed = row.result == ScheduledRun.Result.FAILED and row.attempts < MAX_ATTEMPTS
    if not failed or row.finished_at is None or row.finished_at + job.retry_pause > now:
        return None
    mine = ScheduledRun.objects.filter(pk=row.pk, result=row.result, attempts=row.attempts).update(
        result=ScheduledRun.Result.RUNNING, attempts=row.attempts + 1, started_at=now, finished_at=None,
        node=workers.own_name(), message="",
    )  # fmt: skip
    row.refresh_from_db()
    return row if mine else None


def _run(job: Job, row: ScheduledRun) -> None:
    try:
        message = str(job.function() or "")
    except Exception as error:  # a job that fails must not take the others with it
        log.exception("job.failed", extra={"job": job.name})
        _close(row, ScheduledRun.Result.FAILED, type(error).__name__)
    else:
        _close(row, ScheduledRun.Result.OK, message)


def run_due(now: datetime, *, lane: Lane | None = None) -> list[str]:
    """Run every job that is due (of the given lane); returns the names of those that ran."""
    ran = []
    for job in list(jobs.values()):
        if lane is not None and job.lane is not lane:
            continue
        row = _claim(job, now)
        if row is not None:
            _run(job, row)
            ran.append(job.name)
    return ran


def loop(stop: threading.Event, *, lane: Lane) -> None:
    """The scheduler of one lane in the background process."""
    while not stop.is_set():
        close_old_connections()
        run_due(timezone.now(), lane=lane)
        stop.wait(TICK_SECONDS)


@dataclass(frozen=True)
class JobState:
    """A job and its last runs, for the admin and the probe."""

    job: Job
    last: ScheduledRun | None
    last_ok: datetime | None
    overdue: bool


def states(now: datetime) -> list[JobState]:
    """Return every registered job; overdue is one without success for twice its interval."""
    finished = ScheduledRun.objects.filter(result=ScheduledRun.Result.OK).values("job")
    last_ok = dict(finished.annotate(last=Max("finished_at")).order_by().values_list("job", "last"))
    latest = ScheduledRun.objects.values("job").annotate(last=Max("pk")).order_by().values_list("last", flat=True)
    last = {row.job: row for row in ScheduledRun.objects.filter(pk__in=list(latest))}
    return [
        JobState(
            job, last.get(job.name), last_ok.get(job.name),
            (last_ok.get(job.name) or EPOCH) < now - 2 * job.interval,
        )
        for job in sorted(jobs.values(), key=lambda item: item.title)
    ]  # fmt: skip


def recent_successes(now: datetime) -> dict[str, QuerySet[ScheduledRun]]:
    """Return the successful runs of each job that keep it from being overdue, in the order of `states`."""
    runs = ScheduledRun.objects.filter(result=ScheduledRun.Result.OK)
    return {
        job.name: runs.filter(job=job.name, finished_at__gte=now - 2 * job.interval)
        for job in sorted(jobs.values(), key=lambda item: item.title)
    }


def overdue(now: datetime) -> list[str]:
    """Return the names of jobs that are overdue at `now` (aware)."""
    return [state.job.name for state in states(now) if state.overdue]
