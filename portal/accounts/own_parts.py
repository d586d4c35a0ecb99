"""The parts of a person's data that every installation has: account, memberships, sessions, factors, log, Abos."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Q
from django.db.models.signals import post_delete
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from portal.accounts import own_data
from portal.accounts.models import FactorReset, Membership, User
from portal.accounts.own_data import Part
from portal.core.models import AuditEntry
from portal.core.screens.audit import action_label
from portal.core.subscriptions import queries as subscriptions
from portal.core.subscriptions import services as subscription_services


def _account(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone": user.phone,
        "joined_at": user.date_joined,
        "last_login_at": user.last_login,
        "groups": list(user.groups.order_by("name").values_list("name", flat=True)),
        "addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "sign_on": list(
            SocialAccount.objects.filter(user=user).values("provider", "uid", "date_joined", "extra_data")
        ),
    }


def take_name_off_log(row: User | Membership) -> None:
    """Call a row of a person by what it is in the admin's log, which outlives it."""
    label = f"Konto {row.pk}" if isinstance(row, User) else "Zugehörigkeit"
    ModelLogEntry.objects.for_instance(row).update(label=label)


def _deleted(sender: Any, instance: User | Membership, **kwargs: Any) -> None:
    """Receiver: who is deleted by the centre or by a job stays in the log without a name, as who erases does."""
    take_name_off_log(instance)


def _erase_account(user: User) -> None:
    """Delete what only serves the login, and take the name from the log of the admin."""
    EmailAddress.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    UserProfile.objects.filter(user=user).delete()
    FactorReset.objects.filter(user=user).update(reason="gelöscht")
    take_name_off_log(user)
    for membership in Membership.objects.filter(user=user):
        take_name_off_log(membership)
    user.groups.clear()
    user.user_permissions.clear()


def _memberships(user: User) -> list[dict[str, Any]]:
    rows = Membership.objects.filter(user=user).select_related("municipality").order_by("pk")
    return [
        {
            "municipality": row.municipality.name,
            "role": row.role,
            "state": row.state,
            "external_adviser": row.is_external_adviser,
            "requested_at": row.created_at,
            "confirmed_at": row.confirmed_at,
            "last_renewed_at": row.renewed_at,
            "ended_at": row.ended_at,
            "end_reason": row.end_reason,
        }
        for row in rows
    ]


def _sessions(user: User) -> list[dict[str, Any]]:
    rows = UserSession.objects.filter(user=user).order_by("pk")
    return list(rows.values("created_at", "last_seen_at", "ip", "user_agent"))


def _factors(user: User) -> list[dict[str, Any]]:
    rows = Authenticator.objects.filter(user=user).order_by("pk")
    return list(rows.values("type", "created_at", "last_used_at"))


def _log(user: User) -> list[dict[str, Any]]:
    """What the person did, and what was done to the account."""
    about = Q(object_type=User._meta.label_lower, object_id=str(user.pk))
    rows = AuditEntry.objects.filter(Q(actor=user.pk) | about).order_by("pk")
    return [
        {"at": row.at, "action": action_label(row.action), "by_me": row.actor == user.pk, "detail": row.detail}
        for row in rows
    ]


def _subscriptions(user: User) -> dict[str, Any]:
    subscriber = subscriptions.of_user(user)
    if subscriber is None:
        return {"frequency": None, "subjects": []}
    rows = [*subscriptions.rows(subscriber, confirmed=True), *subscriptions.rows(subscriber, confirmed=False)]
    return {"frequency": subscriber.frequency, "subjects": [row.title for row in rows]}


def _erase_subscriptions(user: User) -> None:
    subscriber = subscriptions.of_user(user)
    if subscriber is not None:
        subscription_services.forget(subscriber=subscriber, reason="erased")


def register() -> None:
    """Called when the app is ready; what the login needs goes last."""
    for model in (User, Membership):
        post_delete.connect(_deleted, sender=model, dispatch_uid=f"log_label_{model._meta.model_name}")
    own_data.register(Part("memberships", _memberships, order=20))
    own_data.register(Part("subscriptions", _subscriptions, _erase_subscriptions, order=30))
    own_data.register(Part("sessions", _sessions, order=40))
    own_data.register(Part("second_factors", _factors, order=50))
    own_data.register(Part("log", _log, order=80))
    own_data.register(Part("account", _account, _erase_account, order=90))
