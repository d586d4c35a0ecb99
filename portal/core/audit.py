"""Writing the append-only log: called inside the transaction of the change it records."""

from __future__ import annotations

from typing import Any

from portal.core.models import AuditEntry
from portal.core.requestlog import request_id


def record(action: str, *, actor: Any = None, subject: Any = None, **detail: Any) -> AuditEntry:
    """Record an action ("publish", "rights.role"); `detail` takes ids and states only, never texts or names."""
    return AuditEntry.objects.create(
        action=action,
        actor=getattr(actor, "pk", None),
        object_type=subject._meta.label_lower if subject is not None else "",
        object_id=str(subject.pk) if subject is not None else "",
        detail=detail,
        request_id=request_id.get()[:64],
    )
