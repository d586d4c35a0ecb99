"""No step of the centre's people without a second factor; who is refused is told why, not sent to the login."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import SESSION_KEY, get_user_model, logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.shortcuts import render
from django.urls import ResolverMatch, reverse
from django.utils.cache import add_never_cache_headers
from django.views.defaults import permission_denied

from portal.accounts import not_taken
from portal.accounts.second_factor import has_second_factor, needs_second_factor, session_shows_factor

ALWAYS = frozenset({"healthz", "readyz", "robots", "security_txt", "account_logout", "account_confirm_email"})
SET_UP = ALWAYS | {
    "account_email",
    "account_email_verification_sent",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
}
SET_UP_FIRST = (
    "Richten Sie zuerst einen zweiten Faktor ein. Ohne ihn ist der Zugang für die Kompetenzstelle gesperrt."
)
CLOSED = "Die Administration hat Ihr Konto geschlossen. Sie sind deshalb abgemeldet."
NOTHING_DONE = (
    "Was Sie gerade abgeschickt haben, wurde nicht ausgeführt: Es ist nichts gespeichert, freigegeben oder "
    "zurückgegeben. Eine laufende Prüfung bleibt, wie sie ist; andere Personen führen sie weiter."
)
ASK = "Wenden Sie sich an die Administration der Kompetenzstelle."
LOG_IN_AGAIN = "Bitte melden Sie sich mit Ihrem zweiten Faktor neu an."


class RequireSecondFactorMiddleware:
    """Keep people of the centre on the set-up pages until they have a second factor, whatever the address.

    A session opened without the factor although the person has one (set up elsewhere in the meantime) is ended:
    leaving it on the set-up pages would let a stolen password add a factor of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not hasattr(request, "user") or not needs_second_factor(request.user) or session_shows_factor(request):
            return None
        match = request.resolver_match
        if _is_named(match, ALWAYS):
            return None
        if has_second_factor(request.user):
            logout(request)
            messages.warning(request, LOG_IN_AGAIN)
            return _send_to(request, reverse("account_login"), LOG_IN_AGAIN, "Neu anmelden", come_back=True)
        if _is_named(match, SET_UP):
            return None
        messages.warning(request, SET_UP_FIRST)
        return _send_to(request, reverse("mfa_index"), SET_UP_FIRST, "Zweiten Faktor einrichten")


class ClosedAccountMiddleware:
    """Tell whoever works in a session of an account closed meanwhile what has happened, instead of a bare login.

    Nobody is known in such a session any more, so every view refuses; only the answer becomes a clear one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (response.status_code == 403 or _leads_to_login(response)) and _is_of_closed_account(request):
            response = _closed(request)
        return response


def _leads_to_login(response: HttpResponse) -> bool:
    target = urlsplit(response.get("Location", "")).path
    return response.status_code == 302 and target == reverse("account_login")


def _is_of_closed_account(request: HttpRequest) -> bool:
    user: Any = getattr(request, "user", None)
    if user is None or user.is_authenticated:
        return False
    pk = request.session.get(SESSION_KEY)
    return pk is not None and get_user_model()._default_manager.filter(pk=pk, is_active=False).exists()


def _closed(request: HttpRequest) -> HttpResponse:
    response: HttpResponse
    text = CLOSED if request.method in {"GET", "HEAD"} else f"{CLOSED} {NOTHING_DONE}"
    if request.headers.get("x-requested-with") or not request.accepts("text/html"):
        response = HttpResponseForbidden(f"{text} {ASK}", content_type="text/plain; charset=utf-8")
    else:
        response = render(request, "accounts/closed.html", {"text": text}, status=403)
    add_never_cache_headers(response)
    return response


class RefusalMiddleware:
    """Tell who is logged in that a page is not theirs.

    Wagtail sends everybody whom it refuses a page, a file or the admin to the login, which sends back who is
    logged in: without this the browser goes round in circles until it gives up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 302 and not_taken.leads_back_here(request, response):
            user: Any = getattr(request, "user", None)
            if user is not None and user.is_authenticated:
                response = permission_denied(request, PermissionDenied())
                add_never_cache_headers(response)
        return response


def _is_named(match: ResolverMatch | None, names: frozenset[str]) -> bool:
    return match is not None and match.view_name in names


def _send_to(request: HttpRequest, target: str, text: str, label: str, *, come_back: bool = False) -> HttpResponse:
    response: HttpResponse
    if not not_taken.is_read_by_people(request):
        response = HttpResponseForbidden(text, content_type="text/plain; charset=utf-8")
    elif request.method in {"GET", "HEAD"}:
        response = HttpResponseRedirect(not_taken.login_to(request.get_full_path()) if come_back else target)
    else:
        if come_back:
            target = not_taken.login_to(not_taken.seen(request))
        response = not_taken.page(request, title=not_taken.REFUSED, text=text, target=target, label=label)
    add_never_cache_headers(response)
    return response
