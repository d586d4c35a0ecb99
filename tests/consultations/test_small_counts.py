"""What leaves the centre tells no count under five: not directly, by the sum, or by another table of the same.

Somebody outside has the rule itself here: they try every table and keep those of which the same would be shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultations.statistics.small_counts import SMALLEST, Shown, is_small, suppress

Counts = tuple[int, ...]
WIDTH = 3


def of_sum(total: int, cells: int, least: int = 0) -> Iterator[Counts]:
    """Yield all tables of so many cells with this sum."""
    if cells == 0:
        if total == 0:
            yield ()
        return
    if cells == 1:
        if total >= least:
            yield (total,)
        return
    for first in range(least, total - least * (cells - 1) + 1):
        for rest in of_sum(total - first, cells - 1, least):
            yield (first, *rest)


def check(shown: Sequence[Shown], tables: list[Counts]) -> None:
    """Check what is left: `tables` are all of which the same is shown, those of one population in one tuple."""
    cells = [cell for item in shown for cell in item.cells]
    for place, cell in enumerate(cells):
        left = {table[place] for table in tables}
        if cell is not None:
            assert left == {cell}
            assert not is_small(cell)
            continue
        assert len(left) >= WIDTH, (cells, shown[0].total, place, left)
        if shown[0].total is None or len(shown) > 1:
            continue
        knowing: dict[Counts, set[int]] = defaultdict(set)
        for table in tables:
            knowing[tuple(is_small(value) for value in table)].add(table[place])
        least = min(len(values) for values in knowing.values())
        assert least >= WIDTH, (cells, shown[0].total, place, "for who knows which of them are small")


@pytest.mark.parametrize(("cells", "most"), [(1, 40), (2, 90), (3, 45), (4, 28), (5, 20)])
def test_who_knows_the_rule_is_left_with_three_values_of_each_hidden_count(cells: int, most: int) -> None:
    found: dict[Shown, list[Counts]] = defaultdict(list)
    for total in range(most + 1):
        for table in of_sum(total, cells):
            found[suppress(table)[0]].append(table)
    for shown, tables in found.items():
        check([shown], tables)


@pytest.mark.parametrize("cells", [(2, 2), (2, 3), (1, 3)])
def test_two_tables_of_the_same_population_do_not_solve_each_other(cells: tuple[int, int]) -> None:
    found: dict[tuple[Shown, ...], list[Counts]] = defaultdict(list)
    for total in range(27 if sum(cells) < 5 else 19):
        for first, second in product(of_sum(total, cells[0]), of_sum(total, cells[1])):
            found[tuple(suppress(first, second))].append(first + second)
    for shown, tables in found.items():
        assert len({item.total for item in shown}) == 1, "shown in all or in none"
        check(shown, tables)


def spread(total: int, cells: int, chance: Random) -> list[int]:
    """Make numbers of at least 5 with this sum, about even or not."""
    even = total // cells if chance.random() < 0.6 else SMALLEST
    found, rest = [even] * cells, total - even * cells
    while rest:
        step = 1 if even > SMALLEST else chance.randint(1, rest)
        found[chance.randrange(cells)] += step
        rest -= step
    return found


def others(table: Counts, hidden: list[int], chance: Random) -> Iterator[Counts]:
    """Yield tables with other numbers at the hidden places: the same ones small, the same sum."""
    low = [place for place in hidden if is_small(table[place])]
    high = [place for place in hidden if place not in low]
    total = sum(table[place] for place in hidden)
    for _ in range(4000):
        moved = list(table)
        least, most = chance.choice([(1, 1), (1, 2), (3, 4), (4, 4), (1, 4)])
        for place in chance.choice([low, [chance.choice(low)]]):
            moved[place] = chance.randint(least, most)
        left = total - sum(moved[place] for place in low)
        if not high or left < SMALLEST * len(high):
            moved[chance.choice(low)] += 0 if high else left
        elif chance.random() < 0.3:
            for place, value in zip(high, spread(left, len(high), chance), strict=True):
                moved[place] = value
        else:
            moved[chance.choice(high)] += total - sum(moved[place] for place in hidden)
        same = all(moved[place] >= SMALLEST for place in high) and all(is_small(moved[place]) for place in low)
        if same and sum(moved) == sum(table):
            yield tuple(moved)


def left_of(table: Counts, shown: Shown, chance: Random) -> tuple[set[int], set[int]]:
    """Return what small and other hidden cells can be; that order decides nothing is tested below."""
    hidden = [place for place, cell in enumerate(shown.cells) if cell is None]
    few, more = set[int](), set[int]()
    for found in others(table, hidden, chance):
        if suppress(found) == [shown]:
            few |= {found[place] for place in hidden if is_small(table[place])}
            more |= {found[place] for place in hidden if not is_small(table[place])}
        if len(few) >= WIDTH and (len(more) >= WIDTH or not more):
            break
    return few, more


def test_larger_tables() -> None:
    chance, tried = Random(11), 0  # noqa: S311 - the same tables in every run
    for _ in range(3000):
        kinds = chance.choices([(0, 9), (0, 40), (5, 900)], k=chance.randint(2, 14))
        table = tuple(chance.randint(*kind) for kind in kinds)
        (shown,) = suppress(table)
        assert all(cell in (None, value) for cell, value in zip(shown.cells, table, strict=True))
        assert not any(is_small(cell) for cell in shown.cells if cell is not None)
        if shown.total is None:
            assert not any(shown.cells), "a number would be a bound of the sum"
        elif None in shown.cells:
            few, more = left_of(table, shown, chance)
            assert len(few) >= WIDTH, (table, shown, few)
            assert not more or len(more) >= WIDTH, (table, shown, more)
            tried += 1
    assert tried > 1000


CELLS = st.one_of(st.integers(0, 9), st.integers(0, 40), st.integers(5, 900))


@given(st.lists(CELLS, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_lines_decides_nothing(values: list[int], chance: Random) -> None:
    """So neither the place nor the order by number of a hidden line tells anything."""
    order = list(range(len(values)))
    chance.shuffle(order)
    (shown,), (mixed,) = suppress(values), suppress([values[place] for place in order])
    assert mixed == Shown(tuple(shown.cells[place] for place in order), shown.total)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=8))
def test_a_hidden_sum_is_hidden_in_all_tables(values: list[int]) -> None:
    other = [sum(values[::2]), sum(values[1::2])]
    for shown, whole in zip(suppress(values, other), (values, other), strict=True):
        if shown.total is None:
            assert not any(shown.cells)
            assert None in shown.cells or not any(whole)


@pytest.mark.parametrize(
    ("values", "cells", "total"),
    [
        ([20, 30], (20, 30), 50),
        ([20, 0], (20, 0), 20),
        ([20, 3], (None, None), 23),  # 23 - 20 would be 3
        ([60, 30, 3], (60, None, None), 93),
        ([30, 20, 3], (None, None, None), 53),  # both are below 40: which was the smaller is not told
        ([3], (None,), None),
        ([0, 0], (0, 0), 0),
        ([4, 4], (None, None), None),  # 8 is 4 + 4 and nothing else
        ([2, 2, 40], (None, None, 40), 44),  # 1, 2 or 3
        ([1, 1, 9, 50], (None, None, None, None), None),  # 11 with 9 would be 1 + 1, with 8 1 + 2, and no other
        ([40, 5, 5, 2], (None, None, None, None), None),  # 12 with two of at least 5: 2 or 1
        ([30, 5, 5, 0, 2], (None, None, None, 0, None), None),
        ([40, 8, 5, 2], (40, None, None, None), 55),
        ([5, 2], (None, None), None),  # 7 is 5 + 2 or 6 + 1
        ([12, 7, 9, 31, 18, 44], (12, 7, 9, 31, 18, 44), 121),
    ],
)
def test_examples(values: list[int], cells: tuple[int | None, ...], total: int | None) -> None:
    (shown,) = suppress(values)
    assert (shown.cells, shown.total) == (cells, total)


def test_most_tables_keep_their_sum_and_their_larger_numbers() -> None:
    chance = Random(7)  # noqa: S311 - the same tables in every run
    tables = [
        [chance.randint(2, 4), *(chance.randint(SMALLEST, 9) for _ in range(3)), *(
            chance.randint(10, 60) for _ in range(8)
        )]
        for _ in range(200)
    ]  # fmt: skip
    found = [suppress(values)[0] for values in tables]
    assert all(shown.total is not None for shown in found)
    kept = sum(shown.cells[4:] == tuple(values[4:]) for shown, values in zip(found, tables, strict=True))
    assert kept >= 190


@pytest.mark.parametrize(
    "values",
    [
        [1] * 80 + [2999, 1500, 10, 5], [4] * 80 + [9] * 30 + [3000], [1] + [5] * 200,
        [1] * 20 + [5, 10, 19, 20, 39, 40, 79, 80] * 5, [3, 1_000_000],
    ],
)  # fmt: skip
def test_no_table_takes_long(values: list[int]) -> None:
    (shown,) = suppress(values)
    assert len(shown.cells) == len(values)
