"""The answer to a form that was sent without the login it needs: nothing is saved, and nothing typed is lost.

A redirect to the login alone would drop what was typed, and come back to an address that may take forms only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme

from portal.core.csp import ADMIN_PREFIX
from portal.core.transactions import SAFE_METHODS

TITLE = "Sie sind nicht mehr angemeldet"
REFUSED = "Das ging nicht"
ENDED = "Ihre Anmeldung ist abgelaufen oder beendet."


class NotTakenMiddleware:
    """Say to people what has become of a form that would lead to the login, and lead back to where they were.

    What scripts send, and the login's own forms, keep the plain redirect.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method in SAFE_METHODS or response.status_code != 302 or not is_read_by_people(request):
            return response
        user: Any = getattr(request, "user", None)
        if not leads_back_here(request, response) or user is None or user.is_authenticated:
            return response
        if _is_of_the_login(request):
            return response
        return page(request, title=TITLE, text=ENDED, target=login_to(seen(request)))


def page(request: HttpRequest, *, title: str, text: str, target: str, label: str = "Neu anmelden") -> HttpResponse:
    """Return the page that says why nothing was saved, with what was typed and the way on (an address)."""
    context = {"title": title, "text": text, "target": target, "label": label}
    response = render(request, "accounts/not_taken.html", context, status=403)
    add_never_cache_headers(response)
    return response


def login_to(target: str) -> str:
    return f"{reverse('account_login')}?{urlencode({'next': target})}"


def is_read_by_people(request: HttpRequest) -> bool:
    return not request.headers.get("x-requested-with") and request.accepts("text/html")


def leads_back_here(request: HttpRequest, response: HttpResponse) -> bool:
    """True for a redirect to the login that would return to the address asked for."""
    parts = urlsplit(response.get("Location", ""))
    wanted = parse_qs(parts.query).get("next")
    return parts.path == reverse("account_login") and wanted == [request.get_full_path()]


def _is_of_the_login(request: HttpRequest) -> bool:
    match = request.resolver_match
    if match is None or match.view_name == "wagtailadmin_logout":
        return True
    return str(getattr(match.func, "__module__", "")).startswith("allauth.")


def seen(request: HttpRequest) -> str:
    """Return the page the form was on; without a word of the browser the start of the account, or of the admin."""
    sent_from = request.headers.get("referer", "")
    parts = urlsplit(sent_from)
    if parts.path and url_has_allowed_host_and_scheme(
        sent_from, {request.get_host()}, require_https=request.is_secure()
    ):
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return reverse("wagtailadmin_home" if request.path.startswith(ADMIN_PREFIX) else "account_start")
