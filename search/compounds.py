"""Splits German compounds into their parts, with a word list of our own.

The list has two sources: the words of the content that is indexed (a compound is split into words that occur
by themselves) and the reviewed file data/compounds.toml (administrative heads, linking forms, words that must
stay whole). Words are normalised before splitting. "Registermodernisierungsgesetz" gives register,
modernisierung, gesetz; the results are stems without "-ung", so that nouns and verbs of one root meet.
"""

from __future__ import annotations

import json
import math
import re
import threading
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from search.analysis import (
    DATA,
    grams,
    joined_words,
    light_stem,
    normalise,
    raw_forms,
    raw_words,
    stop_words,
)
from search.durable import write_durably

SHORTEST_COMPOUND = 6
SHORTEST_PART = 4
LONGEST_COMPOUND = 80
MOST_KNOWN = 300_000
# A short word is a part only if more than one text has it; long ones are seldom parts by accident.
RAREST_PART = 2
LONG_PART = 6
# More parts are worse, whatever their frequency; a frequent part is a little better than a rare one.
COST_OF_PART = 12.0
COST_OF_LINK = 1.5
_NOUN_ENDING = re.compile(r"(?<=\w{4})(?:ung|ungs|ungen)$")
_GENITIVE = re.compile(r"(?<=\w{4}[^s])s$")
# "angemeldet" is "anmeld", "zugelass(en)" is "zulass", "geöffnet" is "öffn".
_SEPARABLE = "ab|an|auf|aus|bei|durch|ein|fest|her|hin|los|mit|nach|um|vor|weiter|zu|zuruck|zusammen"
_PARTICIPLE = re.compile(rf"^(?P<prefix>{_SEPARABLE})ge(?P<verb>\w{{3,}}?)(?:e?t)?$")
_SIMPLE_PARTICIPLE = re.compile(r"^ge(?P<verb>\w{3,}?)et$")


@lru_cache(maxsize=1)
def reviewed() -> dict[str, list[str]]:
    """Return the reviewed lists: heads, short, links, blocked, whole."""
    data = tomllib.loads((DATA / "compounds.toml").read_text(encoding="utf-8"))
    return {
        name: words if name == "links" else [normalise(word) for word in words] for name, words in data.items()
    }


@lru_cache(maxsize=1)
def plurals() -> dict[str, str]:
    """Return the stems of irregular plurals with those of their singulars."""
    data = tomllib.loads((DATA / "plurals.toml").read_text(encoding="utf-8"))["plurals"]
    return {light_stem(normalise(many)): light_stem(normalise(one)) for many, one in data.items()}


@lru_cache(maxsize=200_000)
def root(stem: str) -> str:
    """Return what the forms of a word share: without -ung and genitive -s, verbs without the ge- of participles.

    "Anmeldung", "anmelden" and "angemeldet" meet, "Kassels" and "Kassel", "Konten" and "Konto".
    """
    short = _NOUN_ENDING.sub("", stem)
    short = light_stem(short) if short != stem else short
    short = light_stem(short[:-1]) if _GENITIVE.search(short) else short
    short = plurals().get(short, short)
    if found := _PARTICIPLE.match(short):
        return found["prefix"] + found["verb"]
    if found := _SIMPLE_PARTICIPLE.match(short):
        return found["verb"]
    return short


Reading = tuple[float, list[str]]
"""Cost and parts of a word, or of its rest."""


class WordReadings:
    """Readings of words as written (exact, stem, parts, grams), a table for each, filled as words are met."""

    def __init__(self, splitter: Splitter) -> None:
        self._splitter = splitter
        self._lock = threading.Lock()  # several threads of a process share the splitter of an index
        self._tables: tuple[dict[str, str], ...] = ({}, {}, {}, {})

    def of(self, raws: list[str]) -> list[str]:
        """Return words in all readings, each parted by blanks; a word without a reading leaves one blank more."""
        try:
            return self._looked_up(raws)
        except KeyError:
            with self._lock:
                self._learn(raws)
                return self._looked_up(raws)

    def _looked_up(self, raws: list[str]) -> list[str]:
        return [" ".join(map(table.__getitem__, raws)) for table in self._tables]

    def _learn(self, raws: list[str]) -> None:
        if len(self._tables[0]) > MOST_KNOWN:
            for table in self._tables:
                table.clear()
        for raw in set(raws).difference(self._tables[0]):
            exact, stem = raw_forms(raw)
            parts = " ".join(self._splitter.parts(exact)) if exact else ""
            runs = "" if exact in stop_words() else " ".join(grams(stem)) if exact else ""
            for table, reading in zip(self._tables, (exact, stem, parts, runs), strict=True):
                table[raw] = reading


