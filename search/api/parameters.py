"""What can be asked: the parameters of the results page, but what is wrong is refused and not passed over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from portal.core.visibility import Visibility
from search.api.problems import Refused
from search.engines.base import Order
from search.finding import LAST_PAGE
from search.narrowing import MOST_VALUES, ORDER, REVIEWED_MONTHS, Filters, read_filters
from search.query import LONGEST_QUERY
from search.registry import registry

LEVEL = Visibility.PUBLIC
"""No one is known here: whoever asks gets what everybody may read."""


@dataclass(frozen=True)
class Parameter:
    """A parameter as the description names it; `schema` is JSON Schema."""

    name: str
    description: str
    schema: dict[str, Any]
    required: bool = False


WORDS = Parameter(
    "q",
    "Suchbegriff, Frage oder Vorschrift. Anführungszeichen stehen um genaue Wortfolgen.",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_QUERY},
    required=True,
)


def _several(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": MOST_VALUES}


def search_parameters() -> list[Parameter]:
    """Return what a search takes; kinds are those of this installation."""
    kinds = {"type": "string", "enum": [*registry.kinds]}
    word = {"type": "string", "minLength": 1}
    months = [str(number) for number in REVIEWED_MONTHS]
    return [
        WORDS,
        Parameter("art", "Art der Treffer, mehrmals möglich.", _several(kinds)),
        Parameter("thema", "Ein Thema mit allem darunter: Nummer, Kurzname oder Pfad aus Kurznamen.", word),
        Parameter("fuer", "Für wen eine Seite gedacht ist, mehrmals möglich.", _several(word)),
        Parameter("recht", "Kurzname einer Rechtsvorschrift, mehrmals möglich.", _several(word)),
        Parameter("geprueft", "In den letzten Monaten fachlich geprüft.", {"type": "string", "enum": months}),
        Parameter(ORDER, "Reihenfolge der Treffer.", {"type": "string", "enum": [order.value for order in Order]}),
        Parameter("seite", "Seite der Treffer.", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}),
    ]


def check_names(asked: QueryDict, known: Collection[str]) -> None:
    """Refuse parameters that do not exist: a misspelt filter would otherwise find too much without a word."""
    unknown = sorted(name for name in asked if name not in known)
    if unknown:
        names = ", ".join(name[:40] for name in unknown[:5])
        raise Refused(f"Diese Parameter gibt es nicht: {names}. Möglich sind: {', '.join(known)}.")


def words(asked: QueryDict) -> str:
    """Return what is searched for."""
    text = asked.get("q", "").strip()
    if not text:
        raise Refused("Bitte geben Sie mit „q“ an, wonach gesucht wird.")
    if len(text) > LONGEST_QUERY:
        raise Refused(f"„q“ ist zu lang: {len(text)} Zeichen, möglich sind {LONGEST_QUERY}.")
    return text


def filters(asked: QueryDict) -> Filters:
    """Return the filters; a value that is unknown, or closed to the public, is refused."""
    found = read_filters(asked, LEVEL)
    state = found.state
    state[ORDER] = [found.order.value]
    for name in ("art", "thema", "fuer", "recht", "geprueft", ORDER):
        values = asked.getlist(name)
        if len(values) > MOST_VALUES:
            raise Refused(f"Von „{name}“ sind höchstens {MOST_VALUES} Werte möglich.")
        wrong = [value for value in values if value not in state[name]]
        if name == "thema":
            wrong = [] if not values or _is_topic(found.topic) else values
        if wrong:
            raise Refused(f"Unbekannter Wert für „{name}“: {wrong[0][:60]}.{_possible(name)}")
    return found


def _is_topic(number: int | None) -> bool:
    """True for a topic that is there for everybody; its number alone says nothing."""
    if number is None or registry.topic_names is None:
        return False
    return number in registry.topic_names.titles({number}, LEVEL)


def _possible(name: str) -> str:
    schema = next(item.schema for item in search_parameters() if item.name == name)
    values = schema.get("enum") or schema.get("items", {}).get("enum")
    return f" Möglich sind: {', '.join(values)}." if values else ""


def page(asked: QueryDict) -> int:
    value = asked.get("seite", "1")
    if not (value.isascii() and value.isdigit() and len(value) < 4 and 1 <= int(value) <= LAST_PAGE):
        raise Refused(f"„seite“ ist eine Zahl von 1 bis {LAST_PAGE}.")
    return int(value)
