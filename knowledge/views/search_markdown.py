"""The results of a search as Markdown: the same query, filters and checks as the page."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from knowledge.markdown import plain_text
from knowledge.views.as_markdown import answer, link
from portal.core.text import escape_markdown
from search.finding import LAST_PAGE, PAGE_SIZE, Found, Result
from search.views import Asked

HINT = (
    "Suchen Sie nach einem Begriff, einer Frage oder einer Vorschrift: `/suche.md?q=§ 9 OZG`. "
    "Mit Anführungszeichen finden Sie genaue Wortfolgen."
)
NOTHING = "Dazu wurde nichts gefunden. Verwenden Sie weniger oder allgemeinere Wörter."
DEGRADED = (
    "Die Suche arbeitet gerade eingeschränkt: Gefunden wird nur, was im Titel oder in der Kurzantwort steht."
)


def _address(name: str, request: HttpRequest, **changed: str) -> str:
    known = {key: request.GET.getlist(key) for key in ("q", "art", "thema", "seite") if key in request.GET}
    return f"{reverse(name)}?{urlencode({**known, **changed}, doseq=True)}"


def _lines_of(item: Result, number: int) -> Iterator[str]:
    notes = [item.badge or item.kind.label, item.topic if item.topic != item.title else ""]
    if item.page:
        notes.append(f"Seite {item.page}")
    if item.reviewed or item.changed:
        notes.append(f"Stand {(item.reviewed or item.changed):%d.%m.%Y}")
    yield f"{number}. {link(item.title, item.url)} ({', '.join(escape_markdown(note) for note in notes if note)})"
    snippet = plain_text(str(item.snippet_html)).strip()
    if snippet:
        yield f"   {escape_markdown(' '.join(snippet.split()))}"


def _lines(request: HttpRequest, asked: Asked, found: Found) -> Iterator[str]:
    if not found.typed.text:
        yield HINT
        return
    pages = min(-(-found.total // PAGE_SIZE), LAST_PAGE)
    page = max(1, min(asked.page, pages))
    if found.degraded:
        yield from (DEGRADED, "")
    if not found.results:
        yield NOTHING
        return
    yield from (f"{found.total} Treffer, Seite {page} von {pages}", "")
    for number, item in enumerate(found.results, (page - 1) * PAGE_SIZE + 1):
        yield from _lines_of(item, number)
    if page < pages:
        yield from ("", link("Weitere Treffer", _address("search_markdown", request, seite=str(page + 1))))


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`/suche.md?q=…&art=…&thema=…&seite=…`, as `search.views.results`."""
    asked = Asked.of(request)
    found = asked.find(request)
    title = f"Suche: {found.typed.text}" if found.typed.text else "Suche"
    response = answer(title, _address("search", request), _lines(request, asked, found))
    response.headers["X-Robots-Tag"] = "noindex, follow"
    return response
