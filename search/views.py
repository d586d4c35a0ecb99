"""The results page and the suggestions; they parse, call and render."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.core.context import advice_start, level_of_request
from portal.core.markdown_answers import offer_markdown
from portal.core.visibility import Visibility
from search.explaining import explain, shown_weights
from search.finding import LAST_PAGE, PAGE_SIZE, Found, find, suggest
from search.insight.noting import note_search
from search.narrowing import Filters, Shown, State, changed, read_filters
from search.query import parse
from search.registry import registry
from search.saved import subscribe_url

NO_INDEX = "noindex, follow"


@dataclass(frozen=True)
class Asked:
    """What an address asks for and what was found; HTML and Markdown are made of it."""

    found: Found
    filters: Filters
    page: Page[int]
    seconds: float = 0.0

    @property
    def state(self) -> State:
        """What the search understood of the address; only that is repeated in links."""
        return {"q": [self.found.typed.text], **self.filters.state}

    @property
    def shown(self) -> Shown:
        """Facets, chips and orders."""
        return Shown(self.found, self.filters, self.state)

    @property
    def shown_text(self) -> str:
        """The words whose results are shown: as typed, or mended where those found nothing."""
        return self.found.meant if self.found.followed else self.found.typed.text

    @property
    def meant_url(self) -> str:
        """The address of the same search with its typing errors mended; empty where there are none."""
        return changed(self.state, q=[self.found.meant]) if self.found.meant else ""


def ask(request: HttpRequest) -> Asked:
    """Search for `?q=…` with filters, order and `seite=…` at the reader's level; what is no filter is left out."""
    level = level_of_request(request)
    filters = read_filters(request.GET, level)
    page = _page(request.GET.get("seite", ""))
    started = perf_counter()
    found = find(request.GET.get("q", ""), level=level, filters=filters, page=page)
    seconds = perf_counter() - started
    pages = Paginator(range(min(found.total, LAST_PAGE * PAGE_SIZE)), PAGE_SIZE)
    return Asked(found, filters, pages.get_page(page), seconds)


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """`/suche/?q=…&art=…&thema=…&fuer=…&recht=…&geprueft=…&sortierung=…&seite=…`: all of it in the address."""
    asked = ask(request)
    found, state, shown = asked.found, asked.state, asked.shown
    context = {
        "query": found.typed.text,
        "shown_query": asked.shown_text,
        "meant_url": asked.meant_url,
        "found": found,
        "page_obj": asked.page,
        "page_query": _understood(state),
        "facets": shown.facets(),
        "chips": shown.chips(),
        "orders": shown.orders(),
        "relief": shown.relief(),
        "subscribe_url": subscribe_url(
            _understood({**state, "q": [asked.shown_text]}).urlencode(), level_of_request(request)
        ),
        "without_filters": changed({"q": [found.typed.text]}),
        **_advice(found.typed.text),
        "breadcrumbs": [{"title": "Startseite", "url": "/"}],
        "explained": level_of_request(request) is Visibility.CENTRE,
        "help": help_without_results(found),
    }
    response = render(request, "search/results.html", context)
    response.headers["X-Robots-Tag"] = NO_INDEX
    note_search(request, asked)
    return offer_markdown(response, changed(state, seite=page_value(asked)))


def _understood(state: State) -> QueryDict:
    """Return the parameters that links to further pages repeat."""
    parameters = QueryDict(mutable=True)
    for name, values in state.items():
        if values:
            parameters.setlist(name, values)
    return parameters


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


def _page(value: str) -> int:
    return (
        min(int(value), LAST_PAGE) if value.isascii() and value.isdigit() and len(value) < 6 and int(value) else 1
    )


def page_value(asked: Asked) -> list[str]:
    """Return the page of results as it stands in an address; the first has no number."""
    return [str(asked.page.number)] if asked.page.number > 1 else []


def _advice(text: str) -> dict[str, str]:
    """Return where advice links lead: each takes along what was typed, those of the frame too."""
    url = contact_url(text)
    return {"contact_url": url, "advice_url": url} if text else {"contact_url": url}


def contact_url(text: str) -> str:
    """Return the address where advice is asked for, with the query filled in; nothing where there is none."""
    url = advice_start()
    return f"{url}?{urlencode({'anliegen': text})}" if url else ""


def help_without_results(found: Found) -> list[dict[str, Any]]:
    """Return where to go on when a query found nothing."""
    if found.results or not found.typed.text:
        return []
    groups = [
        {"heading": item.heading, "entries": item.help(found.typed.text)} for item in registry.zero_result_help
    ]
    return [group for group in groups if group["entries"]]
