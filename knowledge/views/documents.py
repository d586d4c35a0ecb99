"""Pages in other forms than HTML, for exactly those who may read the HTML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from wagtail import hooks
from wagtail.models import Page

from knowledge.models import ArticlePage
from knowledge.pdf import PdfBusyError, is_available, pdf_of
from knowledge.readable import find_page, moved_to
from portal.core.seo import absolute, is_noindex


def behind_the_gate(
    page: Page, request: HttpRequest, answer: Callable[[Any, HttpRequest], HttpResponseBase]
) -> HttpResponseBase:
    """Answer in another form than HTML, after all that Wagtail asks before it serves the page itself.

    Login, group and password are checked by the hooks of `wagtail.views.serve`, in the same order.
    """

    def last(page: Page, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponseBase:
        return answer(page, request)

    chain: Callable[..., HttpResponseBase] = last
    for hook in reversed(hooks.get_hooks("on_serve_page")):
        chain = hook(chain)
    for hook in hooks.get_hooks("before_serve_page"):
        result = hook(page, request, [], {})
        if isinstance(result, HttpResponseBase):
            return result
    return chain(page, request, [], {})


def page_pdf(request: HttpRequest, path: str) -> HttpResponseBase:
    """An article as PDF. Search engines are sent to the page; a restricted one is kept by nobody."""
    page = find_page(request, path)
    if page is None and (moved := moved_to(request, path)):
        return HttpResponsePermanentRedirect(f"{moved.rstrip('/')}.pdf")
    if not isinstance(page, ArticlePage) or not is_available():
        raise Http404
    return behind_the_gate(page, request, _pdf_answer)


def _pdf_answer(page: ArticlePage, request: HttpRequest) -> HttpResponse:
    try:
        data = pdf_of(page, request)
    except PdfBusyError:
        busy = "Gerade werden viele PDF-Dateien erzeugt. Bitte versuchen Sie es in einer Minute noch einmal."
        headers = {"Retry-After": "60"}
        return HttpResponse(busy, content_type="text/plain; charset=utf-8", status=503, headers=headers)
    response = HttpResponse(data, content_type="application/pdf")
    response["Link"] = f'<{absolute(page.get_url(request))}>; rel="canonical"'
    if is_noindex(request, page):
        response["X-Robots-Tag"] = "noindex"
        response["Cache-Control"] = "private, no-store"
    return response
