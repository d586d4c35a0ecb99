"""Which part of a search looks like an address: a street with the number of a house.

1. a word that ends like a street ("Königsstraße 12", "Hauptstr.12", "Konrad-Adenauer-Platz Nr. 5 a"); where the
   ending stands alone, with the word before it ("Berliner Straße 12"), so that the place before a street stays;
2. a word that ends like much else too ("Schlossberg 12", "Lindenhof 3"); where the ending stands alone, behind a
   word in "-er" ("Alter Markt 5");
3. "Straße des 17. Juni 135", "Platz der Republik 1";
4. "Am Markt 5", "An der Alten Mühle 3", "Vor dem Steintor 12": up to two words behind a preposition.

A year is no number of a house, nor but for the first form a number before a unit ("im Haus 3 Tage"). Words that
end like streets and are none, and words that are numbered, are in reviewed lists (`data/`).
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
    # A comma before five digits is one before a town.
    r"(?:\s?[-–/+]\s?\d{1,4}[a-z]?)?(?!\w|[.:]\d|,\d(?!\d{4}(?!\d)))"
)
STREET = re.compile(rf"(?<!\w)(?P<word>(?:[\w-]|\.(?=-))*{KIND}){HOUSE}", re.IGNORECASE)
KIND_ALONE = re.compile(KIND, re.IGNORECASE)
BEFORE = re.compile(r"(?<!\w)(?P<word>[^\W\d_][\w-]*)\s+$")
# Endings that much else has too, and those of them that name a street also alone.
_ALONE = r"berg|graben|hang|garten|hof|wall|markt|kamp|winkel|hain|anger|kai|rain|h(?:ü|ue)gel|promenade"
_PLACE = rf"(?:{_ALONE}|pfad|steig|steg|stiege?|grund|tal|blick|wiese|siedlung|brink)"
# "Erwägungsgrund", "Migrationspfad", "Wohnungsmarkt": what is linked like this gives no street its name.
LINKED = re.compile(
    r"(?:ungs|ions|heits|keits|schafts|t(?:ä|ae)ts)(?:hof|winkel|pfad|blick)$|(?<!s)s(?:grund|markt)$",
    re.IGNORECASE,
)
_UNIT = (
    r"(?:%|€|(?:uhr|euro|prozent|tage?n?|wochen?|monate?n?|jahre?n?|stunden?|minuten?|mal|personen|leistungen|dienste?n?"
    r"|std|min|mio|tsd|qm|km|ha|pl(?:ä|ae)tze)(?!\w))"
)
PLACE = re.compile(
    rf"(?<!\w)(?P<word>[^\W\d_]{{2}}(?:[\w-]|\.(?=-))*{_PLACE}|[^\W\d_]{{2,}}er\s+(?:{_ALONE})){HOUSE}"
    rf"(?!\s*{_UNIT})",
    re.IGNORECASE,
)
_WORD = r"[^\W\d_][\w-]*"
OF = re.compile(
    r"(?<!\w)(?:stra(?:ß|ss)e|str\.?|platz|allee|ufer|promenade)\s+de[rs]\s+"
    rf"(?:\d{{1,2}}\.\s*{_WORD}|(?P<words>{_WORD}(?:\s+{_WORD})?))(?=\W){HOUSE}(?!\s*{_UNIT})",
    re.IGNORECASE,
)
# Behind these stands much that is no street, behind the others less.
_WARY = r"im|beim|vorm|(?:in|vor|bei|neben|(?:ü|ue)ber|unter|zu|zwischen)\s+de[nrm]"
_AT = rf"{_WARY}|am|zum|zur|(?:an|auf|hinter)\s+de[nrm]"
# "bei der Anmeldung 2", "unter der Rufnummer 115"; not "Bei der Siedlung 5".
_NO_PLACE = re.compile(
    r"(?:(?<!siedl)(?<!fest)(?<!licht)(?<!mund)(?<!brand)(?<!rod)ung|heit|keit|schaft|tion|tat|nummer|zeichen|geld"
    r"|antrag|gesetz|verfahren|wahl|geburt|kita)(?:en|s)?$"
)
AT = re.compile(
    rf"(?<!\w)(?P<at>{_AT})\s+(?P<words>{_WORD}(?:\s+{_WORD})?)(?=\W){HOUSE}(?!\s*{_UNIT})", re.IGNORECASE
)


def is_street(name: str) -> bool:
    """True for a name that ends like a street."""
    return re.search(rf"{KIND}$", name, re.IGNORECASE) is not None


def addresses(text: str) -> Iterator[Range]:
    """Yield where addresses begin and end; no two overlap."""
    found: list[Range] = []
    for pattern, address in ((STREET, _street), (OF, _of), (AT, _at), (PLACE, _place)):
        for start, end in filter(None, map(address, pattern.finditer(text))):
            if not any(start < other and begin < end for begin, other in found):
                found.append((start, end))
    yield from found


def _street(match: re.Match[str]) -> Range | None:
    word = match["word"]
    if _is_no_street(word):
        return None
    start = match.start()
    if KIND_ALONE.fullmatch(word):
        before = BEFORE.search(match.string, 0, start)
        if before and normalise(before["word"]) not in stop_words():
            start = before.start()
    return start, match.end()


def _place(match: re.Match[str]) -> Range | None:
    """Return "Schlossberg 12" and "Alter Markt 5"; not "dieser Markt 5", "Ablehnungsgrund 5", "Friedhof 5"."""
    *before, word = match["word"].split()
    no_place = LINKED.search(word) or _is_no_street(word) or any(normalise(one) in stop_words() for one in before)
    return None if no_place else (match.start(), match.end())


def _is_no_street(word: str) -> bool:
    whole, last = _folded(word), _folded(word.rpartition("-")[2])
    return bool({whole, last} & listed("no_streets")) or whole.endswith(tuple(listed("no_street_endings")))


def _folded(word: str) -> str:
    return "".join(analyse(word).exact)


def _of(match: re.Match[str]) -> Range | None:
    """Return "Platz der Republik 1", and a street that is called by a day."""
    return None if match["words"] and _is_numbered(match["words"]) else (match.start(), match.end())


def _at(match: re.Match[str]) -> Range | None:
    """Return "Am Markt 5" and "Am Bahnhof 3"; not "im Quartal 3", "im Rahmen der 5 …", "im Kindergarten 3"."""
    if _is_numbered(match["words"]):
        return None
    wary = re.fullmatch(_WARY, match["at"], re.IGNORECASE) is not None
    word = match["words"].split()[-1]
    no_place = wary and (_is_no_street(word) or _NO_PLACE.search(_folded(word)) is not None)
    return None if no_place else (match.start(), match.end())


def _is_numbered(words: str) -> bool:
    """True where the last of some words is one that a number counts or orders, or one without a topic."""
    word = analyse(words).tokens[-1]
    return bool({word.exact, word.stem} & (stop_words() | listed("numbered")))
