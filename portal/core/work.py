"""Work items: what somebody of the centre has to look at, opened and closed by whoever finds or ends it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.core.models import WorkItem

_kinds: dict[str, str] = {}


def register_kind(kind: str, label: str) -> None:
    """Give a kind of work its German name."""
    _kinds[kind] = label


def kinds() -> list[tuple[str, str]]:
    """Return the known kinds with their names, for filters."""
    return sorted(_kinds.items(), key=lambda item: item[1])


def kind_label(kind: str) -> str:
    return _kinds.get(kind, kind)


@transaction.atomic
def open_item(
    *, kind: str, title: str, dedupe_key: str = "", page: Any = None, owner: Any = None, note: str = "",
    source: str = "", due_on: date | None = None,
) -> WorkItem:  # fmt: skip
    """Open a work item, or bring the open one of the same cause up to date; what a person set stays.

    The owner is only set where there is none, and an earlier due date wins.
    """
    fields = {"title": title[:255], "note": note, "source": source[:255]}
    item = _open_one(kind, dedupe_key)
    if item is None:
        try:
            with transaction.atomic():
                return WorkItem.objects.create(
                    kind=kind, dedupe_key=dedupe_key, page=page, owner=owner, due_on=due_on, **fields
                )
        except IntegrityError:  # another process has opened it just now
            item = _open_one(kind, dedupe_key)
            if item is None:
                raise
    for name, value in fields.items():
        if value:
            setattr(item, name, value)
    item.page = page or item.page
    item.owner = item.owner or owner
    item.due_on = min(filter(None, (item.due_on, due_on)), default=None)
    item.save()
    return item


def _open_one(kind: str, dedupe_key: str) -> WorkItem | None:
    if not dedupe_key:
        return None
    rows = WorkItem.objects.select_for_update().filter(kind=kind, dedupe_key=dedupe_key, state=WorkItem.State.OPEN)
    return rows.first()


@transaction.atomic
def close_item(*, kind: str, dedupe_key: str, state: WorkItem.State = WorkItem.State.DONE) -> int:
    """Close the open items of a cause that is gone; returns how many there were."""
    rows = WorkItem.objects.filter(kind=kind, dedupe_key=dedupe_key, state=WorkItem.State.OPEN)
    return rows.update(state=state, closed_at=timezone.now())


@transaction.atomic
def set_state(*, item: WorkItem, state: WorkItem.State) -> None:
    """Close or reopen one item; a person has decided."""
    item.state = state
    item.closed_at = None if state == WorkItem.State.OPEN else timezone.now()
    item.save(update_fields=["state", "closed_at"])
