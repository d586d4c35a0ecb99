"""The results page and the suggestions; they parse, call and render."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from portal.core.context import level_of_request
from portal.core.markdown_answers import offer_markdown
from portal.core.visibility import Visibility
from search.explaining import explain, shown_weights
from search.finding import LAST_PAGE, PAGE_SIZE, Found, find, suggest
from search.insight.noting import note_search
from search.query import parse
from search.registry import registry

State = dict[str, list[str]]

NO_INDEX = "noindex, follow"
MOST_TOPICS = 12
MOST_KINDS = 20
SLUG = re.compile(r"[-a-z0-9]{1,100}(/[-a-z0-9]{1,100}){0,5}")


@dataclass(frozen=True)
class Choice:
    """One value of a filter: label, count, address that sets (or, when active, removes) it."""

    label: str
    count: int
    url: str
    active: bool = False


@dataclass(frozen=True)
class Asked:
    """What an address asks for and what was found; HTML and Markdown are made of it."""

    found: Found
    kinds: list[str]
    topic: int | None
    page: Page[int]
    seconds: float = 0.0

    @property
    def state(self) -> State:
        """What the search understood of the address; only that is repeated in links."""
        topics = [] if self.topic is None else [str(self.topic)]
        return {"q": [self.found.typed.text], "art": self.kinds, "thema": topics}

    @property
    def shown_text(self) -> str:
        """The words whose results are shown: as typed, or mended where those found nothing."""
        return self.found.meant if self.found.followed else self.found.typed.text

    @property
    def meant_url(self) -> str:
        """The address of the same search with its typing errors mended; empty where there are none."""
        return changed(self.state, q=[self.found.meant]) if self.found.meant else ""


def ask(request: HttpRequest) -> Asked:
    """Search for `?q=…&art=…&thema=…&seite=…` at the reader's level; what is no filter is left out."""
    asked = dict.fromkeys(request.GET.getlist("art")[:MOST_KINDS])
    kinds = [code for code in asked if code in registry.kinds]
    level = level_of_request(request)
    topic = _topic(request.GET.get("thema", ""), level)
    page = _page(request.GET.get("seite", ""))
    started = perf_counter()
    found = find(request.GET.get("q", ""), level=level, kinds=kinds, topic=topic, page=page)
    seconds = perf_counter() - started
    pages = Paginator(range(min(found.total, LAST_PAGE * PAGE_SIZE)), PAGE_SIZE)
    return Asked(found, kinds, topic, pages.get_page(page), seconds)


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """`/suche/?q=…&art=…&thema=…&seite=…`: the whole state stands in the address."""
    asked = ask(request)
    found, state = asked.found, asked.state
    context = {
        "query": found.typed.text,
        "shown_query": asked.shown_text,
        "meant_url": asked.meant_url,
        "found": found,
        "page_obj": asked.page,
        "kinds": kind_choices(asked),
        "topics": topic_choices(asked),
        "chips": _chips(asked),
        "without_filters": address({"q": found.typed.text}),
        **_advice(found.typed.text),
        "breadcrumbs": [{"title": "Startseite", "url": "/"}],
        "explained": level_of_request(request) is Visibility.CENTRE,
        "help": help_without_results(found),
    }
    response = render(request, "search/results.html", context)
    response.headers["X-Robots-Tag"] = NO_INDEX
    note_search(request, asked)
    return offer_markdown(response, changed(state, seite=page_value(asked)))


@require_safe
def why(request: HttpRequest) -> HttpResponse:
    """`/suche/warum/?q=…&treffer=…`: the parts and weights behind a result, for people of the centre."""
    level, key = level_of_request(request), request.GET.get("treffer", "")
    explanation = explain(request.GET.get("q", ""), key, level=level) if level is Visibility.CENTRE else None
    if explanation is None:
        raise Http404
    query = parse(request.GET.get("q", "")).text
    context = {"explanation": explanation, "query": query, "key": key, "weights": shown_weights()}
    response = render(request, "search/why.html", context)
    response.headers["X-Robots-Tag"] = NO_INDEX
    return response


