"""All acts of law by name, kept in memory until one of them changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.urls import NoReverseMatch, reverse

from knowledge import generations
from knowledge.act_names import names_of
from knowledge.models import Act

_ADJECTIVE = re.compile(r"^[A-ZÄÖÜ][a-zäöüß]{3,}(?:es|er|en)$")
_NOUN = re.compile(r"[a-zäöüß]{3}$")


@dataclass(frozen=True)
class ActInfo:
    """What the rest of the portal needs to know of an act without a query."""

    pk: int
    slug: str
    abbreviation: str
    title: str
    level: str
    binds: str
    binds_label: str
    aliases: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        try:
            return reverse("act", args=[self.slug])
        except NoReverseMatch:
            return f"/recht/{self.slug}/"


def fold(name: str) -> str:
    """Return a name without case, spaces, hyphens of any kind and brackets: "SDG-VO" is "sdg vo"."""
    return re.sub(r"[\s\-‐‑–.,()§„“\"\u00ad\u200b-\u200d\u2060\ufeff]+", "", name).casefold()


def _word_pattern(word: str) -> str:
    """Return the pattern of one word of a name with its German endings: Gesetz, Gesetzes; Erstes, Ersten."""
    if word == "Absatz":
        return r"Abs(?:atz|\.)"
    if _ADJECTIVE.search(word):
        return rf"{re.escape(word[:-2])}(?:es|er|en|em|e)"
    return rf"{re.escape(word)}(?:es|s)?" if _NOUN.search(word) else re.escape(word)


def name_pattern(name: str) -> str:
    """Return a regular expression for a name: spaces and hyphens are free, words may be inflected."""
    words = [word for word in re.split(r"[\s\-‐‑–]+", name.strip()) if word]
    return r"[\s\-‐‑–]*".join(_word_pattern(word) for word in words)


@lru_cache(maxsize=2048)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile when first needed: a process that reads few citations needs few of the names."""
    return re.compile(rf"{pattern}(?![\wäöüß])", re.IGNORECASE)


class ActIndex:
    """Acts by folded name, and one pattern that finds the longest name at a place in a text."""

    def __init__(self, acts: Iterable[tuple[ActInfo, list[str]]]) -> None:
        self.by_name: dict[str, ActInfo] = {}
        self.by_pk: dict[int, ActInfo] = {}
        self._groups: list[ActInfo] = []
        patterns: list[tuple[int, str, ActInfo]] = []
        for act, names in acts:
            self.by_pk[act.pk] = act
            for name in names:
                self.by_name.setdefault(fold(name), act)
                patterns.append((len(name), name_pattern(name), act))
        patterns.sort(key=lambda item: -item[0])
        self._names = [(pattern, act) for _, pattern, act in patterns]
        union = "|".join(pattern for _, pattern, _ in patterns)
        self._any = re.compile(rf"(?:{union})(?![\wäöüß])", re.IGNORECASE) if union else None

    def match(self, text: str, position: int) -> tuple[ActInfo, int] | None:
        """Return the act named at a position and where its name ends."""
        if self._any is None or not self._any.match(text, position):
            return None
        for pattern, act in self._names:
            found = _compiled(pattern).match(text, position)
            if found:
                return act, found.end()
        return None

    def find(self, name: str) -> ActInfo | None:
        """Return the act with this abbreviation, title or alias."""
        folded = fold(name)
        return self.by_name.get(folded) or self.by_name.get(re.sub(r"e?s$", "", folded))


_cache: dict[str, ActIndex] = {}


def act_index() -> ActIndex:
    """Return the index of all acts; one query when an act has changed, none otherwise."""
    token = generations.current(generations.ACTS)
    index = _cache.get(token)
    if index is None:
        index = ActIndex(
            (_info(act), names_of(act.abbreviation, act.title, act.alias_list))
            for act in Act.objects.filter(live=True)
        )
        _cache.clear()
        _cache[token] = index
    return index


def _info(act: Act) -> ActInfo:
    return ActInfo(
        act.pk,
        act.slug,
        act.abbreviation,
        act.title,
        act.level,
        act.binds,
        str(act.get_binds_display()) if act.binds else "",
        tuple(act.alias_list),
    )
