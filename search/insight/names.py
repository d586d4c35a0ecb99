"""Which words of a search look like the name of a person.

1. the word behind Herr, Frau, Dr. med. …, also over "von", "al" …, in lower case only where it is not an ordinary
   one; behind Familie, which is a topic too, and behind "vom", "von der" …, as an office has it ("Frau vom
   Jugendamt"), never an ordinary one;
2. a common first name, and the word behind it that the content does not have, over initials; not an abbreviation
   in capitals that no name follows ("DORA-Verordnung"), nor "max." and "Jan. 2026";
3. a common surname that neither the content nor everyday language has;
4. two or three words in a row that nobody knows: not in the content in any form or compound, no place, act,
   glossary term, everyday word or abbreviation; short, without an ending that names seldom have; and in lower case
   not near to a word of the content either, as a typing error is.

Rule 4 is a guess, measured in docs/search-steering.md. Without a word list of some size it would mask everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from search.analysis import Token, analyse, stop_words
from search.fresh import Fresh
from search.insight.lists import listed
from search.insight.spared import place_forms, place_names
from search.spelling import LONGEST_ABBREVIATION, Spelling, never_corrected
from search.spelling import SHORTEST as SHORTEST_KNOWN

# Behind a family its topics stand as often as its name: "Familie Elterngeld".
OF_A_FAMILY = {"familie", "fam"}
TITLES = {"herr", "herrn", "frau", "dr", "prof", *OF_A_FAMILY}
# Between a title and a name: "Dr. med. Tolkmitt", "Dr.-Ing. Tolkmitt".
DEGREES = frozenset(
    ["med", "dent", "vet", "phil", "jur", "iur", "ing", "dipl", "rer", "nat", "pol", "oec", "theol", "habil"]
)
# Between the parts of a name: "Omar al Haddad", and behind a name that is known as one: "Anna von der Heide".
FOREIGN_PARTICLES = frozenset(
    ["van", "de", "del", "di", "da", "dos", "al", "el", "bin", "ben", "abu", "ibn", "thi"]
)
PARTICLES = FOREIGN_PARTICLES | frozenset(["von", "vom", "der", "den", "della", "la", "le", "zu", "zur"])
# An ordinary word behind these alone may be a name: "Herr von Berg", but "Frau vom Jugendamt".
OF_NAMES_ALONE = FOREIGN_PARTICLES | frozenset(["von"])
MOST_PARTICLES = 2
# "max. Dateigröße", "ab Jan. 2026", "jan 2026"; in a sentence "Max." may end it.
SHORTENED = re.compile(
    r"(?<![\w.-])(?:(?:max|jan)\.(?=\s+\w)|(?i:max|jan)\.(?=\s*\d)|(?i:jan)(?=\s+(?:19|20)\d\d(?!\w)))"
    r"|\A(?i:max)\.(?=\s+\w)"
)
SHORTEST, LONGEST = 3, 12
MOST_IN_ROW = 3
# A content with fewer different words does not know ordinary ones either.
LEAST_KNOWN = 2000
# What nouns, adjectives and verbs end with and names seldom do, behind at least four other letters; verbs and
# plurals in -en too, but for the many names in -sen and -zen.
ORDINARY_ENDING = re.compile(
    r"\w{4,}(?:ung|ungen|heit|heiten|keit|keiten|schaft|schaften|tat|taten|tion|tionen|ismus|ich|iche|ichen|icher"
    r"|iches|isch|ische|ischen|ischer|isches|bar|bare|baren|los|lose|haft|tum|nis|nisse|ieren|iert|ierte|ierten|ig"
    r"|ige|igen|iger|iges|ing|ment|ments|ware|age|agen|ent|enz|anz|logie|graf|thek|[gkmpbfl]t|et|nnt|elt|ell|elle)"
    r"|\w{2,}(?<![sz])en"
)


@lru_cache(maxsize=1)
def everyday_words() -> frozenset[str]:
    """Return everyday words in both readings, and titles, which are no part of a name."""
    return _forms([*listed("common_words"), *TITLES])


def _forms(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(
        form for text in texts for token in analyse(text).tokens for form in (token.exact, token.stem)
    )


def _words_of_places() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words of places as they are called, and in any form: "Hanauer" may be a person too."""
    names = place_names()
    return frozenset(word for form in place_forms(names) for word in form), _forms(names)


_places = Fresh(_words_of_places)


def _is_word(word: str) -> bool:
    """True for letters alone, also with an apostrophe: "O'Brien"."""
    return word.replace("'", "").isalpha()


