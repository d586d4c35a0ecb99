"""What the portal decides about single sign-on: who may come in by which service, and when it shows a factor.

Two services, told apart by the mark `of_centre` of their settings (`portal.settings.sign_on`): the centre's opens
accounts that the administration has made; that of the municipalities also makes new ones, as signing up does.
Nobody of the centre comes in through the municipalities' service: who runs that could otherwise become anybody.
"""

from __future__ import annotations

import logging
from typing import Any, NoReturn

import requests
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.openid_connect import views as openid
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts import entries
from portal.accounts.second_factor import needs_second_factor
from portal.core.visibility import Visibility, level_of_user

events = logging.getLogger(__name__)

REFUSALS = {
    "no_email": (
        "Der Anmeldedienst hat uns keine bestätigte E-Mail-Adresse von Ihnen genannt. Bitten Sie die Stelle, die "
        "ihn betreibt, sie freizugeben, oder melden Sie sich mit Ihrem Passwort an."
    ),
    "unknown": (
        "Für Ihre Adresse gibt es hier noch kein Konto. Konten der Kompetenzstelle legt die Administration an."
    ),
    "centre": (
        "Ihr Konto gehört zur Kompetenzstelle. Melden Sie sich mit Ihrem Passwort oder über den Anmeldedienst der "
        "Kompetenzstelle an."
    ),
    "closed": "Ihr Konto ist geschlossen. Wenden Sie sich an die Administration der Kompetenzstelle.",
    "connect": "Konten werden hier nicht von Hand verknüpft: Es genügt, dass Ihre E-Mail-Adresse dieselbe ist.",
    "away": (
        "Der Anmeldedienst ist zurzeit nicht zu erreichen. Versuchen Sie es später noch einmal, oder melden Sie "
        "sich mit Ihrem Passwort an."
    ),
    "failed": (
        "Die Anmeldung über den Anmeldedienst ist nicht zustande gekommen. Versuchen Sie es noch einmal, oder "
        "melden Sie sich mit Ihrem Passwort an."
    ),
}


def refusal(request: HttpRequest, code: str, *, status: int = 403) -> HttpResponse:
    """Return the page that says why a service's login ends here, and what to do next."""
    return render(request, "accounts/sign_on_refused.html", {"text": REFUSALS[code]}, status=status)


def _refuse(request: HttpRequest, code: str, provider: str, user: Any = None) -> NoReturn:
    events.info("sign_on.refused", extra={"provider": provider, "reason": code})
    if user is not None:
        entries.refused(user, code)
    raise ImmediateHttpResponse(refusal(request, code))


def is_of_centre(login: SocialLogin) -> bool:
    """True for a login through the centre's own service."""
    return bool(login.provider.app.settings.get("of_centre"))


def shows_factor(login: SocialLogin) -> bool:
    """True when the centre's service says that a second factor was shown (`amr` by RFC 8176, or its own `acr`).

    Only the ID token counts, which names this portal as its audience.
    """
    app = login.provider.app
    if not is_of_centre(login):
        return False
    claims: Any = (login.account.extra_data or {}).get("id_token") or {}
    methods = claims.get("amr") or []
    given = {methods} if isinstance(methods, str) else {str(method) for method in methods}
    accepted = app.settings.get("factor_amr") or []
    return bool(given & set(accepted)) or str(claims.get("acr", "")) in (app.settings.get("factor_acr") or [])


class SignOnAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse whom the service does not speak for, before anybody is logged in or made."""
        provider = str(sociallogin.provider.app.provider_id)
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            _refuse(request, "connect", provider)
        user: Any = sociallogin.user if sociallogin.is_existing else None
        if user is None and not any(address.verified for address in sociallogin.email_addresses):
            _refuse(request, "no_email", provider)
        if user is None and is_of_centre(sociallogin):
            _refuse(request, "unknown", provider)
        if user is not None:
            self._check_existing(request, user, sociallogin)
            if shows_factor(sociallogin):
                request.sign_on_factor = user.pk  # type: ignore[attr-defined]

    def _check_existing(self, request: HttpRequest, user: Any, sociallogin: SocialLogin) -> None:
        provider = str(sociallogin.provider.app.provider_id)
        if not user.is_active:
            _refuse(request, "closed", provider, user)
        of_centre = level_of_user(user) is Visibility.CENTRE or user.has_perm("wagtailadmin.access_admin")
        if of_centre and not is_of_centre(sociallogin):
            _refuse(request, "centre", provider, user)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        """Say in plain words that it did not work; also when somebody has called it off there."""
        events.info("sign_on.failed", extra={"reason": str(kwargs.get("error", ""))})
        raise ImmediateHttpResponse(refusal(request, "failed", status=400))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(settings.ACCOUNT_SIGNUP_OPEN) and not is_of_centre(sociallogin)


class FactorStage(AuthenticateStage):
    """allauth's question for the second factor, left out where the centre's service has just seen one."""

    def _should_handle(self, request: HttpRequest) -> bool:
        user: Any = self.login.user
        shown = user is not None and getattr(request, "sign_on_factor", None) == user.pk
        if shown and needs_second_factor(user):
            record_authentication(request, user, method="mfa", type="provider")
            return False
        return bool(super()._should_handle(request))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the service; GET asks first, so that no foreign page logs anybody in."""
    if provider_id not in known_providers():
        raise Http404
    try:
        response: HttpResponse = openid.login(request, provider_id)
    except requests.RequestException:
        events.warning("sign_on.away", extra={"provider": provider_id})
        return refusal(request, "away", status=503)
    return response


@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take what the service answers."""
    if provider_id not in known_providers():
        raise Http404
    response: HttpResponse = openid.callback(request, provider_id)
    return response


def known_providers() -> set[str]:
    """Return the names of the services that are configured."""
    apps = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", [])
    return {app["provider_id"] for app in apps}
