"""Small counts do not leave the centre: neither directly nor as the difference between a sum and what is shown.

Cells of 1 to 4 are hidden; what stays is checked as somebody outside would: from the sum and the cells that
are shown, a hidden cell must still be able to have at least three values. Otherwise the next smallest cell is
hidden as well, and where none is left, the sum and with it every other number. Zero says nothing about anybody and
stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SMALLEST = 5
"""The smallest count that is shown."""
_WIDTH = 3  # values a hidden cell can have at least

Cells = tuple[int | None, ...]


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


def _guessable(values: Sequence[int], hidden: set[int]) -> bool:
    """True when the sum of the hidden cells tells too much about one of them."""
    total, number = sum(values[place] for place in hidden), len(hidden)
    small = [place for place in hidden if is_small(values[place])]
    if not hidden or not small:
        return False
    if number == 1:
        return True
    # What is not small was hidden beside the small ones: nobody outside knows which it is, nor how large.
    most = SMALLEST - 1 if len(small) == number else total
    low = max(1, total - most * (number - 1))
    high = min(most, total - (number - 1))
    return high - low + 1 < _WIDTH


def _hide(values: Sequence[int], hidden: set[int]) -> bool:
    """Hide further cells until nothing can be guessed; False when the sum has to go as well."""
    while _guessable(values, hidden):
        left = [place for place, value in enumerate(values) if value and place not in hidden]
        if not left:
            return False
        hidden.add(min(left, key=lambda place: (values[place], place)))
    return True


def suppress(*tables: Sequence[int]) -> list[Shown]:
    """Return tables of one population as they may leave the centre; their sum is shown in all or in none.

    Where the sum is hidden, nothing but zeros is shown in any of them: every number is a bound of the sum, and who
    knows the rule learns from a bound what the small counts are.
    """
    hiding = [{place for place, value in enumerate(values) if is_small(value)} for values in tables]
    totals = {sum(values) for values in tables}
    safe = [_hide(values, hidden) for values, hidden in zip(tables, hiding, strict=True)]
    shows_total = all(safe) and not any(is_small(total) for total in totals)
    found = []
    for values, hidden in zip(tables, hiding, strict=True):
        if not shows_total:
            hidden |= {place for place, value in enumerate(values) if value}
        cells = tuple(None if place in hidden else value for place, value in enumerate(values))
        found.append(Shown(cells, sum(values) if shows_total else None))
    return found
