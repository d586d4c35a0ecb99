"""Sees which results are opened: by the address of the page of results that the browser names (Referer).

So links stay plain addresses: they can be copied, cached and indexed, and no cookie and no JavaScript is
needed. What came from no page of results, or is none of its results, is not counted (`recorder`).
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse

from portal.core.readers import is_reader
from portal.core.visibility import Visibility, level_of_user
from search.insight.recorder import Clicked, recorder

LONGEST = 2_000


class ClickMiddleware:
    """Stands before the page cache, so that it sees what the cache answers; costs no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        referrer = request.headers.get("Referer", "")
        if referrer and request.method == "GET" and response.status_code in (200, 304) and len(referrer) < LONGEST:
            click = clicked(request, referrer)
            if click is not None and is_reader(request):
                recorder.note(click)
        return response


def clicked(request: HttpRequest, referrer: str) -> Clicked | None:
    """Return the search a request came from; None for any other way."""
    try:
        came = urlsplit(referrer)
    except ValueError:
        return None
    search = reverse("search")
    if came.netloc != request.get_host() or came.path != search or request.path.startswith(search):
        return None
    asked = QueryDict(came.query)
    text, topic, page = asked.get("q", ""), asked.get("thema", ""), asked.get("seite", "")
    if not text.strip():
        return None
    return Clicked(
        text=text,
        path=request.path,
        level=_level(request),
        kinds=tuple(asked.getlist("art")[:20]),
        topic=int(topic) if topic.isascii() and topic.isdigit() and len(topic) < 10 else None,
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 4 and int(page) > 0 else 1,
    )


def _level(request: HttpRequest) -> Visibility:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return Visibility.PUBLIC
    return level_of_user(getattr(request, "user", None))
