"""A returned review that is submitted again: the old one ends, and one of its own begins.

Wagtail would resume the old one: same address, same submitter, no mail, and for snippets the version that was
returned. One review is one round here: one revision, one submitter, one address.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from wagtail.models import WorkflowState

from portal.core.review.errors import ReviewRefused

NOT_RETURNED = "Diese Fassung ist inzwischen schon eingereicht. Öffnen Sie die Seite, um den Stand zu sehen."


@transaction.atomic
def submit_again(workflow_state: Any, user: Any = None) -> None:
    """Stand in for `WorkflowState.resume`: what Wagtail itself does to restart a workflow."""
    from portal.core.review import queries

    flow = WorkflowState.objects.select_for_update().filter(pk=workflow_state.pk).first()
    if flow is None or flow.status != WorkflowState.STATUS_NEEDS_CHANGES:
        raise ReviewRefused(NOT_RETURNED)
    subject = queries.subject_of(flow)  # as the database has it now: the view's own may be older than its save
    flow.cancel(user=user)
    workflow_state.status = flow.status
    (subject.get_workflow() or flow.workflow).start(subject, user)


def install() -> None:
    """Put it in the place of Wagtail's; called when the apps are ready."""
    WorkflowState.resume = submit_again
