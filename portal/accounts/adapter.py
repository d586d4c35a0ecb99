"""What the portal decides about allauth's login and second factor."""

from __future__ import annotations

import base64
import hashlib
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.queries import works_in_admin
from portal.accounts.second_factor import FACTORS, has_second_factor, logged_in_just_now, needs_second_factor


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.ACCOUNT_SIGNUP_OPEN)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead people of the centre to their work, and everybody else to the own area."""
        if works_in_admin(request.user):
            return reverse("wagtailadmin_home")
        return str(super().get_login_redirect_url(request))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask nobody for the password a second time who sets up a first factor right after logging in with it."""
        return bool(super().is_reauthentication_required(app=app, **kwargs)) and not (
            app == "allauth.mfa" and _is_first_set_up(context.request)
        )

    def get_login_stages(self) -> list[str]:
        """Ask for the second factor by our own stage, which knows when the centre's sign-on has seen one."""
        theirs, ours = "allauth.mfa.stages.AuthenticateStage", "portal.accounts.sign_on.FactorStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that names the portal by its settings, also where there is no request."""
        site = SimpleNamespace(name=settings.SITE_NAME, domain=urlsplit(settings.BASE_URL).netloc)
        values = {"email": email, "current_site": site, "base_url": settings.BASE_URL, **context}
        self.render_mail(template_prefix, email, values).send()

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address; behind a socket without address all requests count as one client."""
        try:
            return str(super().get_client_ip(request))
        except PermissionDenied:
            return "127.0.0.1"


def _is_first_set_up(request: HttpRequest) -> bool:
    """True from the first question to the end of a request that makes the first factor; never with a factor."""
    known = getattr(request, "portal_first_set_up", None)
    if known is None:
        known = logged_in_just_now(request) and not has_second_factor(request.user)
        request.portal_first_set_up = known  # type: ignore[attr-defined]
    return bool(known)


def _ciphers() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [hashlib.sha256(b"portal.accounts.factor:" + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        """Encrypt a factor's secret, so that a copy of the database alone opens no account."""
        return _ciphers().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _ciphers().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """People of the centre keep at least one factor; a lost one is reset by two administrators."""
        if not needs_second_factor(authenticator.user):
            return True
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=FACTORS)
        return bool(others.exclude(pk=authenticator.pk).exists())

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": context.request.get_host().partition(":")[0], "name": settings.SITE_NAME}
