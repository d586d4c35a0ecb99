"""Why the review refuses something is said in its own words, also where one of Wagtail's views has asked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail.admin import auth, messages

from portal.core.review.errors import ReviewRefused


def _in_own_words(stock: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Wagtail answers each PermissionDenied of a view with one sentence that helps nobody."""

    def answer(request: HttpRequest) -> HttpResponse | Any:
        error = sys.exc_info()[1]
        if not isinstance(error, ReviewRefused) or request.headers.get("x-requested-with") == "XMLHttpRequest":
            return stock(request)
        messages.error(request, str(error))
        return redirect("wagtailadmin_home")

    return answer


def install() -> None:
    """Put it in the place of Wagtail's answer; called when the apps are ready."""
    auth.permission_denied = _in_own_words(auth.permission_denied)
