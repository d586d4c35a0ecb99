"""Small counts do not leave the centre: neither directly, nor by a sum, nor by what the rule itself chose to hide.

Cells of 1 to 4 are hidden. Where their sum tells too much, all below 10 are hidden as well, then all below 20,
40 and so on: cells go together, so that no order and no smallest one among them tells anything. It ends where
somebody who knows this rule, the sum, the shown cells and even which hidden ones are small has three values left
for each hidden cell. That is decided from the number of small and of hidden cells and the sum of the hidden ones
alone: whatever else they could be would have been hidden in the same way. Where it ends nowhere, the sum goes and
with it every other number. Zero says nothing about anybody and stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

SMALLEST = 5
"""The smallest count that is shown."""
_WIDTH = 3  # values a hidden cell can have at least
_EDGE = 8  # sums looked at from either end: what is not safe lies there, and to overlook some only hides more

Cells = tuple[int | None, ...]
Values = tuple[frozenset[int], frozenset[int]]
"""What a small hidden cell can be, and what another hidden cell can be."""


@dataclass(frozen=True)
class Shown:
    """Counts as they may be shown (None: hidden), and their sum."""

    cells: Cells
    total: int | None


def is_small(number: int) -> bool:
    return 0 < number < SMALLEST


def single(number: int) -> int | None:
    """Return a count that stands alone, None when it is too small."""
    return None if is_small(number) else number


def _limit(step: int) -> int:
    """Return what cells are below that are hidden in this step."""
    return SMALLEST << step


def _range(cells: int, total: int, least: int, most: int) -> frozenset[int]:
    """Return what one of so many cells with this sum can be, each from `least` to `most`; three values at most."""
    lowest = max(least, total - (cells - 1) * most)
    highest = min(most, total - (cells - 1) * least)
    return frozenset(range(lowest, min(highest, lowest + _WIDTH - 1) + 1))


def _bounds(small: int, cells: int, step: int) -> tuple[int, int]:
    """Return the least and the largest sum of cells hidden in a step, so many of them small."""
    return small + SMALLEST * (cells - small), (SMALLEST - 1) * small + (_limit(step) - 1) * (cells - small)


def _sums(small: int, cells: int, total: int, step: int, added: int) -> Iterator[int]:
    """Yield sums that the step before may have failed with, when this one has added so many cells."""
    if not added:
        yield total
        return
    least, most = _bounds(small, cells - added, step - 1)
    first = max(least, total - added * (_limit(step) - 1))
    last = min(most, total - added * _limit(step - 1))
    for number in range(first, last + 1):
        if number <= least + _EDGE or number >= most - _EDGE:
            yield number


@lru_cache(maxsize=2**13)
def _possible(small: int, cells: int, total: int, step: int) -> Values:
    """Return values of hidden cells, so many of them small, for who knows that every step before has failed.

    It ends with three of each, and is empty for what no cells reach.
    """
    least, most = _bounds(small, cells, step)
    if not least <= total <= most:
        return frozenset(), frozenset()
    if step == 0:
        return (_range(cells, total, 1, SMALLEST - 1) if cells == small else frozenset()), frozenset()
    few: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()
    for added in range(cells - small, -1, -1):
        for before in _sums(small, cells, total, step, added):
            found = _possible(small, cells - added, before, step - 1)
            if not found[0] or _is_safe(found, small, cells - added):
                continue
            few, others = few | found[0], others | found[1]
            if added:
                others |= _range(added, total - before, _limit(step - 1), _limit(step) - 1)
            if _is_safe((few, others), small, cells):
                return few, others
    return few, others


def _is_safe(values: Values, small: int, cells: int) -> bool:
    return len(values[0]) >= _WIDTH and (cells == small or len(values[1]) >= _WIDTH)


def _hidden(values: Sequence[int]) -> set[int] | None:
    """Return the places that are hidden beside a sum that is shown; None when the sum has to go as well."""
    small, step = sum(is_small(value) for value in values), 0
    if not small:
        return set()
    while True:
        hidden = {place for place, value in enumerate(values) if 0 < value < _limit(step)}
        found = _possible(small, len(hidden), sum(values[place] for place in hidden), step)
        if _is_safe(found, small, len(hidden)):
            return hidden
        if _limit(step) > sum(values):  # no further step could hide more, nor make more possible
            return None
        step += 1


def suppress(*tables: Sequence[int]) -> list[Shown]:
    """Return tables of one population as they may leave the centre; their sum is shown in all or in none.

    Where the sum is hidden, nothing but zeros is shown in any of them: every number is a bound of the sum, and who
    knows the rule learns from a bound what the small counts are.
    """
    hiding = [_hidden(values) for values in tables]
    shows_total = None not in hiding and not any(is_small(sum(values)) for values in tables)
    found = []
    for values, beside in zip(tables, hiding, strict=True):
        numbers = {place for place, value in enumerate(values) if value}
        hidden = beside if shows_total and beside is not None else numbers
        cells = tuple(None if place in hidden else value for place, value in enumerate(values))
        found.append(Shown(cells, sum(values) if shows_total else None))
    return found
