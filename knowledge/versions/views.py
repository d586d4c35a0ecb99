"""The published versions of a page, act, term or deadline, and the difference of two, for whoever may read it."""

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
from knowledge.readable import find_page, moved_to
from knowledge.versions import as_markdown, queries
from knowledge.versions.addresses import WORD
from knowledge.versions.compare import Comparison
from knowledge.versions.queries import Version
from knowledge.versions.subjects import Subject, of_entry, of_page
from knowledge.views.documents import behind_the_gate
from portal.core.content_io import kind_of
from portal.core.context import level_of_request
from portal.core.markdown_answers import markdown_url, offer_markdown
from portal.core.models import BasePage

PAGE_SIZE = 50
CHOOSE = "Bitte wählen Sie zwei verschiedene Fassungen, deren Wortlaut gespeichert ist."

Answer = Callable[[Subject, HttpRequest], HttpResponseBase]


def _guarded(request: HttpRequest, path: str, rest: str, answer: Answer) -> HttpResponseBase:
    """Answer about what stands at a path to those who may read it."""
    page = find_page(request, path)
    if page is None and (entry := of_entry(path, request)):
        return answer(entry, request)
    if page is None and (moved := moved_to(request, path)):
        return HttpResponsePermanentRedirect(f"{moved.rstrip('/')}/{rest}")
    if not isinstance(page, BasePage):
        raise Http404

    def successor_or_answer(page: Any, request: HttpRequest) -> HttpResponseBase:
        kind = kind_of(page)
        successor = kind.successor_of(page) if kind else None
        if successor is not None:
            return HttpResponsePermanentRedirect(f"{str(successor.get_url(request)).rstrip('/')}/{rest}")
        return answer(of_page(page, request), request)

    return behind_the_gate(page, request, successor_or_answer)


def _a_page_is_called_so(request: HttpRequest, path: str) -> bool:
    """A page below may be named as the list is; then the address is that page's."""
    return find_page(request, f"{path}/{WORD}") is not None


@require_safe
def page_versions(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """All published versions, newest first; ?von=&bis= leads to the comparison."""
    if _a_page_is_called_so(request, path):
        page: HttpResponseBase = serve(request, f"{path}/{WORD}/")
        return page
    return _guarded(request, path, f"{WORD}/", _list)


def _chosen(request: HttpRequest, subject: Subject, listed: list[Version]) -> HttpResponse | str:
    """Return the redirect to a comparison that was asked for, or what is wrong with the choice."""
    if "von" not in request.GET and "bis" not in request.GET:
        return ""
    readable = {str(version.number): version.number for version in listed if version.has_text}
    first, second = (readable.get(request.GET.get(name, "")) for name in ("von", "bis"))
    if first is None or second is None or first == second:
        return CHOOSE
    return HttpResponseRedirect(f"{subject.versions_url}{min(first, second)}-{max(first, second)}/")


def _before(listed: list[Version]) -> dict[int, int]:
    """Return which version each one is compared with: the one before it whose text is there."""
    found: dict[int, int] = {}
    last: int | None = None
    for version in reversed(listed):
        if version.has_text and last is not None:
            found[version.number] = last
        last = version.number if version.has_text else last
    return found


def _list(subject: Subject, request: HttpRequest) -> HttpResponseBase:
    listed = queries.versions(subject.instance, level_of_request(request))
    chosen = _chosen(request, subject, listed)
    if isinstance(chosen, HttpResponse):
        return chosen
    before = _before(listed)
    shown = Paginator([(version, before.get(version.number)) for version in listed], PAGE_SIZE).get_page(
        request.GET.get("seite")
    )
    readable = [version for version in listed if version.has_text]
    url = subject.versions_url
    context = {
        **_frame(subject, f"Änderungen: {subject.title}", url, noindex=subject.noindex),
        "page_obj": shown, "versions_url": url, "error": chosen,
        "choices": readable if len(readable) > 1 else [],
        "first": readable[1].number if len(readable) > 1 else None,
        "last": readable[0].number if readable else None,
    }  # fmt: skip
    return offer_markdown(render(request, "knowledge/versions/list.html", context), url)


def _frame(subject: Subject, title: str, url: str, *, noindex: bool) -> dict[str, Any]:
    meta = {"title": title, "description": f"Veröffentlichte Fassungen von „{subject.title}“.", "path": url}
    return {"subject": subject, "breadcrumbs": list(subject.crumbs), "meta": {**meta, "noindex": noindex}}


def _compared(
    subject: Subject, request: HttpRequest, first: int, second: int
) -> tuple[Version, Version, Comparison]:
    found = queries.pair(subject.instance, level_of_request(request), first, second)
    result = queries.comparison(subject.instance, *found) if found else None
    if found is None or result is None:
        raise Http404
    return (*found, result)


@require_safe
def page_comparison(request: HttpRequest, first: str, second: str, path: str = "") -> HttpResponseBase:
    """What differs between two published versions; search engines are told to leave it out."""
    old, new = int(first), int(second)

    def answer(subject: Subject, request: HttpRequest) -> HttpResponseBase:
        listed = subject.versions_url
        if old >= new:
            return HttpResponsePermanentRedirect(f"{listed}{new}-{old}/" if old > new else listed)
        before, after, result = _compared(subject, request, old, new)
        url = f"{listed}{old}-{new}/"
        frame = _frame(subject, f"Fassung {old} und {new}: {subject.title}", url, noindex=True)
        frame["breadcrumbs"].append({"title": "Änderungen", "url": listed})
        context = {**frame, "old": before, "new": after, "comparison": result, "versions_url": listed}
        return offer_markdown(render(request, "knowledge/versions/comparison.html", context), url)

    return _guarded(request, path, f"{WORD}/{first}-{second}/", answer)


@require_safe
def page_versions_markdown(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """The list as Markdown."""
    if _a_page_is_called_so(request, path):
        return page_markdown(request, f"{path}/{WORD}".lstrip("/"))

    def answer(subject: Subject, request: HttpRequest) -> HttpResponseBase:
        listed = queries.versions(subject.instance, level_of_request(request))
        return as_markdown.version_list(subject, listed, _before(listed))

    return _guarded(request, path, f"{WORD}.md", answer)


@require_safe
def page_comparison_markdown(request: HttpRequest, first: str, second: str, path: str = "") -> HttpResponseBase:
    """The difference as Markdown."""
    old, new = int(first), int(second)

    def answer(subject: Subject, request: HttpRequest) -> HttpResponseBase:
        listed = subject.versions_url
        if old >= new:
            return HttpResponsePermanentRedirect(markdown_url(f"{listed}{new}-{old}/" if old > new else listed))
        return as_markdown.comparison(subject, f"{listed}{old}-{new}/", *_compared(subject, request, old, new))

    return _guarded(request, path, f"{WORD}/{first}-{second}.md", answer)
