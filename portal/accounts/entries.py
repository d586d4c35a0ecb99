"""Logins in the append-only log: ids and states, no names, no addresses of machines, no browser.

They are written straight into it, not by Wagtail's own log, which nothing shortens; AUDIT_KEEP_DAYS ends them.
A wrong password leaves no row: it would tell whether an account exists, and anybody could fill the log.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from portal.core import audit, audit_labels

events = logging.getLogger(__name__)

ACTIONS = {
    "accounts.login": "Angemeldet",
    "accounts.factor_failed": "Zweiter Faktor nicht erkannt",
    "accounts.sign_on_refused": "Anmeldung über den Anmeldedienst abgelehnt",
}
REASONS = {"centre": "falscher Anmeldedienst", "closed": "Konto geschlossen"}


def register() -> None:
    """Called when the app is ready."""
    for action, label in ACTIONS.items():
        audit.register_action(action, label)
    audit_labels.register_codes("reason", REASONS)
    user_logged_in.connect(_logged_in, dispatch_uid="accounts-entries-login")
    authentication_failed.connect(_factor_failed, dispatch_uid="accounts-entries-factor")


def _logged_in(sender: Any, user: Any, **kwargs: Any) -> None:
    events.info("accounts.login", extra={"user": user.pk})
    audit.record("accounts.login", actor=user, subject=user)


def _factor_failed(sender: Any, user: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Whoever failed has shown the password: `actor` stays empty all the same, since nobody has come in.

    The number of attempts is limited by allauth for each account.
    """
    events.info("accounts.factor_failed", extra={"user": user.pk})
    audit.record("accounts.factor_failed", subject=user)


def refused(user: Any, reason: str) -> None:
    """Note that a sign-on of a known account was refused, with the code of the reason (REASONS)."""
    audit.record("accounts.sign_on_refused", subject=user, reason=reason)
