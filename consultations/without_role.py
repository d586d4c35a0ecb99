"""Advisers who lose what lets them advise: nobody books them any more, and what they have becomes a task.

Mails about cases and the private feed end with it (`from_outside.counts`). The centre's advisers lose it with
their role, those from outside with the mark at their membership or, where that lets them advise, the role.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.signals import m2m_changed, post_save

from consultations import from_outside
from consultations.models import Adviser
from consultations.services import appointments
from portal.accounts.models import Membership, User
from portal.core import audit, schedule, work

KIND = "advice_without_role"
OUTSIDE_KIND = "advice_from_outside"
_THEN = "Ordnen Sie ihre Vorgänge neu zu, und übergeben Sie ihre Termine. "
NOTE = (
    "Das Konto hat keine Rolle mehr, mit der man Vorgänge bearbeitet; die Person ist nicht mehr buchbar, und ihre "
    f"Mails und ihr Kalender-Abo sind beendet. {_THEN}"
    "Bekommt sie die Rolle wieder, setzen Sie unter „Beratende und Zeiten“ das Häkchen bei „Berät“."
)
OUTSIDE_NOTE = (
    "Die Zugehörigkeit, das Kennzeichen „Externe Beratung“ oder die Rolle ist beendet; die Person sieht nichts "
    f"mehr und berät nicht mehr. {_THEN}"
    "Soll sie wieder beraten, setzen Sie zuerst das Kennzeichen an ihrer Zugehörigkeit und dann unter „Beratende "
    "und Zeiten“ das Häkchen bei „Berät“."
)


@transaction.atomic
def end(people: Collection[int] | None = None, *, outside_only: bool = False) -> int:
    """Switch those advisers off (of some accounts, or of all) who may not advise any more; returns how many.

    What the centre's closed accounts had has been handed over already.
    """
    which = Q(external=True) if outside_only else Q(external=True) | Q(user__is_active=True)
    rows = Adviser.objects.filter(which, active=True, user__isnull=False)
    if people is not None:
        rows = rows.filter(user__in=people)
    found = list(
        rows.exclude(from_outside.entitled())
        .select_related("user")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    for adviser in found:
        appointments.release_of(adviser=adviser)
        adviser.active = False
        adviser.save(update_fields=["active"])
        audit.record("adviser.end", actor=None, subject=adviser)
        if from_outside.has_something_left(adviser):
            _hand_to_coordination(adviser)
    return len(found)


def _hand_to_coordination(adviser: Adviser) -> None:
    kind, title, source, note = (
        (OUTSIDE_KIND, "Externe Beratung beendet: Vorgänge neu zuordnen", "Zugehörigkeiten", OUTSIDE_NOTE)
        if adviser.external
        else (KIND, "Beratung ohne Rolle: Vorgänge neu zuordnen", "Rollen", NOTE)
    )
    work.open_item(kind=kind, title=title, dedupe_key=f"adviser:{adviser.pk}", source=source, note=note)


def _membership_stored(instance: Membership, **kwargs: Any) -> None:
    """Look at those from outside at once; nobody else advises by a membership."""
    end({instance.user_id}, outside_only=True)


def _roles_changed(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any) -> None:
    """Look once all is said: a form that changes roles takes the old ones away before it gives the new ones."""
    if action in {"post_remove", "post_clear"}:
        people = None if reverse and pk_set is None else (pk_set if reverse else {instance.pk})
        transaction.on_commit(partial(end, people))


def _end_all() -> str:
    """Find who lost it without a signal: no longer superuser, the role deleted, or from before this rule."""
    number = end()
    return f"{number} Beratende ohne Rolle" if number else ""


def register() -> None:
    """Called when the app is ready; the job finds what changed without a signal."""
    work.register_kind(KIND, "Beratung ohne Rolle", team="Koordination")
    work.register_kind(OUTSIDE_KIND, "Externe Beratung beendet", team="Koordination")
    audit.register_action("adviser.end", "Beratung beendet")
    post_save.connect(_membership_stored, sender=Membership, dispatch_uid="advice_from_outside")
    m2m_changed.connect(_roles_changed, sender=User.groups.through, dispatch_uid="advice_without_role")
    schedule.register(
        "end_advice", timedelta(days=1), _end_all, title="Beratende ohne Rolle ablösen",
        offset=timedelta(hours=2, minutes=50),
    )  # fmt: skip
