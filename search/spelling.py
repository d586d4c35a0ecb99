"""Finds what a mistyped word was meant to be: a word of the indexed content at a small edit distance.

Only words that the content does not have, in no form and in no compound, are looked at; glossary terms, acts,
short abbreviations and numbers never. The words are those of the vocabulary beside the index, so that one list
serves all engines.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from search.analysis import Token, analyse, light_stem, stop_words
from search.compounds import Splitter, root
from search.engines.base import Hit
from search.fresh import Fresh
from search.numbers import NUMBERS, digits, load_numbers
from search.registry import registry
from search.steering.rules import current_rules

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SHORTEST = 4
# From this length on two mistakes are forgiven; of them one half of the word has none.
LONG = 8
SURE_START = 4
SURE_END = 5
MOST_COMPARED = 2000
# A word of one text alone may be a typing error itself.
RAREST = 2
COST_OF_EDIT = 4.0
LONGEST_ABBREVIATION = 5


@dataclass(frozen=True)
class Correction:
    """One word as typed, with its place in the text, and the normalised word it may have been meant to be."""

    start: int
    end: int
    word: str


class Spelling:
    """Corrects by a vocabulary (normalised word to number of texts that contain it).

    `numbers` are those of the content, as digits (search.numbers).
    """

    def __init__(
        self, vocabulary: Mapping[str, int], splitter: Splitter, numbers: frozenset[str] = frozenset()
    ) -> None:
        self._numbers = numbers
        self._counts = {word: count for word, count in vocabulary.items() if len(word) >= SHORTEST}
        self._roots = {root(light_stem(word)) for word in self._counts}
        self._sorted = sorted(self._counts)
        self._backwards = sorted(word[::-1] for word in self._counts)
        self._splitter = splitter

    def corrections(self, text: str, never: frozenset[str] = frozenset()) -> list[Correction]:
        """Return what may be meant instead of the unknown words of a text outside quotation marks."""
        found = []
        for token in analyse(text).tokens:
            if self._is_known(token, never) or text[: token.start].count('"') % 2:
                continue
            word = self.nearest(token.exact)
            if word:
                found.append(Correction(token.start, token.end, word))
        return found

    @property
    def size(self) -> int:
        """Return the number of words it knows."""
        return len(self._counts)

    def has_number(self, number: str) -> bool:
        """True for a number of the content that everybody may read, however its digits are parted."""
        return digits(number) in self._numbers

    def knows(self, token: Token) -> bool:
        """True for a word the content has in any form, and for what is never looked at."""
        return self._is_known(token, frozenset())

    def has(self, token: Token) -> bool:
        """True for a word the content has in any form or compound; of short words it knows nothing."""
        word = token.exact
        return word in self._counts or root(token.stem) in self._roots or len(self._splitter.parts(word)) > 1

    def _is_known(self, token: Token, never: frozenset[str]) -> bool:
        word = token.exact
        return (
            len(word) < SHORTEST
            or not word.isalpha()
            or token.hyphenated
            or word in never
            or token.stem in never
            or word in stop_words()
            or (token.raw.isupper() and len(word) <= LONGEST_ABBREVIATION)
            or self.has(token)
        )

    def nearest(self, word: str) -> str:
        """Return the most likely word within one edit, or two for a long word; nothing if there is none."""
        near = {candidate: 1 for candidate in _edits(word) if self._may_be(candidate)}
        if not near and len(word) >= LONG:
            near = {candidate: 2 for candidate in self._alike(word) if distance(word, candidate, 2) <= 2}
        return max(near, key=lambda item: (self._likelihood(word, item, near[item]), item), default="")

    def _may_be(self, word: str) -> bool:
        return self._counts.get(word, 0) >= RAREST and word not in stop_words()

    def _likelihood(self, typed: str, word: str, edits: int) -> float:
        # People seldom mistype the first letter.
        return math.log2(1 + self._counts[word]) - COST_OF_EDIT * edits + (3.0 if word[0] == typed[0] else 0.0)

    def _alike(self, word: str) -> Iterator[str]:
        """Yield words of about the same length with the same start or the same end."""
        starting = _range(self._sorted, word[:SURE_START])
        ending = (item[::-1] for item in _range(self._backwards, word[::-1][:SURE_END]))
        for candidates in (starting, ending):
            for item in candidates:
                if abs(len(item) - len(word)) <= 2 and self._may_be(item):
                    yield item


def _range(words: list[str], start: str) -> Iterator[str]:
    for item in islice(words, bisect_left(words, start), bisect_left(words, start) + MOST_COMPARED):
        if not item.startswith(start):
            return
        yield item


def _edits(word: str) -> set[str]:
    """Return everything within one deletion, swap, replacement or insertion."""
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    deleted = (left + right[1:] for left, right in splits if right)
    swapped = (left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1)
    replaced = (left + letter + right[1:] for left, right in splits if right for letter in LETTERS)
    inserted = (left + letter + right for left, right in splits for letter in LETTERS)
    return {*deleted, *swapped, *replaced, *inserted}


def distance(first: str, second: str, most: int) -> int:
    """Return the edit distance with swaps of neighbours (optimal string alignment), at most `most` + 1."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for place, letter in enumerate(first, start=1):
        now = [place]
        for column, other in enumerate(second, start=1):
            cost = min(row[column] + 1, now[-1] + 1, row[column - 1] + (letter != other))
            if place > 1 and column > 1 and letter == second[column - 2] and first[place - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        before, row = row, now
    return row[-1]


def corrected(text: str, corrections: Iterable[Correction], hits: Iterable[Hit]) -> str:
    """Return the text with its words corrected, each spelled as a hit has it ("behorde" as "Behörde")."""
    wanted = {item.word: item.word for item in corrections}
    found: set[str] = set()
    for hit in hits:
        for token in analyse(f"{hit.title}\n{hit.summary}\n{hit.text}").tokens:
            if token.exact in wanted and token.exact not in found:
                wanted[token.exact] = token.raw
                found.add(token.exact)
        if len(found) == len(wanted):
            break
    for item in sorted(corrections, key=lambda item: -item.start):
        text = text[: item.start] + wanted[item.word] + text[item.end :]
    return text


def names_of_content() -> list[str]:
    """Return all names of the content and their synonyms (terms, acts)."""
    names = [name for source in registry.synonym_sources for name in source.never_correct()]
    return names + [name for source in registry.synonym_sources for group in source.groups() for name in group]


def known_names() -> list[str]:
    """Return all names of the content, and the words that staff never correct."""
    return [*names_of_content(), *current_rules().never_correct]


def _load_never() -> frozenset[str]:
    """Return the words of all names of the content that are never corrected, in both readings."""
    return _forms(names_of_content())


def _forms(names: Iterable[str]) -> frozenset[str]:
    return frozenset(
        form for name in names for token in analyse(name).tokens for form in (token.exact, token.stem)
    )


_never = Fresh(_load_never)


def never_corrected() -> frozenset[str]:
    """Return what is never corrected, in both readings: names of the content, and what the staff have added."""
    rules = current_rules()
    return _never.get() | rules.kept("never", lambda: _forms(rules.never_correct))


def load_spelling(path: Path, splitter: Splitter) -> Spelling:
    """Return the spelling by a vocabulary file and the numbers beside it; what is not there is not known."""
    vocabulary = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return Spelling(vocabulary, splitter, load_numbers(path.with_name(NUMBERS)))
