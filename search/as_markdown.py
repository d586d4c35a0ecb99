"""The results page as Markdown: the same search, filters and access checks as the HTML."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import strip_tags
from django.views.decorators.http import require_safe

from portal.core.markdown_answers import markdown_answer, markdown_link, markdown_url
from portal.core.text import escape_markdown
from search.finding import Result
from search.narrowing import REVIEWED_MONTHS, Choice, address, changed
from search.registry import registry
from search.views import NO_INDEX, Asked, ask, contact_url, help_without_results, page_value

SHORTENED = "Ihre Eingabe war sehr lang. Gesucht wurde nach ihrem Anfang."
DEGRADED = (
    "Die Suche arbeitet gerade eingeschränkt. Gefunden wird nur, was im Titel oder in der Kurzantwort steht. "
    "Versuchen Sie es später noch einmal."
)
STAND_IN = (
    "Der Suchdienst antwortet gerade nicht. Gesucht wurde in einem zweiten Index auf diesem Server. "
    "Was eben erst veröffentlicht wurde, fehlt vielleicht noch."
)
RELAXED = "Die genaue Wortfolge kommt nirgends vor. Gezeigt werden Treffer für die einzelnen Wörter."


def _explanation() -> Iterator[str]:
    yield "Suchen Sie nach einem Begriff, einer Frage oder einer Vorschrift, zum Beispiel „§ 9 OZG“."
    yield "Mit Anführungszeichen finden Sie genaue Wortfolgen."
    yield ""
    yield f"Die Suche steht in der Adresse: `{markdown_url(reverse('search'))}?q=postfach`. Weiter eingrenzen:"
    yield ""
    yield (
        "- `thema`: Kurzname eines Themas, wie er in dessen Adresse steht; haben mehrere Themen denselben, dann "
        "mit dem Thema darüber: `oberthema/thema`"
    )
    months = ", ".join(f"`{number}`" for number in REVIEWED_MONTHS)
    yield f"- `geprueft`: in den letzten Monaten fachlich geprüft, möglich sind {months}"
    yield "- `recht`: Kurzname einer Rechtsvorschrift, mehrmals möglich, zum Beispiel `recht=ozg`"
    yield "- `sortierung`: `datum` für das Neueste zuerst; sonst nach Relevanz"
    yield "- `seite`: Nummer der Seite mit weiteren Treffern"
    yield "- `art`: Art der Treffer, mehrmals möglich:"
    for code, kind in registry.kinds.items():
        yield f"  - `{code}`: {escape_markdown(kind.plural)}"


def _count(asked: Asked) -> str:
    """Say how many results there are, as the HTML does."""
    total, text = asked.found.total, escape_markdown(asked.shown_text)
    if not asked.found.results:
        return f"Keine Treffer für „{text}“"
    place = f", Seite {asked.page.number} von {asked.page.paginator.num_pages}" if total > 1 else ""
    return f"{localize(total)} Treffer für „{text}“{place}"


def _line(item: Result) -> str:
    facts = [item.badge or item.kind.label]
    if item.topic and item.topic != item.title:
        facts.append(item.topic)
    if item.page_label:
        facts.append(item.page_label)
    snippet = " ".join(unescape(strip_tags(item.snippet_html)).split())
    said = f": {escape_markdown(snippet)}" if snippet else ""
    return f"- {markdown_link(item.title, item.url)} ({escape_markdown(', '.join(facts))}){said}"


def _notices(asked: Asked) -> Iterator[str]:
    found = asked.found
    shown = {
        SHORTENED: found.typed.shortened,
        DEGRADED: found.degraded,
        STAND_IN: found.stand_in,
        RELAXED: found.relaxed and bool(found.results),
    }
    for text, applies in shown.items():
        if applies:
            yield from (f"*{text}*", "")
    if found.meant:
        yield from (_meant(asked), "")


def _meant(asked: Asked) -> str:
    """Say what was probably meant: offered, or already searched for."""
    link = markdown_link(asked.found.meant, markdown_url(asked.meant_url))
    if not asked.found.followed:
        return f"Meinten Sie {link}?"
    text = escape_markdown(asked.found.typed.text)
    return f"Für „{text}“ gibt es keine Treffer. Gezeigt werden Treffer für „{link}“."


def _facet(heading: str, choices: list[Choice]) -> Iterator[str]:
    if choices:
        yield from ("", f"## {heading}", "")
        for choice in choices:
            chosen = ", gewählt" if choice.active else ""
            yield f"- {markdown_link(choice.label, markdown_url(choice.url))} ({localize(choice.count)}{chosen})"


def _nothing(asked: Asked) -> Iterator[str]:
    text = asked.found.typed.text
    yield "Verwenden Sie weniger oder allgemeinere Wörter und prüfen Sie die Schreibweise."
    relief = asked.shown.relief()
    if relief:
        yield ""
        for choice in relief:
            count = f" ({localize(choice.count)} Treffer)" if choice.count else ""
            yield f"- {markdown_link(choice.label, markdown_url(choice.url))}{count}"
    for group in help_without_results(asked.found):
        yield from ("", f"## {escape_markdown(group['heading'])}", "")
        for entry in group["entries"]:
            yield f"- {markdown_link(entry['title'], entry['url'])}"
    if contact := contact_url(text):
        yield from ("", f"Oder fragen Sie uns: {markdown_link('Frage stellen', contact)}")


def _lines(asked: Asked) -> Iterator[str]:
    yield from (_count(asked), "")
    yield from _notices(asked)
    if not asked.found.results:
        yield from _nothing(asked)
    for item in asked.found.results:
        yield _line(item)
    if asked.found.results and asked.page.has_next():
        following = changed(asked.state, seite=[str(asked.page.next_page_number())])
        yield from ("", markdown_link("Weitere Treffer", markdown_url(following)))
    for facet in asked.shown.facets():
        yield from _facet(f"Eingrenzen: {facet.heading}", facet.choices)


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """`/suche.md?q=…&art=…&thema=…&seite=…`; without words it says how to search."""
    asked = ask(request)
    text = asked.found.typed.text
    title = f"Suche: {text}" if text else "Suche"
    here = changed(asked.state, seite=page_value(asked)) if text else address({})
    response = markdown_answer(title, here, _lines(asked) if text else _explanation())
    response.headers["X-Robots-Tag"] = NO_INDEX
    return response
