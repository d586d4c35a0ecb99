"""Synonyms at search time: from the glossary and the acts, one dictionary for all engines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from search.analysis import analyse
from search.fresh import Fresh
from search.registry import registry

LONGEST_NAME = 12


class Synonyms:
    """Equal spellings as sequences of stems; the longest name at a place counts."""

    def __init__(self, groups: Iterable[Sequence[str]] = ()) -> None:
        self._others: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
        self._longest = 0
        for group in groups:
            names = list(
                dict.fromkeys(tuple(analyse(name).stems)[:LONGEST_NAME] for name in group if name.strip())
            )
            for name in names:
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


def _load() -> Synonyms:
    return Synonyms(group for source in registry.synonym_sources for group in source.groups())


_current = Fresh(_load)


def current_synonyms() -> Synonyms:
    return _current.get()
