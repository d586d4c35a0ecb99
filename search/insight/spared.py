"""What of a search the portal itself has a name for, so that it is no address and no number of somebody.

Terms, acts and their synonyms, and places of the reference data: by the whole name each, also of several words
("DIN SPEC 66336", "Frankfurt am Main").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from portal.accounts.models import District, Municipality, Territory
from search.analysis import Token, analyse
from search.fresh import Fresh
from search.insight.addresses import is_street
from search.spelling import known_names

Range = tuple[int, int]
# By its first word, as stems.
Names = dict[str, list[tuple[str, ...]]]


def place_names() -> list[str]:
    """Return the names of all municipalities and districts of the reference data."""
    return [
        *Municipality.objects.filter(kind__in=Territory.values).values_list("name", flat=True),
        *District.objects.values_list("name", flat=True),
    ]


def _by_first_word(names: Iterable[str]) -> Names:
    """Return names as stems; a number alone ("115") names nothing here, it may be part of any other."""
    found: Names = {}
    for stems in dict.fromkeys(tuple(analyse(name).stems) for name in names):
        if not all(stem.isdigit() for stem in stems):
            found.setdefault(stems[0], []).append(stems)
    return found


def _load() -> Names:
    # "Bergstraße" is a district, but "Bergstraße 12" an address in many towns.
    return _by_first_word([*known_names(), *(name for name in place_names() if not is_street(name))])


_names = Fresh(_load)


def names_in(tokens: Sequence[Token]) -> Iterator[Range]:
    """Yield the places in a text, from character to character, that hold such names."""
    names, stems = _names.get(), [token.stem for token in tokens]
    for place, stem in enumerate(stems):
        for name in names.get(stem, ()):
            end = place + len(name)
            if tuple(stems[place:end]) == name:
                yield tokens[place].start, tokens[end - 1].end
