"""Advisers of the centre whose role is taken away: nobody books them any more, and what they have becomes a task.

Mails about cases and the private feed end with it (`from_outside.counts`). Advisers from outside follow their
membership instead.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import m2m_changed

from consultations import from_outside
from consultations.models import Adviser
from consultations.services import appointments
from portal.accounts.models import User
from portal.core import audit, schedule, work

KIND = "advice_without_role"
NOTE = (
    "Das Konto hat keine Rolle mehr, mit der man Vorgänge bearbeitet; die Person ist nicht mehr buchbar, und ihre "
    "Mails und ihr Kalender-Abo sind beendet. Ordnen Sie ihre Vorgänge neu zu, und übergeben Sie ihre Termine. "
    "Bekommt sie die Rolle wieder, setzen Sie unter „Beratende und Zeiten“ das Häkchen bei „Berät“."
)


@transaction.atomic
def end(people: Collection[int] | None = None) -> int:
    """Switch those advisers off (of some accounts, or of all) who have no such role; returns how many.

    Closed accounts have been handed over already.
    """
    rows = Adviser.objects.filter(active=True, external=False, user__is_active=True).select_related("user")
    if people is not None:
        rows = rows.filter(user__in=people)
    found = list(
        rows.exclude(user__in=from_outside.working_on_cases().values("pk"))
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    for adviser in found:
        appointments.release_of(adviser=adviser)
        adviser.active = False
        adviser.save(update_fields=["active"])
        audit.record("adviser.end", actor=None, subject=adviser)
        if from_outside.has_something_left(adviser):
            work.open_item(
                kind=KIND, title="Beratung ohne Rolle: Vorgänge neu zuordnen", dedupe_key=f"adviser:{adviser.pk}",
                source="Rollen", note=NOTE,
            )  # fmt: skip
    return len(found)


def _roles_changed(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any) -> None:
    """Look once all is said: a form that changes roles takes the old ones away before it gives the new ones."""
    if action in {"post_remove", "post_clear"}:
        people = None if reverse and pk_set is None else (pk_set if reverse else {instance.pk})
        transaction.on_commit(partial(end, people))


def _end_all() -> str:
    """Find who lost the role without a signal: no longer superuser, the role deleted, or from before this rule."""
    number = end()
    return f"{number} Beratende ohne Rolle" if number else ""


def register() -> None:
    """Called when the app is ready; the job finds what changed without a signal."""
    work.register_kind(KIND, "Beratung ohne Rolle", team="Koordination")
    m2m_changed.connect(_roles_changed, sender=User.groups.through, dispatch_uid="advice_without_role")
    schedule.register(
        "end_advice", timedelta(days=1), _end_all, title="Beratende ohne Rolle ablösen",
        offset=timedelta(hours=2, minutes=50),
    )  # fmt: skip