class Splitter:
    """Splits words by a vocabulary (normalised word to number of texts that contain it)."""

    def __init__(self, vocabulary: Mapping[str, int] | None = None) -> None:
        lists = reviewed()
        self._links = tuple(lists["links"])
        self._blocked = stop_words() | frozenset(lists["blocked"])
        self._whole = frozenset(lists["whole"])
        self._cost: dict[str, float] = {}
        self._head_cost: dict[str, float] = {}
        self._cache: dict[str, tuple[str, ...]] = {}
        for word in [*lists["heads"], *lists["short"]]:
            self._add(word, 50)
        for word in sorted(vocabulary or {}, key=lambda item: (len(item), item)):
            self._consider(word, (vocabulary or {})[word])
        self._cache.clear()
        self._words = WordReadings(self)

    @classmethod
    def of_parts(cls, costs: dict[str, float], head_costs: dict[str, float]) -> Splitter:
        """Return the splitter that `weighed` came from; nothing is weighed again."""
        splitter = cls()
        splitter._cost, splitter._head_cost = costs, head_costs
        return splitter

    def weighed(self) -> tuple[dict[str, float], dict[str, float]]:
        """Return what a word costs as a part, and a stem as the last part."""
        return self._cost, self._head_cost

    def readings(self, text: str) -> dict[str, str]:
        """Return the words of a text in all readings, parted by blanks."""
        raws = raw_words(text)
        joined = joined_words(raws)
        exact, stem, parts, runs = self._words.of(raws)
        if joined:
            exact = " ".join((exact, *joined))
        return {"exact": exact, "stem": stem, "parts": parts, "grams": runs}

    def _consider(self, word: str, frequency: int) -> None:
        """Take a word of the content as a part, unless it is rare, short or a compound itself."""
        if len(word) < SHORTEST_PART or not word.isalpha() or word in self._blocked:
            return
        if frequency < RAREST_PART and len(word) < LONG_PART:
            return
        if len(self._split(word)) < 2:
            self._add(word, frequency)

    def _add(self, word: str, frequency: int) -> None:
        cost = COST_OF_PART - min(6.0, math.log2(1 + frequency) / 2)
        self._cost[word] = min(cost, self._cost.get(word, cost))
        stem = light_stem(word)
        self._head_cost[stem] = min(cost, self._head_cost.get(stem, cost))

    def parts(self, exact: str) -> tuple[str, ...]:
        """Return the roots of the parts of a normalised word, or its own root alone if it is no compound."""
        known = self._cache.get(exact)
        if known is None:
            known = tuple(root(light_stem(part)) for part in self._split(exact)) or (root(light_stem(exact)),)
            if len(self._cache) < MOST_KNOWN:
                self._cache[exact] = known
        return known

    def _split(self, word: str) -> list[str]:
        size = len(word)
        if not SHORTEST_COMPOUND <= size <= LONGEST_COMPOUND or word in self._whole or not word.isalpha():
            return []
        found = self._best_from(word, 0, {})
        return found[1] if found is not None and len(found[1]) > 1 else []

    def _best_from(self, word: str, start: int, known: dict[int, Reading | None]) -> Reading | None:
        """Return the cheapest reading of word[start:]: a last part, or a part, a link and the best of the rest.

        Only where a part ends is the rest looked at: of most words that is hardly anywhere.
        """
        if start in known:
            return known[start]
        size = len(word)
        last = self._last_part(word[start:])
        chosen, rank = last, (last[0] if last else math.inf, size, 0)
        for end in range(start + 3, size - 2):
            cost = self._cost.get(word[start:end])
            if cost is None:
                continue
            for number, link in enumerate(self._links):
                behind = end + len(link)
                if behind > size - 3 or not word.startswith(link, end):
                    continue
                rest = self._best_from(word, behind, known)
                if rest is None:
                    continue
                total = cost + rest[0] + (COST_OF_LINK if link else 0)
                if (total, end, number) < rank:  # of equal ones the one with the shorter first part
                    chosen, rank = (total, [word[start:end], *rest[1]]), (total, end, number)
        known[start] = chosen
        return chosen

    def _last_part(self, part: str) -> Reading | None:
        cost = self._head_cost.get(light_stem(part))
        return None if cost is None or part in self._blocked else (cost, [part])


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Return in how many texts each word occurs."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(distinct_words(text))
    return counts


class _ExactForms(dict[str, str]):
    """Word as written to its normalised form."""

    def __missing__(self, raw: str) -> str:
        exact = raw_forms(raw)[0]
        if len(self) < MOST_KNOWN:
            self[raw] = exact
        return exact


_exact_forms = _ExactForms()


def distinct_words(text: str) -> set[str]:
    """Return the normalised words of a text, each once."""
    return set(map(_exact_forms.__getitem__, set(raw_words(text)))) - {""}


def possible_parts(vocabulary: Mapping[str, int]) -> dict[str, int]:
    """Return the words of a vocabulary that a splitter asks for at all."""
    return {word: count for word, count in vocabulary.items() if len(word) >= SHORTEST_PART and word.isalpha()}


def save_vocabulary(path: Path, vocabulary: Mapping[str, int]) -> None:
    """Write what a splitter needs to split in the same way later: words that may be parts."""
    kept = possible_parts(vocabulary)
    write_durably(path, json.dumps(kept, ensure_ascii=False, sort_keys=True))
