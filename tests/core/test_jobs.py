from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from portal.core import jobs, outbox, schedule
from portal.core.models import OutboxMessage, Release, ScheduledRun
from portal.home.models import HomePage, StandardPage

pytestmark = pytest.mark.django_db


def _page(title: str, **fields: object) -> StandardPage:
    return HomePage.objects.get().add_child(instance=StandardPage(title=title, slug=title.lower(), **fields))


def test_pages_are_published_and_withdrawn_on_time() -> None:
    now = timezone.now()
    planned = _page("Planung", live=False)
    planned.go_live_at = now + timedelta(days=1)
    planned.save_revision(approved_go_live_at=now - timedelta(minutes=1)).save()
    expired = _page("Frist", expire_at=now - timedelta(minutes=1))
    Release.objects.create(revision=planned.latest_revision, released_at=now)
    assert jobs.publish_scheduled() == "2 veröffentlicht oder zurückgezogen"
    expired.refresh_from_db()
    assert not expired.live
    assert jobs.publish_scheduled() == ""


def test_one_broken_object_holds_back_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    for title in ("Alt", "Kaputt", "Auch"):
        _page(title, expire_at=now - timedelta(minutes=1))
    original = jobs._withdraw

    def withdraw(obj: HomePage) -> None:
        if obj.title == "Kaputt":
            raise ValueError
        original(obj)

    monkeypatch.setattr(jobs, "_withdraw", withdraw)
    with pytest.raises(RuntimeError):
        jobs.publish_scheduled()
    assert list(StandardPage.objects.filter(live=True).values_list("title", flat=True)) == ["Kaputt"]


def test_old_rows_go_and_new_ones_stay() -> None:
    now = timezone.now()
    for days, result in ((100, "failed"), (9, "failed"), (8, "ok"), (1, "ok")):
        then = now - timedelta(days=days)
        ScheduledRun.objects.create(job="a", due_at=then, started_at=then, finished_at=then, result=result)
    last = now - timedelta(days=400)
    ScheduledRun.objects.create(job="selten", due_at=last, started_at=last, finished_at=last, result="ok")
    for number, (days, state) in enumerate(((1, "done"), (31, "done"), (31, "failed"), (181, "failed"))):
        message = outbox.enqueue(kind="probe", key=f"k{number}", payload={})
        OutboxMessage.objects.filter(pk=message.pk).update(state=state, finished_at=now - timedelta(days=days))
    for days, status in ((1, "SUCCESSFUL"), (4, "SUCCESSFUL"), (4, "FAILED"), (31, "FAILED")):
        DBTaskResult.objects.create(
            status=status, finished_at=now - timedelta(days=days), run_after=now, task_path="x",
            backend_name="default", args_kwargs={},
        )  # fmt: skip
    jobs.prune()
    assert ScheduledRun.objects.filter(job="a").count() == 2
    assert ScheduledRun.objects.filter(job="selten").exists(), "the last run of a job stays"
    assert OutboxMessage.objects.count() == 2
    assert DBTaskResult.objects.count() == 2


def test_the_jobs_of_the_base_are_registered_and_run() -> None:
    assert {"publish_scheduled", "reap_workers", "prune", "clear_sessions"} <= set(schedule.jobs)
    schedule.run_due(timezone.now())
    own = ScheduledRun.objects.filter(job__in=["publish_scheduled", "reap_workers", "prune", "clear_sessions"])
    assert set(own.values_list("result", flat=True)) == {"ok"}
