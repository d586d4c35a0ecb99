"""Open work items of people who no longer belong to the centre become ownerless: nobody else looks for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import m2m_changed

from portal.accounts.models import User
from portal.accounts.queries import active_staff
from portal.core import schedule, work
from portal.core.models import WorkItem


@transaction.atomic
def release(people: Collection[int] | None = None) -> int:
    """Take the owner from the open items of those (or of all) who have no role of the centre; returns how many."""
    rows = WorkItem.objects.filter(state=WorkItem.State.OPEN, owner__isnull=False)
    if people is not None:
        rows = rows.filter(owner__in=people)
    items = list(rows.exclude(owner__in=active_staff().order_by().values("pk")))
    for item in items:  # one by one: each has a history of its own
        work.change_item(item=item, actor=None, changes={"owner": None})
    return len(items)


def _roles_changed(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any) -> None:
    """Look once all is said: a form that changes roles takes the old ones away before it gives the new ones."""
    if action not in {"post_remove", "post_clear"}:
        return
    people = None if reverse and pk_set is None else (pk_set if reverse else {instance.pk})
    transaction.on_commit(partial(release, people))


def _release_all() -> str:
    number = release()
    return f"{number} Aufgaben ohne Zuständige" if number else ""


def register() -> None:
    """Called when the app is ready; the job finds what changed without a signal."""
    m2m_changed.connect(_roles_changed, sender=User.groups.through)
    schedule.register(
        "release_left_work", timedelta(days=1), _release_all, title="Aufgaben ohne Rolle freigeben",
        offset=timedelta(hours=2, minutes=40),
    )  # fmt: skip
