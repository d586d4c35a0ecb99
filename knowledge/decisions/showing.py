"""What readers see of a decision help: one question a page, a result with its ground, all of it by GET."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import mark_safe
from wagtail.models import Page

from knowledge.decisions.tree import Node, Tree, text_of
from knowledge.decisions.way import (
    AGAIN,
    ANSWER,
    LATER,
    PARAMETERS,
    SENT,
    WAY,
    Walk,
    address,
    again,
    answered,
    walk,
)
from knowledge.page_context import group_by_act, legal_basis, trusted_context
from knowledge.queries import Reader, breadcrumbs, cards, pages_by_id
from knowledge.rendering import finished_text
from portal.core.context import advice_url
from portal.core.pagecache import claim

LONGEST_NAMED = 300
"""A longer address does not fit into the contact form; the page then stands for the step."""


def index_context(page: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the context of the overview of decision helps."""
    reader = Reader.of(request)
    pages = Page.objects.child_of(page).filter(decisionhelppage__isnull=False).order_by("title")
    return {"breadcrumbs": breadcrumbs(page, request), "helps": cards(pages, reader)}


def _url(page: Any, request: HttpRequest) -> str:
    return page.get_url(request) or request.path


def _walked(page: Any, request: HttpRequest) -> tuple[Tree, Walk]:
    """Return tree and walk of a request; both are asked for twice."""
    found = getattr(request, "_decision", None)
    if found is None:
        tree = page.tree
        found = tree, walk(tree, request.GET.get(WAY, ""), request.GET.get(LATER, ""))
        request._decision = found  # type: ignore[attr-defined]  # kept for the context
    return found


def served(page: Any, request: HttpRequest, serve: Callable[[], HttpResponse]) -> HttpResponse:
    """Serve a step, and leave on the request what is counted: the page at its start, a result by itself.

    Only addresses the tree knows are kept by the page cache, so nobody can fill it with invented ones.
    """
    tree, walked = _walked(page, request)
    key, slug = request.GET.get(AGAIN, ""), request.GET.get(ANSWER, "")
    if slug:
        question = key or (walked.node.key if walked.node else "")
        following = answered(tree, walked.everything, question, slug)
        if following is not None:
            place = address(_url(page, request), following.way, **{LATER: following.later})
            response: HttpResponse = HttpResponseRedirect(place)
            add_never_cache_headers(response)
            return response
    response = serve()
    shown = again(walked, key)
    if walked.way == request.GET.get(WAY, "") and (not key or shown is not walked):
        claim(request, WAY, AGAIN)
    if shown.node is not None and shown.node.is_result:
        request.served_part = shown.node.key  # type: ignore[attr-defined]  # for knowledge.visits
    elif request.GET.keys() & PARAMETERS:
        request.served_page_id = None  # type: ignore[attr-defined]  # a step further is no further visit
    return response


def _help(source: Any) -> str:
    return mark_safe(finished_text(str(source or "")))


def _question(node: Node, shown: Walk, walked: Walk, request: HttpRequest) -> dict[str, Any]:
    """Return what the form of a question shows; the answer given before is chosen again."""
    before = next((stop.answer.slug for stop in walked.stops if stop.question.key == node.key), "")
    before = before or dict(walked.rest).get(node.key, "")
    sent, chosen = SENT in request.GET, request.GET.get(ANSWER, "")
    error = ""
    if chosen:
        error = "Diese Antwort gibt es bei dieser Frage nicht. Bitte wählen Sie eine der Antworten."
    elif sent:
        error = "Bitte wählen Sie eine Antwort."
    return {
        "key": node.key,
        "title": node.title,
        "help": _help(node.value.get("help")),
        "answers": [
            {"label": answer.label, "slug": answer.slug, "checked": answer.slug == before}
            for answer in node.answers
        ],
        "number": len(shown.stops) + 1,
        "way": walked.way,
        "later": walked.later,
        "error": error,
    }


def _result(node: Node, url: str, request: HttpRequest) -> dict[str, Any]:
    """Return a result: statement, why, on what ground, what to do, articles and the way to advice."""
    value = node.value
    basis = legal_basis(SimpleNamespace(legal_basis=value.get("legal_basis") or ""))
    articles = [article.pk for article in value.get("articles") or [] if article is not None]
    return {
        "key": node.key,
        "title": node.title,
        "why": _help(value.get("why")),
        "legal_basis": basis,
        "legal_acts": group_by_act(basis),
        "sources": [{"title": text_of(row["title"]), "url": row["url"]} for row in value.get("sources") or []],
        "todo": [_help_line(line) for line in str(value.get("todo") or "").splitlines() if line.strip()],
        "articles": pages_by_id(dict.fromkeys(articles), Reader.of(request)) if articles else [],
        "advice": advice_url(request, concern=text_of(value.get("advice")) or "beratung", path=url),
    }


def _help_line(line: str) -> str:
    """Return a line as HTML without the paragraph around it."""
    html = finished_text(line.strip()).strip()
    inner = html.removeprefix('<p class="kern-body">').removesuffix("</p>")
    return mark_safe(inner if "<p" not in inner else html)


def _stops(walked: Walk, url: str) -> list[dict[str, str]]:
    """Return the answers given, each with the address at which it can be changed without losing the others."""
    return [
        {
            "question": stop.question.title,
            "answer": stop.answer.label,
            "change_url": address(url, walked.way, **{LATER: walked.later, AGAIN: stop.question.key}),
        }
        for stop in walked.stops
    ]


def decision_context(page: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the context of the step the address asks for."""
    url = _url(page, request)
    tree, walked = _walked(page, request)
    shown = again(walked, request.GET.get(AGAIN, ""))
    node = shown.node
    is_result = node is not None and node.is_result
    is_start = not shown.stops and not is_result
    back = shown.stops[-1].question.key if shown.stops else ""
    own = address(url, walked.way)
    context: dict[str, Any] = {
        **trusted_context(page, request),
        "start_url": url,
        "step_url": own,
        "is_start": is_start,
        "question": _question(node, shown, walked, request) if node is not None and not is_result else None,
        "result": _result(node, own if len(own) <= LONGEST_NAMED else url, request)
        if node is not None and is_result
        else None,
        "stops": _stops(walked, url)[: len(shown.stops)],
        "back_url": address(url, walked.way, **{LATER: walked.later, AGAIN: back}) if back else "",
        "is_outdated": walked.is_outdated,
        "nodes": len(tree.nodes),
    }
    if request.GET.keys() & PARAMETERS:
        title = node.title if node is not None else page.title
        context["meta"] = {"noindex": True, "title": title}
        context["glossary"] = {}  # the switch would lead back to the start
    return context
