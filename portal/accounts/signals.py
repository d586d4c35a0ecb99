"""What follows from events: group membership, the portal's trust in a session, addresses in step."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, email_confirmed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.db.models.signals import post_delete, post_save, pre_delete
from django.http import HttpRequest

from portal.accounts.second_factor import FACTORS, remember_set_up


def connect() -> None:
    from portal.accounts.models import Membership, User

    authenticator_added.connect(_factor_added)
    authenticator_used.connect(_factor_used)
    email_changed.connect(_email_changed)
    email_confirmed.connect(_address_confirmed)
    user_logged_in.connect(_logged_in)
    post_save.connect(_membership_changed, sender=Membership)
    post_delete.connect(_membership_changed, sender=Membership)
    post_save.connect(_user_saved, sender=User)
    pre_delete.connect(_user_deleted, sender=User)


def _factor_added(request: HttpRequest, user: Any, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type in FACTORS:
        remember_set_up(request, user)


def _factor_used(request: HttpRequest, authenticator: Authenticator, **kwargs: Any) -> None:
    """Make a TOTP code count once in its whole life: allauth remembers it for one of its three periods only."""
    code = request.POST.get("code", "")
    if authenticator.type == Authenticator.Type.TOTP and code:
        life = 30 * (2 * settings.MFA_TOTP_TOLERANCE + 1)
        cache.set(TOTP(authenticator)._get_used_cache_key(code), "y", timeout=life)


def _email_changed(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    from portal.accounts.services import log_account

    log_account(user, "accounts.email_changed", by=user)


def _membership_changed(instance: Any, **kwargs: Any) -> None:
    from portal.accounts.services import sync_municipality_group

    sync_municipality_group(user_id=instance.user_id)


def _user_saved(instance: Any, created: bool, update_fields: Any = None, **kwargs: Any) -> None:
    if not created and (update_fields is None or "email" in update_fields):
        _follow(instance)


def _user_deleted(instance: Any, **kwargs: Any) -> None:
    """Tell of what an account leaves open that is removed as a whole; who erases their own loses only the name."""
    from portal.accounts import departures

    if instance.erased_at is None:
        departures.tell(instance, departures.Way.DELETED)


def _address_confirmed(email_address: EmailAddress, **kwargs: Any) -> None:
    _follow(email_address.user)
    _admit(email_address.user)


def _logged_in(user: Any, **kwargs: Any) -> None:
    _follow(user)
    _admit(user)


def _admit(user: Any) -> None:
    """Let the domain of a confirmed address say where somebody belongs; a new list holds from the next login."""
    from portal.accounts.memberships import admit_by_address

    admit_by_address(user=user)


def _follow(user: Any) -> None:
    """Let subscriptions follow the address of their account once it is confirmed: till then it may be mistyped."""
    from portal.core.subscriptions.services import follow_address

    if EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists():
        follow_address(user=user)
