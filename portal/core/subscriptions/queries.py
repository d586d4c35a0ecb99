"""Reads of subscriptions: who may read what, and what somebody has subscribed to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.core.models import Subscriber, Subscription
from portal.core.subscriptions import registry
from portal.core.subscriptions.registry import Subject
from portal.core.visibility import Visibility, level_of_groups


def levels_of_users(ids: Collection[int]) -> dict[int, Visibility]:
    """Return the level of each active account with a confirmed address; the others are missing. Two queries."""
    if not ids:
        return {}
    verified = EmailAddress.objects.filter(user__in=ids, primary=True, verified=True)
    users = get_user_model().objects.filter(
        pk__in=ids, is_active=True, emailaddress__in=verified
    )  # the login asks for a confirmed address as well
    return {
        user.pk: level_of_groups({group.name for group in user.groups.all()}, is_superuser=user.is_superuser)
        for user in users.prefetch_related("groups")
    }


def without_unconfirmed(rows: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
    """Leave out open accounts whose address is not confirmed at present; they keep their position."""
    confirmed = EmailAddress.objects.filter(user=OuterRef("user"), primary=True, verified=True)
    return rows.filter(Q(user=None) | Q(user__is_active=False) | Exists(confirmed))


def levels(subscribers: Iterable[Subscriber]) -> dict[int, Visibility]:
    """Return by subscriber what may be told now; accounts that cannot log in are missing: they get nothing."""
    rows = list(subscribers)
    accounts = levels_of_users({row.user_id for row in rows if row.user_id})
    found = {}
    for row in rows:
        level = accounts.get(row.user_id) if row.user_id else Visibility.PUBLIC
        if level is not None:
            found[row.pk] = level
    return found


def level_of(subscriber: Subscriber) -> Visibility:
    """Return what one subscriber may see listed."""
    return levels([subscriber]).get(subscriber.pk, Visibility.PUBLIC)


@dataclass(frozen=True)
class Row:
    """A subscription as its owner sees it; without subject where it cannot be read at present."""

    subscription: Subscription
    subject: Subject | None

    @property
    def title(self) -> str:
        if self.subject is None:
            return f"{self.subscription.get_kind_display()}, zurzeit nicht veröffentlicht"
        return self.subject.title


def rows(subscriber: Subscriber, *, confirmed: bool) -> list[Row]:
    """Return what somebody has subscribed to, or still has to confirm, in the order it was asked for."""
    found = list(subscriber.subscriptions.filter(confirmed_at__isnull=not confirmed).order_by("pk"))
    subjects = registry.described(((row.kind, row.object_id) for row in found), level_of(subscriber))
    return [Row(row, subjects.get((row.kind, row.object_id))) for row in found]


def of_user(user: Any) -> Subscriber | None:
    """Return the subscriber of an account, also one of the same address from before it had an account."""
    own = Subscriber.objects.filter(user=user).first()
    return own or Subscriber.objects.filter(user=None, address=user.email.lower()).first()
