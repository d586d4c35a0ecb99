"""The periodic jobs of the base: scheduled publishing, dead workers, tidying up."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.models import DraftStateMixin, Page, Revision

from portal.core import audit, periods, schedule, taskqueue, work, work_answers, workers
from portal.core.models import OutboxMessage, ScheduledRun
from portal.core.review import missed

log = logging.getLogger(__name__)

CHUNK = 500
KEEP_RUNS = timedelta(days=7)
KEEP_FAILED_RUNS = timedelta(days=90)
KEEP_SENT = timedelta(days=30)
KEEP_GIVEN_UP = timedelta(days=180)
KEEP_TASKS = timedelta(days=3)
KEEP_FAILED_TASKS = timedelta(days=30)


def _draft_models() -> list[type[DraftStateMixin]]:
    snippets = [
        model for model in apps.get_models() if issubclass(model, DraftStateMixin) and not issubclass(model, Page)
    ]
    return [Page, *snippets]


def _locked(rows: QuerySet, item: Any) -> Any:  # type: ignore[type-arg]  # rows of any model
    """Return the row as it is now, locked until the transaction ends; None when it is no longer among the rows."""
    return rows.select_for_update().filter(pk=item.pk).first()


def _withdraw(obj: Any) -> bool:
    """Take offline what is still to end, whatever was true when the list was read."""
    current = _locked(type(obj).objects.filter(live=True, expire_at__lt=timezone.now()), obj)
    if current is not None:
        current.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    return current is not None


def _publish(revision: Any) -> bool:
    """Publish what is still scheduled: a person may have called it off since the list was read."""
    subject = revision.base_content_object  # of a page the row that every save writes
    if subject is not None:
        _locked(type(subject)._default_manager.all(), subject)  # the order of locks is that of the review
    current = _locked(Revision.objects.filter(approved_go_live_at__lt=timezone.now()), revision)
    if current is not None:
        current.publish(log_action="wagtail.publish.scheduled")
    return current is not None


def publish_scheduled() -> str:
    """Do what Wagtail's command of this name does, each object in a transaction of its own.

    So an object that cannot be published holds back no other, and none is published by half; somebody is asked to
    see to it.
    """
    now = timezone.now()
    done = 0
    broken: list[Any] = []
    expired = [obj for model in _draft_models() for obj in model.objects.filter(live=True, expire_at__lt=now)]
    ready = list(Revision.objects.filter(approved_go_live_at__lt=now).order_by("approved_go_live_at"))
    for action, items in ((_withdraw, expired), (_publish, ready)):
        for item in items:
            try:
                with transaction.atomic():
                    done += bool(action(item))
            except Exception as error:  # the next object must still get its turn
                broken.append(item)
                log.exception("publish.failed", extra={"model": item._meta.label, "object_id": item.pk})
                missed.report(item, error)
    missed.settle(broken)
    if broken:
        raise RuntimeError(f"{len(broken)} objects could not be published or withdrawn")
    return f"{done} veröffentlicht oder zurückgezogen" if done else ""


def reap() -> str:
    """Bury dead workers and put back what they held."""
    taskqueue.put_back_unknown()
    dead = workers.bury_dead()
    return f"{dead} Prozesse vermisst" if dead else ""


def _delete_in_chunks(rows: QuerySet) -> int:  # type: ignore[type-arg]  # rows of any model
    """Delete in short transactions, so that no writer waits long."""
    total = 0
    while ids := list(rows.values_list("pk", flat=True)[:CHUNK]):
        total += len(ids)
        rows.model._default_manager.filter(pk__in=ids).delete()
    return total


def prune() -> str:
    """Delete old runs, messages and tasks; the last run of each job stays.

    How long messages that were given up stay, and those sent at most, is a period of the table of processing.
    """
    now, given_up = timezone.now(), periods.life_of("prune")
    by_job = ScheduledRun.objects.values("job").annotate(last=Max("pk")).order_by()
    latest = list(by_job.values_list("last", flat=True))
    runs = ScheduledRun.objects.exclude(pk__in=latest).exclude(result=ScheduledRun.Result.RUNNING)
    messages = OutboxMessage.objects.all()
    tasks = DBTaskResult.objects.all()
    total = sum(
        _delete_in_chunks(rows)
        for rows in (
            runs.filter(result=ScheduledRun.Result.OK, finished_at__lt=now - KEEP_RUNS),
            runs.filter(finished_at__lt=now - KEEP_FAILED_RUNS),
            messages.filter(state=OutboxMessage.State.DONE, finished_at__lt=now - min(KEEP_SENT, given_up)),
            messages.filter(state=OutboxMessage.State.FAILED, finished_at__lt=now - given_up),
            tasks.filter(status="SUCCESSFUL", finished_at__lt=now - KEEP_TASKS),
            tasks.filter(status="FAILED", finished_at__lt=now - KEEP_FAILED_TASKS),
        )
    )
    return f"{total} Zeilen gelöscht"


def clear_sessions() -> None:
    """Delete ended sessions."""
    call_command("clearsessions")


def register_all() -> None:
    """Register the jobs; called when the app is ready."""
    work.register_kind(missed.KIND, "Versäumter Termin")
    minute, day = timedelta(minutes=1), timedelta(days=1)
    night = timedelta(hours=1, minutes=20)
    periods.declare("prune", KEEP_GIVEN_UP.days, least=7)
    periods.declare_fixed("audit", audit.keep_days)
    periods.declare_fixed("forget_addresses", lambda: settings.WORK_ADDRESS_DAYS)
    schedule.register("publish_scheduled", minute, publish_scheduled, title="Geplante Veröffentlichungen")
    schedule.register("reap_workers", minute, reap, title="Abgestürzte Hintergrundprozesse ersetzen")
    schedule.register("prune", day, prune, title="Alte Protokollzeilen löschen", offset=night, slow=True)
    schedule.register(
        "clear_sessions", day, clear_sessions, title="Abgelaufene Sitzungen löschen", offset=night, slow=True
    )
    schedule.register("audit", day, audit.shorten, title="Protokoll kürzen", offset=night, slow=True)
    schedule.register(
        "forget_addresses", day, work_answers.forget_addresses, title="Adressen beantworteter Meldungen löschen",
        offset=night, slow=True,
    )  # fmt: skip
