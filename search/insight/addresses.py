"""Which part of a search looks like an address: a street with the number of a house.

1. a word that ends like a street ("Königsstraße 12", "Hauptstr.12", "Konrad-Adenauer-Platz Nr. 5 a"); where the
   ending stands alone, with the word before it ("Berliner Straße 12"), so that the place before a street stays;
2. "Am Markt 5", "An der Alten Mühle 3": up to two words behind a preposition.

A year is no number of a house, nor in the second form a number before a unit ("im Haus 3 Tage"). Words that end
like streets and are none, and words that are numbered, are in reviewed lists (`data/`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from search.analysis import analyse, normalise, stop_words
from search.insight.lists import listed

Range = tuple[int, int]

KIND = r"(?:stra(?:ß|ss)e|str\.?|gasse|allee|platz|weg|ring|damm|ufer|chaussee)"
HOUSE = (
    r"(?:,?\s*(?:haus)?(?:nr\.?|nummer))?\s*(?!(?:19|20)\d\d(?!\d))\d{1,4}(?:\s?[a-z](?!\w))?"
    r"(?:\s?[-–/+]\s?\d{1,4}[a-z]?)?(?!\w|[.,:]\d)"
)
STREET = re.compile(rf"(?<!\w)(?P<word>(?:[\w-]|\.(?=-))*{KIND}){HOUSE}", re.IGNORECASE)
KIND_ALONE = re.compile(KIND, re.IGNORECASE)
BEFORE = re.compile(r"(?<!\w)(?P<word>[^\W\d_][\w-]*)\s+$")
_UNIT = (
    r"(?:%|€|(?:uhr|euro|prozent|tage?n?|wochen?|monate?n?|jahre?n?|stunden?|minuten?|mal|personen|leistungen|dienste?n?"
    r"|std|min|mio|tsd)(?!\w))"
)
_AT = r"am|im|zum|zur|(?:an|auf|in|hinter)\s+de[nrm]|unter\s+den"
_WORD = r"[^\W\d_][\w-]*"
AT = re.compile(rf"(?<!\w)(?:{_AT})\s+(?P<words>{_WORD}(?:\s+{_WORD})?)(?=\W){HOUSE}(?!\s*{_UNIT})", re.IGNORECASE)


def is_street(name: str) -> bool:
    """True for a name that ends like a street."""
    return re.search(rf"{KIND}$", name, re.IGNORECASE) is not None


def addresses(text: str) -> Iterator[Range]:
    """Yield where addresses begin and end; no two overlap."""
    streets = [*filter(None, map(_street, STREET.finditer(text)))]
    yield from streets
    for found in filter(None, map(_at, AT.finditer(text))):
        if not any(found[0] < end and start < found[1] for start, end in streets):
            yield found


def _street(match: re.Match[str]) -> Range | None:
    word = match["word"]
    if {_folded(word), _folded(word.rpartition("-")[2])} & listed("no_streets"):
        return None
    start = match.start()
    if KIND_ALONE.fullmatch(word):
        before = BEFORE.search(match.string, 0, start)
        if before and normalise(before["word"]) not in stop_words():
            start = before.start()
    return start, match.end()


def _folded(word: str) -> str:
    return "".join(analyse(word).exact)


def _at(match: re.Match[str]) -> Range | None:
    """Return "Am Markt 5"; not "im Quartal 3", nor "im Rahmen der 5 …"."""
    word = analyse(match["words"]).tokens[-1]
    no_place = {word.exact, word.stem} & (stop_words() | listed("numbered"))
    return None if no_place else (match.start(), match.end())
