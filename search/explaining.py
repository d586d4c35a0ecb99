"""Why a result stands where it stands, in words: the parts of its score, asked of the engine one by one.

Every engine can do that, since only its queries are used: the whole query narrowed to one document, then the same
without each part. What is gone then is the part's share; since parts help each other, the shares need not add up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from portal.core.visibility import Visibility
from search.analysis import analyse
from search.compounds import root
from search.documents import SearchDocument
from search.eligibility import visible_keys
from search.engines import get_engine
from search.engines.base import EngineError, Group, SearchQuery
from search.finding import without_phrases
from search.query import parse, plan
from search.ranking import ranking
from search.registry import registry
from search.semantic.fusion import current_store
from search.steering.rules import current_rules

FIELDS = {"title": "im Titel", "keywords": "in den Suchwörtern und Themen", "summary": "in der Kurzantwort",
          "text": "im Text"}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One thing that was asked for: what it added to the score (None: it only filters), and where it stands."""

    name: str
    score: float | None
    reasons: tuple[str, ...] = ()


@dataclass
class Explanation:
    title: str
    url: str
    score: float = 0.0
    parts: list[Part] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def explain(raw: str, key: str, *, level: Visibility) -> Explanation | None:
    """Return why a search finds a document; None where the reader may not see it or there is none."""
    document = registry.load_keys([key]).get(key) if _is_key(key) else None
    if document is None or key not in visible_keys([key], level):
        return None
    query = replace(plan(parse(raw), level=level), keys=(key,), facets=False, limit=1)
    explanation = Explanation(document.title, document.url)
    try:
        _fill(explanation, query, document)
    except EngineError:
        explanation.remarks.append("Die Suchmaschine antwortet gerade nicht. Versuchen Sie es später noch einmal.")
    explanation.remarks += _remarks(query, document)
    return explanation


def _is_key(key: str) -> bool:
    source, _, pk = key.rpartition(":")
    return registry.source(source) is not None and pk.isascii() and pk.isdigit() and len(pk) < 18


def _score(query: SearchQuery) -> float:
    hits = get_engine().search(query).hits
    return hits[0].score if hits else 0.0


def _fill(explanation: Explanation, query: SearchQuery, document: SearchDocument) -> None:
    explanation.score = _score(query)
    if not explanation.score and query.phrases:
        query = without_phrases(query)
        explanation.score = _score(query)
        explanation.remarks.append("Die genaue Wortfolge steht hier nicht; gezählt wurden die Wörter.")
    if not explanation.score:
        return
    for citation in query.citations:
        others = replace(query, citations=tuple(item for item in query.citations if item is not citation))
        explanation.parts.append(
            Part(f"Vorschrift „{citation.label}“", _share(explanation, others), _cited(citation.ref, document))
        )
    for phrase in query.phrases:
        explanation.parts.append(Part(f"Wortfolge „{' '.join(phrase)}“", None, tuple(_places(phrase, document))))
    for group in query.groups:
        others = replace(query, groups=tuple(item for item in query.groups if item is not group))
        explanation.parts.append(Part(_name(group), _share(explanation, others), tuple(_reasons(group, document))))
    explanation.remarks += _together(query, document)


def _share(explanation: Explanation, others: SearchQuery) -> float:
    """Return what of the score is gone when one part is not asked for."""
    asks = others.groups or others.phrases or others.citations
    return explanation.score - (_score(others) if asks else 0.0)


def _name(group: Group) -> str:
    return f"„{' '.join(group.name or tuple(word.exact for word in group.words))}“"


def _texts(document: SearchDocument) -> dict[str, list[str]]:
    """Return the stems of a document by the place readers know."""
    texts = {"title": f"{document.title}\n{document.question}", "keywords": document.keywords,
             "summary": document.summary, "text": document.text}  # fmt: skip
    return {name: analyse(text).stems for name, text in texts.items()}


