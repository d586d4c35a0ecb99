"""One transaction around each writing request of the admin and of our own views.

Not `ATOMIC_REQUESTS`: with SQLite's IMMEDIATE mode every GET would take the write lock. The login is left alone,
because failed attempts and rate limits must be kept although the request fails. A view opts out with
Django's own decorator `transaction.non_atomic_requests`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.core.csp import ADMIN_PREFIX

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OWN_PACKAGES = ("portal.", "search.", "knowledge.", "faq.", "consultations.")


def needs_transaction(request: HttpRequest, view: Callable[..., Any]) -> bool:
    """True for unsafe methods under /cms/ and of our own views, unless the view has opted out."""
    if request.method in SAFE_METHODS:
        return False
    if DEFAULT_DB_ALIAS in getattr(view, "_non_atomic_requests", ()):
        return False
    if request.path_info.startswith(ADMIN_PREFIX):
        return True
    view_class = getattr(view, "view_class", view)
    return str(getattr(view_class, "__module__", "")).startswith(OWN_PACKAGES)


class WriteTransactionMiddleware:
    """Commits a writing view as a whole; an exception or an answer of 500 and above rolls all of it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not needs_transaction(request, view):
            return None
        with transaction.atomic():
            response: HttpResponseBase = view(request, *args, **kwargs)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
