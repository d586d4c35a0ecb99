from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.core import schedule, workers
from portal.core.background import groups
from portal.core.models import ScheduledRun

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 12, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _own_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "jobs", {})


def test_due_times_follow_interval_and_offset() -> None:
    schedule.register("a", timedelta(days=1), lambda: None, offset=timedelta(hours=13))
    assert schedule.jobs["a"].due_at(NOON) == datetime(2026, 5, 31, 13, tzinfo=UTC)
    schedule.register("b", timedelta(minutes=1), lambda: None)
    assert schedule.jobs["b"].due_at(NOON) == NOON.replace(second=0)


def test_a_job_runs_once_per_due_time() -> None:
    runs: list[int] = []

    def count() -> str:
        runs.append(1)
        return "gezählt"

    schedule.register("zählen", HOUR, count)
    for minutes in (0, 10, 59, 60, 61):
        schedule.run_due(NOON + timedelta(minutes=minutes))
    assert len(runs) == 2
    assert set(ScheduledRun.objects.values_list("result", "message")) == {("ok", "gezählt")}


def test_database_refuses_a_second_run_of_one_due_time() -> None:
    schedule.register("a", HOUR, lambda: None)
    schedule.run_due(NOON)
    row = ScheduledRun.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ScheduledRun.objects.create(job=row.job, due_at=row.due_at, started_at=NOON)


def test_database_refuses_an_end_without_time() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ScheduledRun.objects.create(job="x", due_at=NOON, started_at=NOON, result="ok")


def test_a_failing_job_is_repeated_and_stops_no_other() -> None:
    calls: list[int] = []

    def broken() -> None:
        calls.append(1)
        raise ValueError("Erika")

    schedule.register("a-kaputt", HOUR, broken)
    schedule.register("b-gut", HOUR, lambda: None)
    assert schedule.run_due(NOON) == ["a-kaputt", "b-gut"]
    row = ScheduledRun.objects.get(job="a-kaputt")
    assert (row.result, row.message) == ("failed", "ValueError")
    schedule.run_due(NOON)
    assert len(calls) == 1, "not before its pause is over"
    for _ in range(5):
        ScheduledRun.objects.filter(job="a-kaputt").update(finished_at=NOON - HOUR)
        schedule.run_due(NOON)
    assert len(calls) == schedule.MAX_ATTEMPTS
    assert ScheduledRun.objects.get(job="a-kaputt").attempts == schedule.MAX_ATTEMPTS


def test_a_running_job_is_not_started_twice() -> None:
    schedule.register("a", timedelta(minutes=1), lambda: None)
    ScheduledRun.objects.create(
        job="a", due_at=NOON - HOUR, started_at=NOON - timedelta(minutes=2), node="andere:1:x"
    )
    assert schedule.run_due(NOON) == []


def test_the_run_of_a_dead_worker_is_closed_and_repeated() -> None:
    ran: list[int] = []
    schedule.register("a", timedelta(days=1), lambda: ran.append(1))
    due = schedule.jobs["a"].due_at(NOON)
    ScheduledRun.objects.create(job="a", due_at=due, started_at=due, node="rechner:1:abc")
    workers.bury("rechner:1:abc")
    assert ScheduledRun.objects.get().result == "failed"
    assert schedule.run_due(timezone.now() + timedelta(minutes=6)) == ["a"]
    assert ran == [1]


def test_a_forgotten_run_does_not_block_for_ever() -> None:
    schedule.register("a", timedelta(minutes=1), lambda: None)
    ScheduledRun.objects.create(job="a", due_at=NOON - 9 * HOUR, started_at=NOON - 8 * HOUR, node="hand:1:x")
    assert schedule.run_due(NOON) == ["a"]
    assert ScheduledRun.objects.get(node="hand:1:x").result == "failed"


def test_slow_jobs_run_apart() -> None:
    schedule.register("langsam", HOUR, lambda: None, slow=True)
    schedule.register("schnell", HOUR, lambda: None)
    assert schedule.run_due(NOON, lane=schedule.Lane.QUICK) == ["schnell"]
    assert schedule.run_due(NOON, lane=schedule.Lane.SLOW) == ["langsam"]


def test_what_comes_back_within_the_hour_does_not_wait_for_the_night() -> None:
    schedule.register("nachts", timedelta(days=1), lambda: None, slow=True)
    schedule.register("oft", timedelta(minutes=1), lambda: None, slow=True)
    assert schedule.run_due(NOON, lane=schedule.Lane.OFTEN) == ["oft"]
    assert schedule.run_due(NOON, lane=schedule.Lane.SLOW) == ["nachts"]
    loops = {name for group in groups().values() for name in group}
    assert {"schedule", "schedule-often", "schedule-slow"} <= loops


def test_overdue_after_twice_the_interval() -> None:
    schedule.register("a", HOUR, lambda: None)
    assert schedule.overdue(NOON) == ["a"]
    schedule.run_due(NOON)
    ended = ScheduledRun.objects.get().finished_at
    assert ended is not None
    assert schedule.overdue(ended + timedelta(minutes=119)) == []
    assert schedule.overdue(ended + timedelta(minutes=121)) == ["a"]
