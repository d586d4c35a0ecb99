"""How the ranking works, in plain German: the sentences stand here, every number comes from ranking.toml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import localize
from django.views.decorators.http import require_safe

from portal.core.markdown_answers import markdown_answer, offer_markdown
from portal.core.text import escape_markdown
from search.ranking import Ranking, ranking
from search.registry import registry

TITLE = "Wie die Suche sortiert"
LEAD = (
    "Oben steht, was am besten zu Ihren Wörtern passt. Hier steht, was dafür zählt, wie viel es zählt "
    "und was keine Rolle spielt."
)
# (table, name) in ranking.toml: what it says to a reader. The numbers are read from there.
WORDS: dict[tuple[str, str], str] = {
    ("fields", "all"): "Das Wort steht irgendwo auf der Seite.",
    ("fields", "title"): "Es steht auch im Titel oder in der Frage. Das kommt hinzu.",
    ("readings", "exact"): "Das Wort steht dort genau so, wie Sie es geschrieben haben.",
    ("readings", "stem"): "Es steht in einer anderen Form dort: „Bescheide“ zu „Bescheid“.",
    ("readings", "parts"): "Es steckt in einem zusammengesetzten Wort: „Register“ in „Personenstandsregister“.",
    ("readings", "grams"): "Ein Wort mit ähnlichen Buchstabenfolgen steht dort. Das allein reicht nicht.",
    ("query", "synonym"): "Statt Ihres Wortes steht dort ein gleichbedeutendes aus dem Glossar.",
    ("query", "joined"): "Ihre Wörter stehen dort als ein Wort: „BundID“ zu „Bund ID“.",
    ("query", "apart"): "Die Wörter eines festen Namens stehen dort, aber nicht beieinander.",
    ("query", "nearby"): "Benachbarte Wörter Ihrer Suche stehen auch auf der Seite nah beieinander.",
    ("query", "title_all"): "Alle Wörter Ihrer Suche stehen im Titel.",
    ("query", "named"): "Sie haben genau den Namen eines Eintrags eingegeben.",
}
CITED: dict[tuple[str, str], str] = {
    ("citations", "defines"): "Die Vorschrift selbst.",
    ("citations", "defines_narrower"): "Ein Teil von ihr, etwa ein Absatz.",
    ("citations", "cites"): "Eine Seite, die sie nennt.",
    ("citations", "cites_narrower"): "Eine Seite, die einen Teil von ihr nennt.",
    ("citations", "defines_wider"): "Das Gesetz oder der Paragraf, zu dem sie gehört.",
    ("citations", "cites_wider"): "Eine Seite, die das nennt, wozu sie gehört.",
    ("citations", "mentioned"): "Ein Gesetz, das Sie neben anderen Wörtern nennen.",
}
# Said in sentences, or of no use to anybody who only searches.
NOT_IN_TABLES = {
    ("query", "required_share"), ("query", "tie"), ("query", "gram_share"), ("query", "nearby_distance"),
    ("semantic", "words"), ("semantic", "meaning"), ("semantic", "constant"), ("semantic", "added"),
    ("semantic", "alone"),
}  # fmt: skip
NOT_COUNTED = (
    "wer Sie sind: Ihre Person, Ihr Konto, Ihre Kommune, Ihr Gerät oder Ihr Ort. Alle mit denselben Rechten "
    "sehen dieselben Treffer in derselben Reihenfolge.",
    "was Sie oder andere früher gesucht oder angeklickt haben.",
    "wie oft eine Seite besucht wird.",
    "Geld: Es gibt keine bezahlten Plätze und keine Werbung.",
)


@dataclass(frozen=True)
class Part:
    """A section of the page: sentences, a list, a table of (what, weight)."""

    heading: str
    sentences: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    heads: tuple[str, str] = ("", "")
    rows: tuple[tuple[str, str], ...] = ()


def explanation(weights: Ranking | None = None) -> list[Part]:
    """Return the whole page, for the weights in use unless others are given."""
    weights = weights or ranking()
    parts = [
        _found(weights),
        Part(
            "Was ein Wort zählt",
            (
                "Für jedes Ihrer Wörter zählt, wo und wie es auf der Seite steht. Ein seltenes Wort zählt mehr "
                "als ein häufiges, und ein Wort auf einer kurzen Seite mehr als auf einer langen.",
            ),
            heads=("Was zutrifft", "Gewicht"),
            rows=tuple((text, _number(weights, *place)) for place, text in WORDS.items()),
        ),
        Part(
            "Paragrafen und Gesetze",
            ("Nennen Sie eine Vorschrift wie „§ 9 OZG“, dann zählt, was mit ihr am engsten zu tun hat.",),
            heads=("Was gefunden wird", "Gewicht"),
            rows=tuple((text, _number(weights, *place)) for place, text in CITED.items()),
        ),
        _kinds(weights),
        Part(
            "Was die Redaktion festlegt",
            (
                "Für einzelne Suchen kann die Redaktion eine Seite nach oben stellen oder eine unpassende "
                "ausblenden. Sie kann auch festlegen, welche Wörter gleichbedeutend sind. Jede solche Regel wird "
                "festgehalten und gilt für alle.",
            ),
        ),
        Part("Was keine Rolle spielt", ("Für die Reihenfolge zählt nicht:",), NOT_COUNTED),
        Part(
            "Nach Datum sortieren",
            (
                "Über der Trefferliste können Sie „Datum“ wählen. Dann steht oben, was zuletzt fachlich geprüft "
                "wurde; wo es keine Prüfung gibt, zählt die letzte Änderung. Auch was die Redaktion nach oben "
                "gestellt hat, steht dann da, wohin sein Datum gehört.",
                "Gefunden wird dasselbe"
                + (", nur ohne das, was allein der Bedeutung nach passt." if settings.SEARCH_SEMANTIC else "."),
            ),
        ),
    ]
    if settings.SEARCH_SEMANTIC:
        parts.insert(2, _meaning(weights))
    return parts


def _found(weights: Ranking) -> Part:
    most = int((1.5 / weights.query["required_share"]) - 1e-9) if weights.query["required_share"] else 0
    needed = f"Bei bis zu {most} Wörtern reicht es, wenn eines davon vorkommt." if most else ""
    return Part(
        "Was gefunden wird",
        tuple(
            sentence
            for sentence in (
                "Gefunden werden nur Seiten, die veröffentlicht sind und die Sie lesen dürfen.",
                f"{needed} Je mehr Ihrer Wörter auf einer Seite stehen, desto weiter oben steht sie.".strip(),
                "Füllwörter wie „der“ oder „wie“ zählen nicht. Was in Anführungszeichen steht, muss genau so "
                "vorkommen.",
            )
            if sentence
        ),
    )


def _kinds(weights: Ranking) -> Part:
    known = registry.kinds
    rows = sorted(
        ((known[code].plural, factor) for code, factor in weights.kinds.items() if code in known),
        key=lambda row: (-row[1], row[0]),
    )
    return Part(
        "Welche Art von Treffern vorgeht",
        (
            "Passen zwei Treffer gleich gut, steht Anleitung vor dem, worauf sie beruht. Was nicht genannt ist, "
            "hat das Gewicht 1.",
        ),
        heads=("Art", "Gewicht"),
        rows=tuple((plural, _plain(factor)) for plural, factor in rows),
    )


def _meaning(weights: Ranking) -> Part:
    words, meaning, added = (_plain(weights.semantic[name]) for name in ("words", "meaning", "added"))
    return Part(
        "Suche nach Bedeutung",
        (
            "Zusätzlich wird nach der Bedeutung Ihrer Frage gesucht, auch wo andere Wörter auf der Seite stehen. "
            f"Aus beiden Listen wird eine: Die Wörter haben das Gewicht {words}, die Bedeutung {meaning}. "
            f"Höchstens {added} Treffer kommen dazu, in denen die Wörter nicht stehen. "
            "Berechnet wird das auf den Rechnern, die der Betreiber dafür bestimmt hat.",
        ),
    )


def _number(weights: Ranking, table: str, name: str) -> str:
    return _plain(getattr(weights, table)[name])


def _plain(number: float) -> str:
    """Return a number as people write it: "400", "0,85"."""
    return str(localize(int(number) if float(number).is_integer() else number))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page for readers."""
    context = {
        "title": TITLE,
        "lead": LEAD,
        "parts": explanation(),
        "breadcrumbs": [{"title": "Startseite", "url": "/"}, {"title": "Suche", "url": reverse("search")}],
        "meta": {"title": TITLE, "description": LEAD},
    }
    return offer_markdown(render(request, "search/ranking.html", context), request.path)


@require_safe
def markdown(request: HttpRequest) -> HttpResponse:
    """The same as Markdown."""
    return markdown_answer(TITLE, reverse("search_ranking"), _lines())


def _lines() -> Iterator[str]:
    yield LEAD
    for part in explanation():
        yield from ("", f"## {escape_markdown(part.heading)}", "")
        yield " ".join(escape_markdown(sentence) for sentence in part.sentences)
        if part.items:
            yield from ("", *(f"- {escape_markdown(item)}" for item in part.items))
        if part.rows:
            yield from ("", f"| {part.heads[0]} | {part.heads[1]} |", "|---|---|")
            yield from (f"| {escape_markdown(what)} | {weight} |" for what, weight in part.rows)
