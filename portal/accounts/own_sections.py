"""The sections of the own area that accounts themselves show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts import own_area, renewal
from portal.accounts.models import Membership, Municipality
from portal.accounts.own_area import Section
from portal.accounts.queries import acting_user, memberships_of
from portal.core.subscriptions import queries as subscriptions

State, Role = Membership.State, Membership.Role
FEW = 5


def _numbers(bodies: Sequence[int]) -> dict[int, Municipality]:
    """Return the municipalities with the numbers of their people, administrators and open requests."""
    active = Q(memberships__user__is_active=True)
    confirmed = active & Q(memberships__state=State.CONFIRMED)
    waiting = active & (Q(memberships__state=State.REQUESTED) | Q(memberships__admin_requested_at__isnull=False))
    rows = Municipality.objects.filter(pk__in=bodies).annotate(
        people=Count("memberships", filter=confirmed),
        administrators=Count("memberships", filter=confirmed & Q(memberships__role=Role.ADMIN)),
        waiting=Count("memberships", filter=waiting),
    )
    return {row.pk: row for row in rows}


def _memberships(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any]:
    """Every membership, the requested ones too, with what there is to do."""
    rows = memberships_of(acting_user(request))
    numbers = _numbers([row.municipality_id for row in rows])
    shown = [
        {
            "membership": row,
            "numbers": numbers[row.municipality_id],
            "manages": row.state == State.CONFIRMED and row.role == Role.ADMIN,
            "confirmed": row.state == State.CONFIRMED,
            "ends_on": timezone.localtime(renewal.ends_at(row)) if row.asked_at else None,
        }
        for row in rows
    ]
    return {"rows": shown}


def _subscriptions(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any]:
    subscriber = subscriptions.of_user(acting_user(request))
    rows = subscriptions.rows(subscriber, confirmed=True) if subscriber is not None else []
    return {"rows": rows[:FEW], "more": max(len(rows) - FEW, 0)}


def register() -> None:
    """Called when the app is ready."""
    own_area.register(
        Section("memberships", "Zugehörigkeit", "accounts/own/memberships.html", _memberships, order=10)
    )
    own_area.register(
        Section("subscriptions", "Abos", "accounts/own/subscriptions.html", _subscriptions, order=80)
    )
