"""Synonyms at search time: from the glossary and the acts, one dictionary for all engines."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from search.analysis import DATA, analyse
from search.fresh import Fresh
from search.registry import registry
from search.steering.rules import Rules, current_rules, tried_rules

LONGEST_NAME = 12


class Synonyms:
    """Equal spellings as sequences of stems; the longest name at a place counts.

    `leads_to` holds words with what else is meant by them, but not the other way round.
    """

    def __init__(
        self, groups: Iterable[Sequence[str]] = (), leads_to: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._others: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
        self._longest = 0
        for group in groups:
            names = _names(group)
            for name in names:
                self._add(name, names)
        self.lead(leads_to or {})

    def lead(self, leads_to: Mapping[str, Sequence[str]]) -> None:
        """Let words find others too, but not the other way round."""
        for word, others in leads_to.items():
            for name in _names([word]):
                self._add(name, _names(others))

    def _add(self, name: tuple[str, ...], names: Iterable[tuple[str, ...]]) -> None:
        others = self._others.setdefault(name, {})
        others.update(dict.fromkeys(other for other in names if other and other != name))
        self._longest = max(self._longest, len(name))

    def match(self, stems: Sequence[str], start: int) -> tuple[int, tuple[tuple[str, ...], ...]]:
        """Return how many words at `start` form a known name, and what is equal to it; (0, ()) for none."""
        for length in range(min(self._longest, len(stems) - start), 0, -1):
            others = self._others.get(tuple(stems[start : start + length]))
            if others:
                return length, tuple(others)
        return 0, ()


def _names(spellings: Iterable[str]) -> list[tuple[str, ...]]:
    """Return spellings as stems, each once."""
    return list(dict.fromkeys(tuple(analyse(name).stems)[:LONGEST_NAME] for name in spellings if name.strip()))


@lru_cache(maxsize=1)
def everyday() -> tuple[list[list[str]], dict[str, list[str]]]:
    """Return the reviewed list of everyday words: equal ones, and what a word leads to."""
    data = tomllib.loads((DATA / "everyday.toml").read_text(encoding="utf-8"))
    return data["equal"], data["leads_to"]


def _of_content() -> list[Sequence[str]]:
    return [group for source in registry.synonym_sources for group in source.groups()]


def _joined(of_content: Iterable[Sequence[str]], rules: Rules) -> Synonyms:
    """Return everything that is equal: of the content, of the reviewed list, of the rules of the staff."""
    equal, leads_to = everyday()
    synonyms = Synonyms([*of_content, *equal, *rules.equal], leads_to)
    synonyms.lead(rules.leads_to)
    return synonyms


_content = Fresh(_of_content)
_current = Fresh(lambda: _joined(_of_content(), current_rules()))


def current_synonyms() -> Synonyms:
    tried = tried_rules()
    if tried is None:
        return _current.get()
    return tried.kept("synonyms", lambda: _joined(_content.get(), tried))
