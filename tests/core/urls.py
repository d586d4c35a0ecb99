"""Addresses that only tests know, in front of the portal's own."""

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.urls import include, path

from portal.core.models import Tag
from portal.home.models import HomePage


def page(request: HttpRequest) -> HttpResponse:
    """An answer that depends on content and on the query."""
    title = HomePage.objects.values_list("title", flat=True).get()
    text = f"<h1>{title}</h1><p>{request.META['QUERY_STRING']}|{request.GET.get('seite', '')}</p>"
    return HttpResponse(text + "<p>Bürgerdienste für Gemeinden.</p>" * 60)


def with_token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request))


def with_cookie(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("x")
    response.set_cookie("a", "b")
    return response


def private(request: HttpRequest) -> HttpResponse:
    return HttpResponse("x", headers={"Cache-Control": "private"})


def streaming(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse([b"x"])


def write(request: HttpRequest) -> HttpResponse:
    """Write a row, then end as the query says; tells whether a transaction was open."""
    in_block = connection.in_atomic_block
    if request.method == "POST":
        Tag.objects.create(name=request.POST.get("name", "Förderung"))
    outcome = request.GET.get("outcome", "")
    if outcome == "raise":
        raise RuntimeError("broken")
    return HttpResponse(str(in_block), status=int(outcome or 200))


def error(request: HttpRequest) -> Any:
    raise ValueError("Anfrage von erika@example.org?name=Erika")


for view in (write,):
    view.__module__ = "portal.core.views"  # counts as one of our own views

urlpatterns = [
    path("probe/", page, name="probe"),
    path("probe/token/", with_token),
    path("probe/cookie/", with_cookie),
    path("probe/private/", private),
    path("probe/stream/", streaming),
    path("probe/write/", write),
    path("probe/error/", error),
    path("cms/probe/", page),
    path("", include("portal.urls")),
]
