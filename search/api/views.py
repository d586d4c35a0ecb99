"""The views of the interface: parse, call, answer; refusals become problem details."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from portal.core import ratelimit
from search.api import parameters
from search.api.answers import search_answer, suggest_answer
from search.api.document import document
from search.api.problems import Refused, problem
from search.finding import find, suggest

READ = "GET, HEAD, OPTIONS"
# Everything here is public and nobody is recognised: no other site can learn through a reader's browser what it
# could not ask for itself. Credentials stay out, which "*" makes sure of.
OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
PREFLIGHT = {"Access-Control-Allow-Methods": READ, "Access-Control-Max-Age": "86400"}


def _answered(view: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return problem(Refused("Möglich ist nur GET.", 405, {"Allow": READ}))
    try:
        return view(request)
    except Refused as refused:
        return problem(refused)


def _interface(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Answer reading only, for every site, outside search engines; what is refused says so as problem details."""

    @wraps(view)
    def answer(request: HttpRequest, **_: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers={"Allow": READ, **PREFLIGHT})
        else:
            response = _answered(view, request)
        for name, value in OPEN.items():
            response.headers[name] = value
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    answer.csrf_exempt = True  # type: ignore[attr-defined]  # nothing is written; a refusal has to be ours
    return answer


def _count(request: HttpRequest) -> None:
    """Count the request; refuse it where this connection has asked too often in this hour."""
    if ratelimit.is_exhausted(request, "api", settings.API_REQUESTS_PER_HOUR):
        seconds = ratelimit.HOUR - int(time.time()) % ratelimit.HOUR
        raise Refused(
            f"Von Ihrem Anschluss kamen in dieser Stunde {settings.API_REQUESTS_PER_HOUR} Anfragen. "
            f"Bitte versuchen Sie es in {-(-seconds // 60)} Minuten wieder.",
            429,
            {"Retry-After": str(seconds)},
        )
    ratelimit.count(request, "api")


def _json(data: dict[str, Any]) -> JsonResponse:
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False})


@_interface
def search(request: HttpRequest) -> HttpResponse:
    """`/api/v1/search`: the search of the results page, for everybody alike."""
    _count(request)
    asked = request.GET
    parameters.check_names(asked, [item.name for item in parameters.search_parameters()])
    filters, page = parameters.filters(asked), parameters.page(asked)
    found = find(parameters.words(asked), level=parameters.LEVEL, filters=filters, page=page)
    return _json(search_answer(found, filters, page))


@_interface
def suggestions(request: HttpRequest) -> HttpResponse:
    """`/api/v1/suggest`: what the search field suggests."""
    _count(request)
    parameters.check_names(request.GET, ["q"])
    return _json(suggest_answer(suggest(parameters.words(request.GET))))


@_interface
def description(request: HttpRequest) -> HttpResponse:
    """`/api/v1/openapi.json`."""
    response = _json(document())
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@_interface
def unknown(request: HttpRequest) -> HttpResponse:
    """Everything else below `/api/`."""
    raise Refused("Die Beschreibung der Schnittstelle steht unter /api/v1/openapi.json.", 404)
