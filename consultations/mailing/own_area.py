"""Reminders in the own area, and for who advises the entries for the calendar: a button switches each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from consultations.mailing import advisers, choices
from consultations.models import Adviser
from portal.accounts import own_area
from portal.accounts.models import Membership
from portal.accounts.own_area import Section
from portal.accounts.queries import acting_user


def _reminders(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any] | None:
    if not settings.CONSULTATIONS_OPEN:
        return None
    person = acting_user(request)
    adviser = Adviser.objects.filter(user=person, active=True).first()
    return {
        "off": choices.is_off(person.email),
        "advises": adviser is not None,
        "entries": adviser is not None and advisers.by_mail(adviser),
    }


def register() -> None:
    own_area.register(
        Section("reminders", "Erinnerungen", "consultations/own/reminders.html", _reminders, order=35)
    )