def _places(words: tuple[str, ...], document: SearchDocument) -> Iterator[str]:
    """Say where words stand in a row, and how often."""
    row = [stem for word in words for stem in analyse(word).stems]
    for name, stems in _texts(document).items():
        found = sum(stems[at : at + len(row)] == row for at in range(len(stems)))
        if found:
            yield f"steht {FIELDS[name]}" + (f" ({found}-mal)" if found > 1 else "")


def _reasons(group: Group, document: SearchDocument) -> Iterator[str]:
    whole = group.name or tuple(word.exact for word in group.words)
    found = list(_places(whole, document))
    yield from found
    for stems in group.alternatives:
        places = list(_places(stems, document))
        if places:
            yield f"gleiches Wort „{' '.join(stems)}“ {', '.join(places)}; zählt {_number('synonym')} statt 1"
    if not found:
        yield from _parts(group, document)


def _parts(group: Group, document: SearchDocument) -> Iterator[str]:
    """Say which words of the document hold a word, or share its root."""
    texts = {token.exact: token.raw for text in document.fields["all"] for token in analyse(text).tokens}
    for word in group.words:
        own = root(word.stem)
        raws = [raw for exact, raw in texts.items() if (len(own) > 3 and own in exact) or exact in word.joined]
        if raws:
            yield f"verwandt oder Teil von „{'“, „'.join(sorted(set(raws))[:4])}“"


def _cited(ref: str, document: SearchDocument) -> tuple[str, ...]:
    if any(item == ref or item.startswith(f"{ref}/") for item in document.defines):
        return ("ist diese Vorschrift oder ein Teil davon",)
    if any(item == ref or item.startswith(f"{ref}/") for item in document.cites):
        return ("nennt diese Vorschrift",)
    return ("gehört zu dem Gesetz",)


def _together(query: SearchQuery, document: SearchDocument) -> Iterator[str]:
    """Say what all words together add."""
    words = {word.stem for group in query.groups for word in group.words}
    title = analyse(f"{document.title}\n{document.question}").stems
    if words and words <= set(title):
        yield f"Alles Eingegebene steht im Titel; das zählt zusätzlich ({_number('title_all')})."
    typed = analyse(query.text)
    own = [analyse(name).exact for name in document.suggest[:1]]
    if typed.exact in own or [token.exact for token in typed.content] in own:
        yield f"Eingegeben wurde genau der Name; das zählt zusätzlich ({_number('named')})."


def _number(name: str) -> str:
    return f"{ranking().query[name]:g}".replace(".", ",")


def _remarks(query: SearchQuery, document: SearchDocument) -> list[str]:
    """Say what else decides: the kind's factor, rules of the staff, the search by meaning."""
    rules, found = current_rules(), []
    if document.key in rules.pinned(query.text):
        found.append("Eine Regel stellt diesen Treffer bei dieser Suche nach oben.")
    if document.key in rules.hidden(query.text):
        found.append("Eine Regel blendet diesen Treffer bei dieser Suche aus.")
    factor = ranking().kind(document.kind) * document.weight
    if factor != 1.0:
        kind = registry.kinds[document.kind].plural
        found.append(f"Alles ist mit {f'{factor:g}'.replace('.', ',')} malgenommen (Art: {kind}).")
    if current_store() is not None:
        found.append("Zusätzlich ordnet die Suche nach Bedeutung; ihr Anteil steht hier nicht.")
    return found


def shown_weights() -> list[tuple[str, str]]:
    """Return the weights every search uses, as people read them."""
    weights = ranking()
    rows = (
        ("Wort, wie es eingegeben wurde", weights.readings["exact"]),
        ("Wort ohne Beugung", weights.readings["stem"]),
        ("Teile zusammengesetzter Wörter", weights.readings["parts"]),
        ("Ähnliche Buchstabenfolgen (ordnen nur)", weights.readings["grams"]),
        ("Titel, zusätzlich zum Gesamttext mit 1", weights.fields["title"]),
        ("Gleiches Wort", weights.query["synonym"]),
        ("Benachbarte Wörter", weights.query["nearby"]),
    )
    return [(name, f"{value:g}".replace(".", ",")) for name, value in rows]
