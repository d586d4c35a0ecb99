"""Why a result stands where it stands, in words: the parts of its score, asked of the engine one by one.

Every engine can do that, since only its queries are used: the query narrowed to one document, then the same
without each part. What is gone then is the part's share; since parts help each other, the shares need not add up.
What the words earn together (all of them in the title, exactly the name) is asked apart from them: else a word
that stands in the text, and not in the title, would seem to cost what the whole title would have earned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from portal.core.visibility import Visibility
from search.documents import SearchDocument
from search.eligibility import visible_keys
from search.engines import get_engine
from search.engines.base import EngineError, Group, SearchQuery
from search.finding import without_phrases
from search.query import parse, plan
from search.ranking import ranking
from search.registry import registry
from search.semantic.fusion import DEPTH, place_by_meaning
from search.steering.rules import current_rules
from search.wording import Asked, Read, listed

# Less is no difference that anybody would see.
LEAST = 0.05
NEIGHBOURS = (
    "Ohne diesen Teil wären andere Wörter der Eingabe Nachbarn, die auch im Text nah beieinanderstehen; "
    "das zählte mehr."
)
ALIKE = "steht hier nicht; ähnliche Wörter und Buchstabenfolgen stehen hier und ordnen mit"


@dataclass(frozen=True)
class Part:
    """One thing that was asked for: what it does to the score (None: it only filters), and where it stands."""

    name: str
    score: float | None
    reasons: tuple[str, ...] = ()

    @property
    def effect(self) -> str:
        """What it does, in words."""
        if self.score is None:
            return "muss vorkommen"
        if abs(self.score) < LEAST:
            return "ändert an den Punkten nichts"
        return f"{'hebt' if self.score > 0 else 'senkt'} um {_decimal(abs(self.score))} Punkte"


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
        explanation.parts.clear()
        explanation.remarks.append("Die Suchmaschine antwortet gerade nicht. Versuchen Sie es später noch einmal.")
    explanation.remarks += _remarks(query, document)
    return explanation


def _is_key(key: str) -> bool:
    source, _, pk = key.rpartition(":")
    return registry.source(source) is not None and pk.isascii() and pk.isdigit() and len(pk) < 18


class _Scores:
    """Asks one engine for the score of one document; what another one gives cannot be compared with it."""

    def __init__(self) -> None:
        self._engine = ""

    def of(self, query: SearchQuery) -> float:
        if not (query.groups or query.phrases or query.citations):
            return 0.0
        answer = get_engine().search(query)
        self._engine = self._engine or answer.engine
        if answer.engine != self._engine:
            raise EngineError("another engine")
        return answer.hits[0].score if answer.hits else 0.0


def _fill(explanation: Explanation, query: SearchQuery, document: SearchDocument) -> None:
    scores, asked, read = _Scores(), Asked(query), Read(document)
    explanation.score = scores.of(query)
    if not explanation.score and query.phrases:
        query = without_phrases(query)
        explanation.score = scores.of(query)
        explanation.remarks.append("Die genaue Wortfolge steht hier nicht; gezählt wurden die Wörter.")
    if not explanation.score:
        return
    apart = replace(query, together=False)
    base = scores.of(apart)
    for citation in query.citations:
        others = replace(apart, citations=tuple(item for item in query.citations if item is not citation))
        relation = tuple(read.relation(citation))
        explanation.parts.append(Part(f"Vorschrift „{citation.label}“", base - scores.of(others), relation))
    for phrase in query.phrases:
        places = tuple(str(place) for place in read.places(phrase, "exact"))
        explanation.parts.append(Part(f"Wortfolge „{asked.phrase(phrase)}“", None, places))
    for group in query.groups:
        others = replace(apart, groups=tuple(item for item in query.groups if item is not group))
        share, reasons = base - scores.of(others), tuple(_reasons(group, read))
        if share <= -LEAST:
            reasons = (*reasons, NEIGHBOURS)
        elif share >= LEAST and not reasons:
            reasons = (ALIKE,)
        explanation.parts.append(Part(f"„{asked.group(group)}“", share, reasons))
    _together(explanation, explanation.score - base, query, read)


def _reasons(group: Group, read: Read) -> Iterator[str]:
    whole = group.name or tuple(word.stem for word in group.words)
    found = read.places(whole)
    yield from map(str, found)
    for stems in group.alternatives:
        places = read.places(stems)
        if places:
            yield f"gleiches Wort „{places[0].written}“ steht {listed(places)}; zählt {_number('synonym')} statt 1"
    if not found and (related := read.related(group)):
        yield f"verwandt oder Teil von „{'“, „'.join(related)}“"


def _together(explanation: Explanation, share: float, query: SearchQuery, read: Read) -> None:
    """Say what the words earn as a whole, or which of them are missing for that."""
    missing = [Asked(query).group(group) for group in query.groups if read.title_lacks(group)]
    reasons = []
    if read.is_named(query.text):
        reasons.append(f"Eingegeben wurde genau der Name; das zählt zusätzlich ({_number('named')}).")
    if not missing:
        reasons.append(f"Alles Eingegebene steht im Titel; das zählt zusätzlich ({_number('title_all')}).")
    elif not reasons:  # the title has it all the same, if it counts
        reasons.append(
            f"Alles Eingegebene steht im Titel, zum Teil in anderen Formen; das zählt zusätzlich "
            f"({_number('title_all')})."
        )
    if share >= LEAST:
        explanation.parts.append(Part("Die Eingabe als Ganzes", share, tuple(reasons)))
    elif 0 < len(missing) < len(query.groups):
        explanation.remarks.append(
            f"Im Titel fehlt „{'“, „'.join(missing)}“. Stünde alles Eingegebene dort, zählte das zusätzlich "
            f"({_number('title_all')})."
        )


def _decimal(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")


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
    place = place_by_meaning(query, document.key, get_engine())
    if place is not None:
        where = f"auf Platz {place}" if place else f"nicht unter den {DEPTH} Nächsten"
        found.append(
            f"Nach der Bedeutung der Eingabe steht dieser Treffer {where}; auch das bestimmt seinen Platz."
        )
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