@require_safe
def suggestions(request: HttpRequest) -> JsonResponse:
    """`/suche/vorschlaege/?q=…`: at most eight public suggestions, grouped."""
    response = JsonResponse({"suggestions": suggest(request.GET.get("q", ""))})
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _topic(value: str, level: Visibility) -> int | None:
    """Return the id of a topic given by id, slug or slug path; what is no topic is no filter."""
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if SLUG.fullmatch(value) and registry.topic_names is not None:
        return registry.topic_names.resolve(value, level)
    return None


def _page(value: str) -> int:
    return (
        min(int(value), LAST_PAGE) if value.isascii() and value.isdigit() and len(value) < 6 and int(value) else 1
    )


def address(parameters: Mapping[str, Any]) -> str:
    """Return the address of a search; without parameters that of the empty search."""
    query = urlencode(parameters, doseq=True)
    return f"{reverse('search')}?{query}" if query else reverse("search")


def page_value(asked: Asked) -> list[str]:
    """Return the page of results as it stands in an address; the first has no number."""
    return [str(asked.page.number)] if asked.page.number > 1 else []


def changed(state: State, **values: list[str]) -> str:
    """Return the address of the same search with other filters, on its first page."""
    kept = {name: [item for item in items if item] for name, items in {**state, **values}.items()}
    return address({name: items for name, items in kept.items() if items})


def kind_choices(asked: Asked) -> list[Choice]:
    """Return the kinds found, or filtered by, each with its count."""
    active, counts = asked.kinds, asked.found.kind_counts
    return [
        Choice(
            kind.plural,
            counts.get(code, 0),
            changed(
                asked.state, art=[item for item in active if item != code] if code in active else [*active, code]
            ),
            code in active,
        )
        for code, kind in registry.kinds.items()
        if counts.get(code) or code in active
    ]


def topic_choices(asked: Asked) -> list[Choice]:
    """Return the topics with most of what was found, each with its count."""
    found, active = asked.found, asked.topic
    titled = [pk for pk in found.topic_titles if found.topic_counts.get(pk) or pk == active]
    most = set(sorted(titled, key=lambda pk: -found.topic_counts.get(pk, 0))[:MOST_TOPICS])
    return [
        Choice(
            found.topic_titles[pk],
            found.topic_counts.get(pk, 0),
            changed(asked.state, thema=[] if pk == active else [str(pk)]),
            pk == active,
        )
        for pk in titled
        if pk in most or pk == active
    ]


def _chips(asked: Asked) -> list[Choice]:
    kinds, state = asked.kinds, asked.state
    chips = [
        Choice(registry.kinds[code].plural, 0, changed(state, art=[item for item in kinds if item != code]), True)
        for code in kinds
    ]
    if asked.topic is not None:
        title = asked.found.topic_titles.get(asked.topic, "Thema")
        chips.append(Choice(title, 0, changed(state, thema=[]), True))
    return chips


def _advice(text: str) -> dict[str, str]:
    """Return where advice links lead: each takes along what was typed, those of the frame too."""
    url = contact_url(text)
    return {"contact_url": url, "advice_url": url} if text else {"contact_url": url}


def contact_url(text: str) -> str:
    """Return the address of the contact form with the query filled in; nothing where there is none."""
    try:
        return f"{reverse('contact')}?{urlencode({'anliegen': text})}"
    except NoReverseMatch:
        return ""


def help_without_results(found: Found) -> list[dict[str, Any]]:
    """Return where to go on when a query found nothing."""
    if found.results or not found.typed.text:
        return []
    groups = [
        {"heading": item.heading, "entries": item.help(found.typed.text)} for item in registry.zero_result_help
    ]
    return [group for group in groups if group["entries"]]
