"""The rules of the staff as the search reads them: valid within a minute in every process, without reindexing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

from search.analysis import analyse
from search.fresh import Fresh
from search.steering.models import SteeringRule

Kind = SteeringRule.Kind
T = TypeVar("T")


class RuleData(Protocol):
    """What the search needs of a rule, stored or only tried."""

    kind: str
    target: str
    place: int

    @property
    def word_list(self) -> list[str]: ...

    @property
    def other_list(self) -> list[str]: ...


def normal(text: str) -> str:
    """Return a search with nothing that makes no difference: "Umsetzung des OZG" is "ozg umsetzung".

    Stems without question words, each once, in alphabetical order.
    """
    analysis = analyse(text)
    return " ".join(sorted(set(analysis.content_stems or analysis.stems)))


@dataclass(frozen=True, eq=False)
class Rules:
    """All rules, ready to be asked."""

    rows: tuple[RuleData, ...] = ()
    _kept: dict[str, Any] = field(default_factory=dict)

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """Return what is made of the rules, made once."""
        if name not in self._kept:
            self._kept[name] = make()
        found: T = self._kept[name]
        return found

    def _of(self, kind: str) -> list[RuleData]:
        return [row for row in self.rows if row.kind == kind]

    @property
    def equal(self) -> list[list[str]]:
        return [row.word_list for row in self._of(Kind.EQUAL)]

    @property
    def leads_to(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in self._of(Kind.ONE_WAY):
            for word in row.word_list:
                found.setdefault(word, []).extend(row.other_list)
        return found

    @property
    def never_correct(self) -> list[str]:
        return [word for row in self._of(Kind.NEVER) for word in row.word_list]

    @cached_property
    def _pins(self) -> dict[str, list[tuple[int, str]]]:
        return self._targets(Kind.PIN)

    @cached_property
    def _hidden(self) -> dict[str, list[tuple[int, str]]]:
        return self._targets(Kind.HIDE)

    def _targets(self, kind: str) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = {}
        for row in self._of(kind):
            for word in row.word_list:
                found.setdefault(normal(word), []).append((row.place, row.target))
        return found

    def pinned(self, text: str) -> tuple[str, ...]:
        """Return the keys of what stands above all other results of a search, first place first."""
        found = sorted(self._pins.get(normal(text), ())) if self._pins else []
        hidden = self.hidden(text)
        return tuple(dict.fromkeys(key for _, key in found if key not in hidden))

    def hidden(self, text: str) -> tuple[str, ...]:
        """Return the keys of what a search does not show."""
        if not self._hidden:
            return ()
        return tuple(dict.fromkeys(key for _, key in self._hidden.get(normal(text), ())))

    @cached_property
    def _denied(self) -> list[tuple[str, ...]]:
        names = (tuple(analyse(word).stems) for row in self._of(Kind.DENY) for word in row.word_list)
        return [name for name in names if name]

    def denies(self, label: str) -> bool:
        """True for a suggestion that has a denied word, or denied words in a row."""
        if not self._denied:
            return False
        stems = tuple(analyse(label).stems)
        return any(
            stems[start : start + len(name)] == name for name in self._denied for start in range(len(stems))
        )


def _load() -> Rules:
    return Rules(tuple(SteeringRule.objects.all()))


_current = Fresh(_load)
_tried: ContextVar[Rules | None] = ContextVar("tried_rules", default=None)


def tried_rules() -> Rules | None:
    """Return the rules that are only tried at this moment, for a preview; None in normal service."""
    return _tried.get()


def current_rules() -> Rules:
    return _tried.get() or _current.get()


@contextmanager
def trying(rows: Iterable[RuleData]) -> Iterator[Rules]:
    """Search with other rules than the stored ones, in this thread and for this moment only."""
    rules = Rules(tuple(rows))
    token = _tried.set(rules)
    try:
        yield rules
    finally:
        _tried.reset(token)