def name_places(text: str, tokens: Sequence[Token], spelling: Spelling | None) -> set[int]:
    """Return the places of the words of a text that look like a name."""
    return _Words(text, tokens, spelling).names()


class _Words:
    """The words of one search with what is known of each."""

    def __init__(self, text: str, tokens: Sequence[Token], spelling: Spelling | None) -> None:
        self._tokens, self._spelling = tokens, spelling
        never, (places, any_form) = never_corrected(), _places.get()
        spared, short = never | places | stop_words(), {match.start() for match in SHORTENED.finditer(text)}
        self._safe = [token.exact in spared or token.stem in never or token.start in short for token in tokens]
        self._content = [
            safe or token.stem in any_form or (spelling is not None and spelling.has(token))
            for safe, token in zip(self._safe, tokens, strict=True)
        ]
        self._ordinary = [
            content or (spelling is not None and spelling.knows(token))
            for content, token in zip(self._content, tokens, strict=True)
        ]
        self._everyday = [bool({token.exact, token.stem} & everyday_words()) for token in tokens]
        written = [token.raw for token in tokens if any(map(str.isalpha, token.raw))]
        self._all_capitals = len(written) > 1 and all(map(str.isupper, written))

    def names(self) -> set[int]:
        found: set[int] = set()
        for place, token in enumerate(self._tokens):
            if token.exact in TITLES:
                found |= self._behind_title(place)
            elif self._is_first_name(place):
                found |= {place, *self._behind_first_name(place)}
            elif self._is_surname(place):
                found.add(place)
        for row in self._unknown_rows():
            found.update(row)
        return found

    def _is_surname(self, place: int) -> bool:
        """True for a common surname, in capitals too, that is no ordinary word."""
        token = self._tokens[place]
        ordinary = self._content[place] or self._everyday[place] or token.hyphenated
        return token.exact in listed("last_names") and not ordinary

    def _behind_title(self, place: int) -> set[int]:
        of_family = self._tokens[place].exact in OF_A_FAMILY
        while place + 1 < len(self._tokens) and self._tokens[place + 1].exact in DEGREES:
            place += 1
        behind = self._named(place, self._behind_particles(place), of_family=of_family)
        return behind or self._named(place, place + 1, of_family=of_family)

    def _named(self, title: int, place: int, *, of_family: bool) -> set[int]:
        """Return the name at a place behind a title, with the particles between; nothing where it is none."""
        if place >= len(self._tokens) or not self._tokens[place].raw[0].isalpha():
            return set()
        if self._safe[place] or self._tokens[place].exact in TITLES:
            return set()
        between = range(title + 1, place)
        # "frau erhalten", "Familie Umzug", "Frau vom Amt": no name, unless it is one that is common.
        known = self._is_known_behind(title, place) or self._everyday[place]
        written = not self._tokens[place].raw[:1].islower()
        alone = all(self._tokens[one].exact in OF_NAMES_ALONE for one in between)
        if known and not self._is_common(place) and (of_family or not written or not alone):
            return set()
        return {*between, place, *self._rest(place)}

    def _is_common(self, place: int) -> bool:
        return self._tokens[place].exact in listed("last_names") | listed("first_names")

    def _is_first_name(self, place: int) -> bool:
        listed_here = self._tokens[place].exact in listed("first_names")
        return listed_here and not self._safe[place] and not self._is_abbreviation(place)

    def _is_abbreviation(self, place: int) -> bool:
        """True for capitals that no name follows; where everything is in capitals, they say nothing."""
        raw = self._tokens[place].raw
        if not raw.isupper() or len(raw) > LONGEST_ABBREVIATION or self._all_capitals:
            return False
        after = self._behind_particles(place)
        return after == len(self._tokens) or not self._goes_on_as_name(after)

    def _goes_on_as_name(self, place: int) -> bool:
        """True for a word behind a first name in capitals that makes it one: "ANNA Tolkmitt"."""
        if self._is_common(place):
            return True
        known = self._ordinary[place] or self._everyday[place]
        if known or self._joined(place) or not self._may_be_name(place):
            return False
        return self._in_capitals([place]) or self._is_no_typing_error([place])

    def _behind_first_name(self, place: int) -> set[int]:
        """Return the rest of a name; a topic that a hyphen joins to it is none: "dora-verordnung"."""
        after = place + 1
        joined = after < len(self._tokens) and self._joined(after)
        return set() if joined and self._is_topic(after) else self._rest(place)

    def _is_topic(self, place: int) -> bool:
        """True for a word that is known for itself, whatever it is joined to, and no common name."""
        if self._is_common(place):
            return False
        return self._is_known_behind(place - 1, place) or self._everyday[place]

    def _is_known_behind(self, name: int, place: int) -> bool:
        """True for a word that goes on no name: what the content has, short words of every day, abbreviations.

        What is short or in capitals is never corrected, but that alone makes it no ordinary word: "Thomas Ott".
        """
        word = self._tokens[place].exact
        if self._content[place] or not _is_word(word):
            return True
        if self._is_initial(place):
            return False
        short = len(word) < SHORTEST_KNOWN and (self._everyday[place] or len(word) == 1)
        return short or self._is_abbreviated(name, place)

    def _is_abbreviated(self, name: int, place: int) -> bool:
        """True for capitals that are no common name; behind a name in capitals they say nothing."""
        raw = self._tokens[place].raw
        if not raw.isupper() or len(raw) > LONGEST_ABBREVIATION or self._is_common(place):
            return False
        return not self._all_capitals and not self._tokens[name].raw.isupper()

    def _is_initial(self, place: int) -> bool:
        """True for a letter that no hyphen joins to a topic: "Anna M. Tolkmitt", not "E-Mail"."""
        after = place + 1
        alone = len(self._tokens[place].exact) == 1 and self._tokens[place].exact.isalpha()
        return alone and not (after < len(self._tokens) and self._joined(after))

    def _behind_particles(self, place: int) -> int:
        after = place + 1
        while after - place <= MOST_PARTICLES and after < len(self._tokens) and self._is_particle(after):
            after += 1
        return after

    def _rest(self, place: int) -> set[int]:
        """Return what goes on a name: initials, second halves, particles and a word the content does not have."""
        found = set()
        while self._is_joined_or_initial(place + 1):
            place += 1
            found.add(place)
        after = self._behind_particles(place)
        if after == len(self._tokens) or self._is_known_behind(place, after):
            return found
        return {*found, *range(place + 1, after + 1), *self._tail(after)}

    def _is_joined_or_initial(self, place: int) -> bool:
        if place == len(self._tokens) or not _is_word(self._tokens[place].exact):
            return False
        return self._joined(place) or self._is_initial(place)

    def _tail(self, place: int) -> set[int]:
        """Return the second half of a double name."""
        after = place + 1
        while after < len(self._tokens) and self._joined(after):
            after += 1
        return set(range(place + 1, after))

    def _joined(self, place: int) -> bool:
        """True for a word that a hyphen joins to the one before."""
        return self._tokens[place].hyphenated and self._tokens[place].start == self._tokens[place - 1].end + 1

    def _is_particle(self, place: int) -> bool:
        return self._tokens[place].exact in PARTICLES and not self._tokens[place].hyphenated

    def _unknown_rows(self) -> Iterator[set[int]]:
        """Yield rows of unknown words that may be names, with their second halves."""
        known = [one or other for one, other in zip(self._ordinary, self._everyday, strict=True)]
        for place in range(1, len(known) - 1):
            between = not known[place - 1] and not known[place + 1]
            known[place] = known[place] and not (between and self._tokens[place].exact in FOREIGN_PARTICLES)
        for is_known, group in groupby(range(len(known)), key=known.__getitem__):
            row = list(group)
            if is_known or not 2 <= len(row) <= MOST_IN_ROW or not all(map(self._may_be_name, row)):
                continue
            if self._in_capitals(row) or self._is_no_typing_error(row):
                yield {*row, *self._tail(row[-1])}

    def _may_be_name(self, place: int) -> bool:
        word = self._tokens[place].exact
        if word in FOREIGN_PARTICLES:
            return True
        fits = SHORTEST <= len(word) <= LONGEST and word.isalpha()
        return fits and ORDINARY_ENDING.fullmatch(word) is None

    def _in_capitals(self, row: Iterable[int]) -> bool:
        raws = [self._tokens[place].raw for place in row if self._tokens[place].exact not in FOREIGN_PARTICLES]
        return all(raw[:1].isupper() and raw[1:].islower() for raw in raws)

    def _is_no_typing_error(self, row: Iterable[int]) -> bool:
        """True where no word is near to one that the content has."""
        spelling = self._spelling
        if spelling is None or spelling.size < LEAST_KNOWN:
            return False
        words = (self._tokens[place].exact for place in row)
        return not any(spelling.nearest(word) for word in words if word not in FOREIGN_PARTICLES)
