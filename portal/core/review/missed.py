"""A time that could not be kept: who answers for the page or entry is asked to see to it, until it has worked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from wagtail.models import AbstractPage, Revision

from portal.core import work
from portal.core.models import WorkItem
from portal.core.models.work import may_own

KIND = "missed_time"
SOURCE = "Geplante Veröffentlichungen"
UNKNOWN = "Die Ursache steht im Protokoll des Servers. Fragen Sie die Administration."
WHAT_NOW = (
    "Heben Sie den Termin auf, ändern Sie die Fassung und reichen Sie sie neu ein. "
    "Bis dahin wird es jede Minute wieder versucht."
)


def _subject(item: Any) -> Any:
    found = item.content_object if isinstance(item, Revision) else item
    return found.specific if isinstance(found, AbstractPage) else found


def _key(item: Any) -> str:
    """Return what stands for one planned time of one thing: another time is another cause."""
    at = item.approved_go_live_at if isinstance(item, Revision) else item.expire_at
    return f"{item._meta.label_lower}:{item.pk}:{at:%Y%m%d%H%M}" if at else f"{item._meta.label_lower}:{item.pk}"


def _person(item: Any, subject: Any) -> Any:
    """Return who answers for a page; for an entry, which names nobody, who wrote the version."""
    writer = item.user if isinstance(item, Revision) else None
    people = (getattr(subject, "responsible_person", None), writer)
    return next((person for person in people if may_own(person)), None)


def report(item: Any, error: Exception) -> None:
    """Open a work item for what could not go online or offline; a second failure of the same adds nothing.

    What a person makes of it stays: the job tries again each minute.
    """
    if WorkItem.objects.filter(kind=KIND, dedupe_key=_key(item)).exists():
        return
    subject = _subject(item)
    publishing = isinstance(item, Revision)
    name = item.object_str if publishing else str(subject)
    reason = " ".join(map(str, error.messages)) if isinstance(error, ValidationError) else UNKNOWN
    with transaction.atomic():
        work.open_item(
            kind=KIND,
            dedupe_key=_key(item),
            title=f"„{name[:150]}“ ging nicht zur geplanten Zeit {'online' if publishing else 'offline'}",
            note=f"{reason}\n{WHAT_NOW}" if publishing else reason,
            page=subject if isinstance(subject, AbstractPage) else None,
            owner=_person(item, subject),
            source=SOURCE,
            due_on=timezone.localdate(),
        )


def settle(broken: Iterable[Any]) -> None:
    """End the work items of all but these: it has worked after all, or the time was called off."""
    rows = WorkItem.objects.filter(kind=KIND, state=WorkItem.State.OPEN)
    for key in rows.exclude(dedupe_key__in=[_key(item) for item in broken]).values_list("dedupe_key", flat=True):
        work.close_item(kind=KIND, dedupe_key=key)
