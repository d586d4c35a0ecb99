"""What leaves the centre tells no count under five: not directly, by the sum, or by another table of the same."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultations.statistics.small_counts import SMALLEST, Shown, suppress

counts = st.lists(st.integers(0, 12), min_size=1, max_size=4)


def possible(shown: Shown, number: int, most: int) -> list[set[int]]:
    """Return which values each hidden cell could have for somebody who knows the rules and the sum.

    They know as well that a small count is among what is hidden.
    """
    hidden = [place for place, cell in enumerate(shown.cells) if cell is None]
    told = sum(cell for cell in shown.cells if cell is not None)
    found: list[set[int]] = [set() for _ in range(number)]
    for values in product(range(1, most + 1), repeat=len(hidden)):
        if shown.total is not None and told + sum(values) != shown.total:
            continue
        if not any(value < SMALLEST for value in values):
            continue
        for place, value in zip(hidden, values, strict=True):
            found[place].add(value)
    return found


@settings(max_examples=150, deadline=None)
@given(counts)
def test_nobody_can_tell_a_hidden_count_from_the_sum(values: list[int]) -> None:
    (shown,) = suppress(values)
    for value, cell in zip(values, shown.cells, strict=True):
        assert cell in (None, value)
        assert not 0 < value < SMALLEST or cell is None
    left = possible(shown, len(values), 13)
    for place, cell in enumerate(shown.cells):
        if cell is None:
            assert len(left[place]) >= 3, (values, shown)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=8), st.randoms())
def test_two_tables_of_the_same_population_do_not_tell_each_others_sum(values: list[int], random: object) -> None:
    other = [sum(values[::2]), sum(values[1::2])]
    for shown, whole in zip(suppress(values, other), (values, other), strict=True):
        if shown.total is None and any(whole):
            assert None in shown.cells, "a table without a gap tells the sum"
        if shown.total is not None and None in shown.cells:
            assert shown.cells.count(None) >= 2


@pytest.mark.parametrize(
    ("values", "cells", "total"),
    [
        ([20, 30], (20, 30), 50),
        ([20, 0], (20, 0), 20),
        ([20, 3], (None, None), 23),  # 23 - 20 would be 3
        ([20, 30, 3], (None, 30, None), 53),
        ([3], (None,), None),
        ([0, 0], (0, 0), 0),
        ([4, 4], (None, None), None),  # 8 is 4 + 4 and nothing else
        ([1, 1, 9, 50], (None, None, None, 50), 61),
    ],
)
def test_examples(values: list[int], cells: tuple[int | None, ...], total: int | None) -> None:
    (shown,) = suppress(values)
    assert (shown.cells, shown.total) == (cells, total)
