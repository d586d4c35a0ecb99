"""The append-only log: written inside the transaction of the change it records, shortened by one job only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from portal.core.appendonly import SHORTEST_DAYS, retention
from portal.core.models import AuditEntry
from portal.core.requestlog import request_id

CHUNK = 500

# German names for the screen; what is not named here is shown by its code.
_labels: dict[str, str] = {}


def register_action(action: str, label: str) -> None:
    """Give an action its German name for the screen of administrators."""
    _labels[action] = label


def label(action: str) -> str:
    return _labels.get(action, action)


def record(action: str, *, actor: Any = None, subject: Any = None, **detail: Any) -> AuditEntry:
    """Record an action ("publish", "rights.role"); `detail` takes ids and states only, never texts or names."""
    return write(
        action,
        actor_id=getattr(actor, "pk", None),
        object_type=subject._meta.label_lower if subject is not None else "",
        object_id=str(subject.pk) if subject is not None else "",
        detail=detail,
    )


def write(
    action: str, *, actor_id: int | None, object_type: str, object_id: str, detail: dict[str, Any]
) -> AuditEntry:
    """Record an action of which only ids are at hand."""
    return AuditEntry.objects.create(
        action=action[:60],
        actor=actor_id,
        object_type=object_type,
        object_id=object_id[:40],
        detail=detail,
        request_id=request_id.get()[:64],
    )


def keep_days() -> int:
    """Return after how many days rows leave: AUDIT_KEEP_DAYS, and never what the database would refuse."""
    return max(int(settings.AUDIT_KEEP_DAYS), SHORTEST_DAYS + 1)


def shorten() -> str:
    """Delete rows older than AUDIT_KEEP_DAYS, and record that; the job of the schedule."""
    days = keep_days()
    before = timezone.now() - timedelta(days=days)
    total = 0
    while ids := list(
        AuditEntry.objects.filter(at__lt=before).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        with retention():
            AuditEntry.objects.filter(pk__in=ids).delete()
            record("audit.shortened", rows=len(ids), days=days)
        total += len(ids)
    return f"{total} Einträge nach {days} Tagen gelöscht" if total else ""
