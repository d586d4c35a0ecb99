"""The published versions of a page, and the difference between two of them, for whoever may read the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from wagtail.views import serve

from knowledge.content_io.views import markdown as page_markdown
from knowledge.models import TrustedPage
from knowledge.queries import breadcrumbs
from knowledge.readable import find_page, moved_to
from knowledge.versions import as_markdown, queries
from knowledge.versions.addresses import WORD, versions_url
from knowledge.versions.compare import Comparison
from knowledge.versions.queries import Version
from knowledge.views.documents import behind_the_gate
from portal.core.content_io import kind_of
from portal.core.context import level_of_request
from portal.core.markdown_answers import markdown_url, offer_markdown
from portal.core.seo import is_noindex

PAGE_SIZE = 50
CHOOSE = "Bitte wählen Sie zwei verschiedene Fassungen, deren Wortlaut gespeichert ist."

Answer = Callable[[Any, HttpRequest], HttpResponseBase]


def _guarded(request: HttpRequest, path: str, rest: str, answer: Answer, otherwise: Answer) -> HttpResponseBase:
    """Answer about the page at a path to those who may read it; other kinds of pages have no versions here."""
    page = find_page(request, path)
    if page is None and (moved := moved_to(request, path)):
        return HttpResponsePermanentRedirect(f"{moved.rstrip('/')}/{rest}")
    if not isinstance(page, TrustedPage):
        return otherwise(page, request)

    def successor_or_answer(page: Any, request: HttpRequest) -> HttpResponseBase:
        kind = kind_of(page)
        successor = kind.successor_of(page) if kind else None
        if successor is not None:
            return HttpResponsePermanentRedirect(f"{str(successor.get_url(request)).rstrip('/')}/{rest}")
        return answer(page, request)

    return behind_the_gate(page, request, successor_or_answer)


def _not_found(page: Any, request: HttpRequest) -> HttpResponseBase:
    raise Http404


@require_safe
def page_versions(request: HttpRequest, path: str) -> HttpResponseBase:
    """All published versions of a page, newest first; ?von=&bis= leads to the comparison."""

    def otherwise(page: Any, request: HttpRequest) -> HttpResponseBase:
        answer: HttpResponseBase = serve(request, f"{path}/{WORD}/")  # a page may be called so
        return answer

    return _guarded(request, path, f"{WORD}/", _list, otherwise)


def _chosen(request: HttpRequest, page: Any, listed: list[Version]) -> HttpResponse | str:
    """Return the redirect to a comparison that was asked for, or what is wrong with the choice."""
    if "von" not in request.GET and "bis" not in request.GET:
        return ""
    readable = {str(version.number): version.number for version in listed if version.has_text}
    first, second = (readable.get(request.GET.get(name, "")) for name in ("von", "bis"))
    if first is None or second is None or first == second:
        return CHOOSE
    return HttpResponseRedirect(f"{versions_url(page, request)}{min(first, second)}-{max(first, second)}/")


def _before(listed: list[Version]) -> dict[int, int]:
    """Return which version each one is compared with: the one before it whose text is there."""
    found: dict[int, int] = {}
    last: int | None = None
    for version in reversed(listed):
        if version.has_text and last is not None:
            found[version.number] = last
        last = version.number if version.has_text else last
    return found


def _list(page: Any, request: HttpRequest) -> HttpResponseBase:
    listed = queries.versions(page, level_of_request(request))
    chosen = _chosen(request, page, listed)
    if isinstance(chosen, HttpResponse):
        return chosen
    before = _before(listed)
    shown = Paginator([(version, before.get(version.number)) for version in listed], PAGE_SIZE).get_page(
        request.GET.get("seite")
    )
    readable = [version for version in listed if version.has_text]
    url = versions_url(page, request)
    context = {
        **_frame(page, request, f"Änderungen: {page.title}", url, noindex=is_noindex(request, page)),
        "page_obj": shown, "versions_url": url, "error": chosen,
        "choices": readable if len(readable) > 1 else [],
        "first": readable[1].number if len(readable) > 1 else None,
        "last": readable[0].number if readable else None,
    }  # fmt: skip
    return offer_markdown(render(request, "knowledge/versions/list.html", context), url)


def _frame(page: Any, request: HttpRequest, title: str, url: str, *, noindex: bool) -> dict[str, Any]:
    crumbs = [*breadcrumbs(page, request), {"title": page.title, "url": page.get_url(request)}]
    meta = {"title": title, "description": f"Veröffentlichte Fassungen von „{page.title}“.", "path": url}
    return {"subject": page, "breadcrumbs": crumbs, "meta": {**meta, "noindex": noindex}}


def _compared(page: Any, request: HttpRequest, first: int, second: int) -> tuple[Version, Version, Comparison]:
    found = queries.pair(page, level_of_request(request), first, second)
    result = queries.comparison(page, *found) if found else None
    if found is None or result is None:
        raise Http404
    return (*found, result)


@require_safe
def page_comparison(request: HttpRequest, path: str, first: str, second: str) -> HttpResponseBase:
    """What differs between two published versions; search engines are told to leave it out."""
    old, new = int(first), int(second)

    def answer(page: Any, request: HttpRequest) -> HttpResponseBase:
        listed = versions_url(page, request)
        if old >= new:
            return HttpResponsePermanentRedirect(f"{listed}{new}-{old}/" if old > new else listed)
        before, after, result = _compared(page, request, old, new)
        url = f"{listed}{old}-{new}/"
        frame = _frame(page, request, f"Fassung {old} und {new}: {page.title}", url, noindex=True)
        frame["breadcrumbs"].append({"title": "Änderungen", "url": listed})
        context = {**frame, "old": before, "new": after, "comparison": result, "versions_url": listed}
        return offer_markdown(render(request, "knowledge/versions/comparison.html", context), url)

    return _guarded(request, path, f"{WORD}/{first}-{second}/", answer, _not_found)


@require_safe
def page_versions_markdown(request: HttpRequest, path: str) -> HttpResponseBase:
    """The list as Markdown."""

    def answer(page: Any, request: HttpRequest) -> HttpResponseBase:
        listed = queries.versions(page, level_of_request(request))
        return as_markdown.version_list(page, versions_url(page, request), listed, _before(listed))

    def otherwise(page: Any, request: HttpRequest) -> HttpResponseBase:
        return page_markdown(request, f"{path}/{WORD}")

    return _guarded(request, path, f"{WORD}.md", answer, otherwise)


@require_safe
def page_comparison_markdown(request: HttpRequest, path: str, first: str, second: str) -> HttpResponseBase:
    """The difference as Markdown."""
    old, new = int(first), int(second)

    def answer(page: Any, request: HttpRequest) -> HttpResponseBase:
        url = f"{versions_url(page, request)}{old}-{new}/"
        if old >= new:
            listed = versions_url(page, request)
            return HttpResponsePermanentRedirect(markdown_url(f"{listed}{new}-{old}/" if old > new else listed))
        return as_markdown.comparison(page, url, *_compared(page, request, old, new))

    return _guarded(request, path, f"{WORD}/{first}-{second}.md", answer, _not_found)
