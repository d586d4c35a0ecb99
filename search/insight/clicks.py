"""Which results are opened: told by the browser with the opened page, or else by a message of the page of results.

A browser names the page of results it comes from (Referer). So links stay plain addresses: they can be copied,
cached and indexed, and no cookie and no redirect is needed. For browsers and networks that leave the name out the
page of results sends a message (static/js/result-clicks.js); where the message itself has the name, the opened
page had it too and was counted by it. Nothing of the person is kept, and what is none of the results of that
search is not counted (`recorder`).
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from portal.core.origin import is_own
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
        if request.method == "GET" and response.status_code in (200, 304):
            asked = named_search(request)
            if asked is not None and not request.path.startswith(reverse("search")):
                _note(request, asked, request.path)
        return response


@transaction.non_atomic_requests  # it writes nothing, and must not wait for those who do
@csrf_exempt  # pages of results carry no token; `is_own` takes its place
@require_POST
def opened(request: HttpRequest) -> HttpResponse:
    """`POST /suche/geoeffnet/`: `von` is the query of the page of results, `zu` the path that was opened.

    Counts only where the browser names no page of results: then it does not name it to the opened page either.
    """
    if not is_own(request):
        return HttpResponse(status=403)
    search, path = request.POST.get("von", ""), unquote(request.POST.get("zu", ""))
    if named_search(request) is None and len(search) < LONGEST and len(path) < LONGEST:
        _note(request, QueryDict(search.removeprefix("?")), path)
    return HttpResponse(status=204)


def named_search(request: HttpRequest) -> QueryDict | None:
    """Return what the page of results asked for that the browser names; None where it names none."""
    referrer = request.headers.get("Referer", "")
    if not referrer or len(referrer) >= LONGEST:
        return None
    try:
        came = urlsplit(referrer)
    except ValueError:
        return None
    if came.netloc != request.get_host() or came.path != reverse("search"):
        return None
    return QueryDict(came.query)


def _note(request: HttpRequest, asked: QueryDict, path: str) -> None:
    text, page = asked.get("q", ""), asked.get("seite", "")
    if not text.strip() or not is_reader(request):
        return
    recorder.note(
        Clicked(
            text=text,
            path=path,
            level=_level(request),
            narrowed=asked.urlencode(),
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 4 and int(page) > 0 else 1,
        )
    )


def _level(request: HttpRequest) -> Visibility:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return Visibility.PUBLIC
    return level_of_user(getattr(request, "user", None))
