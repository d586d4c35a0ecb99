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
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from search.analysis import DATA, light_stem, normalise, stop_words, tokens

SHORTEST_COMPOUND = 6
SHORTEST_PART = 4
LONGEST_COMPOUND = 80
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
            if len(self._cache) < 300_000:
                self._cache[exact] = known
        return known

    def _split(self, word: str) -> list[str]:
        size = len(word)
        if not SHORTEST_COMPOUND <= size <= LONGEST_COMPOUND or word in self._whole or not word.isalpha():
            return []
        # best[i]: lowest cost and parts of word[i:]
        best: list[tuple[float, list[str]] | None] = [None] * (size + 1)
        best[size] = (0.0, [])
        for start in range(size - 3, -1, -1):
            best[start] = self._best_from(word, start, best)
        found = best[0]
        return found[1] if found is not None and len(found[1]) > 1 else []

    def _best_from(
        self, word: str, start: int, best: list[tuple[float, list[str]] | None]
    ) -> tuple[float, list[str]] | None:
        size = len(word)
        chosen: tuple[float, list[str]] | None = None
        for end in range(start + 3, size + 1):
            part = word[start:end]
            if end == size:
                cost = self._head_cost.get(light_stem(part)) if len(part) > 2 else None
                if cost is not None and part not in self._blocked and (chosen is None or cost < chosen[0]):
                    chosen = (cost, [part])
                continue
            cost = self._cost.get(part)
            if cost is None:
                continue
            for link in self._links:
                rest = best[end + len(link)] if end + len(link) < size else None
                if rest is None or not word.startswith(link, end):
                    continue
                total = cost + rest[0] + (COST_OF_LINK if link else 0)
                if chosen is None or total < chosen[0]:
                    chosen = (total, [part, *rest[1]])
        return chosen


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Return in how many texts each word occurs."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({token.exact for token in tokens(text)})
    return counts


def save_vocabulary(path: Path, vocabulary: Mapping[str, int]) -> None:
    """Write what a splitter needs to split in the same way later: words that may be parts."""
    kept = {word: count for word, count in vocabulary.items() if len(word) >= SHORTEST_PART and word.isalpha()}
    path.write_text(json.dumps(kept, ensure_ascii=False, sort_keys=True), encoding="utf-8")


def load_splitter(path: Path) -> Splitter:
    return Splitter(json.loads(path.read_text(encoding="utf-8")) if path.exists() else {})
