"""What of a search the portal itself has a name for, so that it is no address and no number of somebody.

Terms, acts and their synonyms, in any form; places of the reference data only as they are called, for streets are
named after them ("Kasseler Berg 12"). By the whole name each, also of several words ("DIN SPEC 66336",
"Frankfurt am Main").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from portal.accounts.models import District, Municipality, Territory
from search.analysis import Token, analyse
from search.fresh import Fresh
from search.insight.addresses import is_street
from search.spelling import known_names

Range = tuple[int, int]
# By its first word, in one reading.
Names = dict[str, list[tuple[str, ...]]]


def place_names() -> list[str]:
    """Return the names of all municipalities and districts of the reference data."""
    return [
        *Municipality.objects.filter(kind__in=Territory.values).values_list("name", flat=True),
        *District.objects.values_list("name", flat=True),
    ]


def place_forms(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield what a place is called, as words: "Kassel", "Kassels"; not "Kasseler", as streets are called."""
    for name in names:
        *before, last = analyse(name).exact or [""]
        if last:
            yield (*before, last)
            yield (*before, f"{last}s")


def _by_first_word(names: Iterable[tuple[str, ...]]) -> Names:
    """Return names by their first word; a number alone ("115") names nothing here, it may be part of any other."""
    found: Names = {}
    for words in dict.fromkeys(names):
        if not all(word.isdigit() for word in words):
            found.setdefault(words[0], []).append(words)
    return found


def _load() -> tuple[Names, Names]:
    """Return the names of the content as stems, and those of places as they are written."""
    # "Bergstraße" is a district, but "Bergstraße 12" an address in many towns.
    places = place_forms(name for name in place_names() if not is_street(name))
    return _by_first_word(tuple(analyse(name).stems) for name in known_names()), _by_first_word(places)


_names = Fresh(_load)


def names_in(tokens: Sequence[Token]) -> Iterator[Range]:
    """Yield the places in a text, from character to character, that hold such names."""
    of_content, of_places = _names.get()
    yield from _ranges(tokens, [token.stem for token in tokens], of_content)
    yield from _ranges(tokens, [token.exact for token in tokens], of_places)


def _ranges(tokens: Sequence[Token], words: Sequence[str], names: Names) -> Iterator[Range]:
    for place, word in enumerate(words):
        for name in names.get(word, ()):
            end = place + len(name)
            if tuple(words[place:end]) == name:
                yield tokens[place].start, tokens[end - 1].end
