"""Who needs a second factor, and whether a session has shown one."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from portal.core.review.people import groups_of
from portal.core.visibility import EXTERNAL_ADVISER_GROUP, Visibility, level_of_user

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
SET_UP_KEY = "accounts_second_factor_set_up"


def needs_second_factor(user: Any) -> bool:
    """True for everybody of the centre: a staff role, superusers, and whoever may enter the admin at all.

    External advisers need one as well: they read what other municipalities have confided to the centre.
    """
    if not getattr(user, "is_authenticated", False):
        return False
    cached = getattr(user, "_portal_needs_factor", None)
    if cached is None:
        cached = level_of_user(user) is Visibility.CENTRE or _enters_admin(user) or _advises(user)
        user._portal_needs_factor = cached
    return bool(cached)


def _advises(user: Any) -> bool:
    return EXTERNAL_ADVISER_GROUP in groups_of(user)


def _enters_admin(user: Any) -> bool:
    """True for whoever may enter the admin; the session's query has answered that (queries.user_of_session)."""
    known = getattr(user, "enters_admin", None)
    return bool(user.has_perm("wagtailadmin.access_admin") if known is None else known)


def has_second_factor(user: Any) -> bool:
    """True when an authenticator app or a passkey is set up; recovery codes alone do not count."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def session_shows_factor(request: HttpRequest) -> bool:
    """True when this session was opened with a second factor, or has just set up the person's first one."""
    if request.session.get(SET_UP_KEY) == request.user.pk:
        return True
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def logged_in_just_now(request: HttpRequest) -> bool:
    """True when the password was given within the time that a proof of identity counts (five minutes)."""
    records = get_authentication_records(request, request.user)
    given = [record["at"] for record in records if record.get("method") == "password"]
    return bool(given) and time.time() - max(given) < app_settings.REAUTHENTICATION_TIMEOUT


def remember_set_up(request: HttpRequest, user: Any) -> None:
    """Setting up a factor proves that the person holds it: this session counts as opened with it.

    The first one was made with a fresh login; the recovery codes, shown next, need no further proof.
    """
    request.session[SET_UP_KEY] = user.pk
    if Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).count() == 1:
        record_authentication(request, user, method="mfa", reauthenticated=True)
