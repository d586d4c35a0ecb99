"""Every read of accounts that joins."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import FactorReset, Membership, User
from portal.core.visibility import STAFF_GROUPS


def acting_user(request: HttpRequest) -> User:
    """Return the person of a request that has passed the login."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - every caller stands behind a login
    return user


def active_staff() -> QuerySet[User]:
    """The people of the centre who can work: active accounts with a role, and superusers."""
    here = Q(groups__name__in=STAFF_GROUPS) | Q(is_superuser=True)
    return User.objects.filter(here, is_active=True).distinct()


def administrators() -> QuerySet[User]:
    """Active people who may approve the reset of a second factor."""
    may = Q(is_superuser=True) | Q(
        groups__permissions__codename="change_factorreset",
        groups__permissions__content_type__app_label="accounts",
    )
    return User.objects.filter(may, is_active=True).distinct()


def open_factor_resets() -> QuerySet[FactorReset]:
    return FactorReset.objects.filter(done_at=None, declined_at=None).select_related("user", "requested_by")


def closed_factor_resets(*, days: int = 365) -> QuerySet[FactorReset]:
    since = timezone.now() - timedelta(days=days)
    return (
        FactorReset.objects.exclude(done_at=None, declined_at=None)
        .filter(requested_at__gte=since)
        .select_related("user", "requested_by", "approved_by")
    )


def memberships_of(user: User) -> list[Membership]:
    """Return a person's open and confirmed memberships with their municipalities, in one query."""
    rows = Membership.objects.filter(user=user).exclude(state=Membership.State.ENDED)
    return list(rows.select_related("municipality__district").order_by("municipality__name"))
