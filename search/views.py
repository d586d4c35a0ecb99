"""The results page and the suggestions; they parse, call and render."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from portal.core.context import level_of_request
from search.finding import LAST_PAGE, PAGE_SIZE, Found, find, suggest
from search.registry import registry

State = dict[str, list[str]]

MOST_TOPICS = 12
MOST_KINDS = 20
SLUG = re.compile(r"[-a-z0-9]{1,100}")


@dataclass(frozen=True)
class Choice:
    """One value of a filter: label, count, address that sets (or, when active, removes) it."""

    label: str
    count: int
    url: str
    active: bool = False


@dataclass(frozen=True)
class Asked:
    """What the address of a search asks for; whatever is unknown in it is no filter."""

    text: str
    kinds: list[str]
    topic: int | None
    page: int

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        kinds = dict.fromkeys(request.GET.getlist("art")[:MOST_KINDS])
        return cls(
            text=request.GET.get("q", ""),
            kinds=[code for code in kinds if code in registry.kinds],
            topic=_topic(request.GET.get("thema", "")),
            page=_page(request.GET.get("seite", "")),
        )

    def find(self, request: HttpRequest) -> Found:
        level = level_of_request(request)
        return find(self.text, level=level, kinds=self.kinds, topic=self.topic, page=self.page)


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """`/suche/?q=…&art=…&thema=…&seite=…`: the whole state stands in the address."""
    asked = Asked.of(request)
    found = asked.find(request)
    kinds, topic, page = asked.kinds, asked.topic, asked.page
    state = _state(found, kinds, topic)
    pages = Paginator(range(min(found.total, LAST_PAGE * PAGE_SIZE)), PAGE_SIZE)
    context = {
        "query": found.typed.text,
        "found": found,
        "page_obj": pages.get_page(page),
        "kinds": _kind_choices(state, found, kinds),
        "topics": _topic_choices(state, found, topic),
        "chips": _chips(state, found, kinds, topic),
        "without_filters": _address({"q": found.typed.text}),
        "contact_url": _contact(found.typed.text),
        "breadcrumbs": [{"title": "Startseite", "url": "/"}],
        "help": _help(found) if found.typed.text and not found.results else [],
    }
    response = render(request, "search/results.html", context)
    response.headers["X-Robots-Tag"] = "noindex, follow"
    if address := _reverse("search_markdown"):
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        response.headers["Link"] = f'<{address}{query}>; rel="alternate"; type="text/markdown"'
    return response


@require_safe
def suggestions(request: HttpRequest) -> JsonResponse:
    """`/suche/vorschlaege/?q=…`: at most eight public suggestions, grouped."""
    response = JsonResponse({"suggestions": suggest(request.GET.get("q", ""))})
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _topic(value: str) -> int | None:
    """Return the id of a topic given by id or slug; what is no topic is no filter."""
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if SLUG.fullmatch(value) and registry.topic_names is not None:
        return registry.topic_names.resolve(value)
    return None


def _page(value: str) -> int:
    return (
        min(int(value), LAST_PAGE) if value.isascii() and value.isdigit() and len(value) < 6 and int(value) else 1
    )


def _address(parameters: Any) -> str:
    return f"{reverse('search')}?{urlencode(parameters, doseq=True)}"


def _state(found: Found, kinds: list[str], topic: int | None) -> State:
    """Return what the search understood of the address; only that is repeated in links."""
    return {"q": [found.typed.text], "art": kinds, "thema": [] if topic is None else [str(topic)]}


def _changed(state: State, **values: list[str]) -> str:
    """Return the address of the same search with other filters, on its first page."""
    return _address({name: items for name, items in {**state, **values}.items() if items})


def _kind_choices(state: State, found: Found, active: list[str]) -> list[Choice]:
    return [
        Choice(
            kind.plural,
            found.kind_counts.get(code, 0),
            _changed(state, art=[item for item in active if item != code] if code in active else [*active, code]),
            code in active,
        )
        for code, kind in registry.kinds.items()
        if found.kind_counts.get(code) or code in active
    ]


def _topic_choices(state: State, found: Found, active: int | None) -> list[Choice]:
    titled = [pk for pk in found.topic_titles if found.topic_counts.get(pk) or pk == active]
    most = set(sorted(titled, key=lambda pk: -found.topic_counts.get(pk, 0))[:MOST_TOPICS])
    return [
        Choice(
            found.topic_titles[pk],
            found.topic_counts.get(pk, 0),
            _changed(state, thema=[] if pk == active else [str(pk)]),
            pk == active,
        )
        for pk in titled
        if pk in most or pk == active
    ]


def _chips(state: State, found: Found, kinds: list[str], topic: int | None) -> list[Choice]:
    chips = [
        Choice(registry.kinds[code].plural, 0, _changed(state, art=[item for item in kinds if item != code]), True)
        for code in kinds
    ]
    if topic is not None:
        chips.append(Choice(found.topic_titles.get(topic, "Thema"), 0, _changed(state, thema=[]), True))
    return chips


def _reverse(route: str) -> str:
    """Return the address of a route of a higher app, or "" where that is not installed."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def _contact(text: str) -> str:
    address = _reverse("contact")
    return f"{address}?{urlencode({'anliegen': text})}" if address else ""


def _help(found: Found) -> list[dict[str, Any]]:
    groups = [
        {"heading": item.heading, "entries": item.help(found.typed.text)} for item in registry.zero_result_help
    ]
    return [group for group in groups if group["entries"]]
