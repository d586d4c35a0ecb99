"""What is still to become of an object by itself or by others: its scheduled version, its running review."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from portal.core import audit


@transaction.atomic
def call_off(subject: Any) -> None:
    """End schedule and review of an object whose ground is gone; its drafts stay for whoever looks after it."""
    scheduled = subject.revisions.filter(approved_go_live_at__isnull=False)
    for revision in scheduled.values_list("pk", flat=True):
        audit.record("review.unschedule", subject=subject, revision=revision)
    scheduled.update(approved_go_live_at=None)
    for flow in subject.workflow_states.active():
        audit.record("review.withdraw", subject=subject)
        flow.cancel(user=None)
