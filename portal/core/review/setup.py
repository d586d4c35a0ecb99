"""The one workflow of the portal, made and kept after every migration."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from wagtail.models import Page, Workflow, WorkflowContentType, WorkflowPage, WorkflowState, WorkflowTask

from portal.core.models import ReviewTask
from portal.core.review import queries, recording
from portal.core.review.permissions import reviewed_models

NAME = "Fachliche Freigabe"
TABLES = {"core_reviewtask", "core_publication", "wagtailcore_workflowpage", "wagtailcore_workflowcontenttype"}


@transaction.atomic
def sync_workflow() -> Workflow:
    """Make the workflow and assign it to all pages and reviewed snippets; safe to repeat.

    Other workflows cannot release anything (only the review's task records approvals): they are deactivated, and
    what was in progress there starts anew here, so that nothing submitted is lost.
    """
    task = ReviewTask.objects.order_by("pk").first() or ReviewTask.objects.create(name=NAME)
    if not task.active:
        ReviewTask.objects.filter(pk=task.pk).update(active=True)
    used = WorkflowTask.objects.filter(task=task).order_by("pk").first()
    workflow = used.workflow if used else Workflow.objects.create(name=NAME)
    WorkflowTask.objects.get_or_create(workflow=workflow, task=task)
    WorkflowTask.objects.filter(workflow=workflow).exclude(task=task).delete()
    Workflow.objects.filter(pk=workflow.pk).update(active=True)
    _assign(workflow)
    _retire_others(workflow)
    return workflow


def _assign(workflow: Workflow) -> None:
    root = Page.objects.filter(depth=1).first()
    WorkflowPage.objects.exclude(workflow=workflow, page=root).delete()
    if root is not None:
        WorkflowPage.objects.update_or_create(page=root, defaults={"workflow": workflow})
    types = [ContentType.objects.get_for_model(model, for_concrete_model=False) for model in reviewed_models()]
    WorkflowContentType.objects.exclude(content_type__in=types).delete()
    for content_type in types:
        WorkflowContentType.objects.update_or_create(content_type=content_type, defaults={"workflow": workflow})


def _retire_others(workflow: Workflow) -> None:
    for state in WorkflowState.objects.active().exclude(workflow=workflow).select_related("requested_by"):
        subject = queries.subject_of(state)
        in_progress = state.status == WorkflowState.STATUS_IN_PROGRESS
        if subject is None or state.current_task_state is None:
            WorkflowState.objects.filter(pk=state.pk).update(status=WorkflowState.STATUS_CANCELLED)
            continue
        state.cancel(user=None)
        if in_progress and subject.latest_revision_id:
            # Nobody of today has submitted this; whoever looks after it is told what becomes of it.
            flow = workflow.start(subject, None)
            WorkflowState.objects.filter(pk=flow.pk).update(requested_by=state.requested_by)
    Workflow.objects.exclude(pk=workflow.pk).filter(active=True).update(active=False)


def sync_after_migrate(**kwargs: Any) -> None:
    """Receiver of post_migrate; the tables may be missing while single apps are migrated back."""
    if not set(connection.introspection.table_names()) >= TABLES:
        return
    from django.apps import apps

    columns = {model: model._meta.db_table for model in apps.get_models() if hasattr(model, "change_significance")}
    if all("change_significance" in _columns(table) for table in columns.values()):
        sync_workflow()
        recording.backfill()


def _columns(table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}
