"""Reminders in the own area: one button that switches them off or on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from consultations.mailing import choices
from portal.accounts import own_area
from portal.accounts.models import Membership
from portal.accounts.own_area import Section
from portal.accounts.queries import acting_user


def _reminders(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any] | None:
    if not settings.CONSULTATIONS_OPEN:
        return None
    return {"off": choices.is_off(acting_user(request).email)}


def register() -> None:
    own_area.register(
        Section("reminders", "Erinnerungen", "consultations/own/reminders.html", _reminders, order=35)
    )
