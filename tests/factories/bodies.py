"""Bodies and their people: a town, a second one, an association, memberships as the services make them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from portal.accounts import services
from portal.accounts.models import Membership, Municipality, User
from tests.people import make_user


def town(name: str = "Büdingen") -> Municipality:
    """Return a town of the reference data."""
    return Municipality.objects.get(name=name)


def association(name: str = "Verband der Mühlenorte", slug: str = "muehlenorte") -> Municipality:
    return Municipality.objects.create(name=name, slug=slug, kind=Municipality.Kind.VERBAND)


def belongs(user: User, body: Municipality, *, role: str = "member", **changes: Any) -> Membership:
    """Make somebody belong to a body, confirmed now."""
    membership = services.confirm_membership(
        membership=services.request_membership(user=user, municipality=body, role=role), by=None
    )
    if changes:
        Membership.objects.filter(pk=membership.pk).update(**changes)
        membership.refresh_from_db()
    return membership


def person_of(body: Municipality, email: str, *, role: str = "member", **changes: Any) -> User:
    """Return somebody new who belongs to a body."""
    user = make_user(email)
    belongs(user, body, role=role, **changes)
    return user


def days_ago(days: int) -> Any:
    """Return a moment some days back."""
    return timezone.now() - timedelta(days=days)
