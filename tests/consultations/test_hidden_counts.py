"""All tables at once, as they leave the centre: no hidden cell can be worked out from what is shown beside it.

Figures are made up at random, with every table of the same requests; somebody who knows the rule tries
to solve them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultations.statistics import periods, tables
from consultations.statistics.reading import Figures, Requests, Work
from consultations.statistics.small_counts import SMALLEST
from consultations.statistics.tables import Table
from portal.accounts.models import Municipality

OF_REQUESTS = ("monate", "themen", "landkreise", "groessen", "formate")
OF_RATINGS = ("zufriedenheit", "geloest")
SIZES = [str(label) for label in Municipality.SizeClass.labels]
LEADS = 4


@dataclass(frozen=True)
class Asked:
    """One made-up request."""

    topic: int
    district: int
    size: int
    form: int
    month: int
    answered: bool
    met: bool
    lead: int


def few(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


REQUESTS = st.lists(
    st.builds(Asked, few(3), few(2), few(3), few(1), few(2), st.booleans(), st.booleans(), few(LEADS - 1)),
    max_size=40,
)
RATINGS = st.lists(st.tuples(st.integers(1, 5), st.booleans(), few(LEADS - 1)), max_size=40)
OUTCOMES = st.lists(st.sampled_from(["done", "cancelled", "no_show", "confirmed"]), max_size=30)
GUIDED = st.lists(few(4), max_size=30)


def requests_of(rows: list[Asked]) -> Requests:
    by = {
        "topic": Counter(f"Thema {row.topic}" for row in rows),
        "district": Counter(f"Kreis {row.district}" for row in rows),
        "size": Counter(SIZES[row.size] for row in rows),
        "format": Counter(f"Format {row.form}" for row in rows),
    }
    return Requests(
        by=by, by_topic=Counter(row.topic + 1 for row in rows),
        months=Counter(date(2027, row.month + 1, 1) for row in rows),
        answers=[(2, row.lead) for row in rows if row.answered],
        meetings=[(5, row.lead) for row in rows if row.met], number=len(rows),
    )  # fmt: skip


def figures(
    rows: list[Asked], ratings: list[tuple[int, bool, int | None]], outcomes: list[str], guided: list[int]
) -> Figures:
    return Figures(
        period=periods.year(2027), requests=requests_of(rows), outcomes=Counter(outcomes), outcome_leads=LEADS,
        ratings=ratings, guided=Counter(f"Thema {number}" for number in guided),
        topics={number + 1: f"Thema {number}" for number in range(4)}, without_article={1, 2}, silent=3,
        work=Work(0, 0, 0),
    )  # fmt: skip


def number_of_values(left: int, cells: int) -> int:
    """Return how many values a hidden cell can have: so many of them share a sum, and one at least is small."""
    if cells == 1:
        return 1
    # The others hold at least one each; with two cells the other one has to be small where this one is not.
    return sum(
        1 for value in range(1, left - cells + 2) if value < SMALLEST or cells > 2 or left - value < SMALLEST
    )


def check_group(found: dict[str, Table], true: dict[str, Table], keys: tuple[str, ...]) -> Any:
    """Try to solve tables that share their sum; returns the sum, None where it is hidden."""
    sums = {found[key].total for key in keys}
    assert len(sums) == 1, "shown in all or in none"
    (total,) = sums
    for key in keys:
        whole: dict[str, Any] = {row.label: row.cells[0] for row in true[key].rows}
        lines: dict[str, Any] = {row.label: row.cells[0] for row in found[key].rows[:-1]}
        for label, cell in lines.items():
            assert cell in (None, whole[label])
            assert cell is None or not 0 < cell < SMALLEST, (key, label)
        hidden = [label for label, cell in lines.items() if cell is None]
        if total is None:
            assert not any(lines.values()), "a number would be a bound of the sum"
        elif hidden:
            left = total - sum(cell for cell in lines.values() if cell is not None)
            assert number_of_values(left, len(hidden)) >= 3, (key, lines, total)
    return total


def check_order(found: dict[str, Table]) -> None:
    """Where lines are in the order of their numbers, hidden ones are in the order of their names."""
    for key in ("themen", "landkreise", "formate", "ohne-termin"):
        hidden = [row.label for row in found[key].rows[:-1] if row.cells[0] is None]
        assert hidden == sorted(hidden)
        assert [row.label for row in found[key].rows[:-1]][len(found[key].rows) - 1 - len(hidden) :] == hidden


def check_times(found: dict[str, Table], total: Any, number: int) -> None:
    """The part of the requests that was answered is told only beside a sum, and with a rest that is not small."""
    for row in found["zeiten"].rows:
        part = row.cells[0]
        if total is None:
            assert all(cell in (None, tables.WITHHELD, tables.FEW_REQUESTS) for cell in row.cells)
        elif part is not None:
            assert isinstance(part, int)
            assert not 0 < part < SMALLEST
            assert not 0 < number - part < SMALLEST


@settings(max_examples=300, deadline=None)
@given(REQUESTS, RATINGS, OUTCOMES, GUIDED)
def test_no_hidden_cell_can_be_worked_out(
    rows: list[Asked], ratings: list[tuple[int, bool, int | None]], outcomes: list[str], guided: list[int]
) -> None:
    made = figures(rows, ratings, outcomes, guided)
    found = {table.key: table for table in tables.build(made, whole=False)}
    true = {table.key: table for table in tables.build(made, whole=True)}
    total = check_group(found, true, OF_REQUESTS)
    check_order(found)
    check_times(found, total, len(rows))
    topics = {row.label: row.cells for row in found["themen"].rows}
    assert all(row.cells == topics[row.label] for row in found["ohne-artikel"].rows), "no other way to a number"
    for key in ("termine", "ohne-termin"):
        check_group(found, true, (key,))
    if found["zufriedenheit"].rows:
        check_group(found, true, OF_RATINGS)
        if any(row.cells[0] is None for row in found["zufriedenheit"].rows):
            assert found["zufriedenheit"].note == "", "with one value hidden the mean would tell it"
    assert found["ohne-kontakt"].rows[0].cells == (None,)


def asked(topics: list[int], *, answered: int) -> list[Asked]:
    """Make requests of one district, so many of each topic, some of them answered."""
    numbers = [topic for topic, number in enumerate(topics) for _ in range(number)]
    return [
        Asked(topic, 0, 0, 0, 0, place < answered, False, place % LEADS) for place, topic in enumerate(numbers)
    ]


@pytest.mark.parametrize("answered", [8, 7, 5, 0])
def test_the_number_of_answers_does_not_tell_a_hidden_sum(answered: int) -> None:
    """Two topics with four requests each hide their sum: eight could be nothing else."""
    found = {t.key: t for t in tables.build(figures(asked([4, 4], answered=answered), [], [], []), whole=False)}
    assert found["themen"].total is None
    assert all(row.cells[0] is None for row in found["zeiten"].rows)
    assert [row.cells[0] for row in found["landkreise"].rows] == [None, None], "nor does a table with one line"


def test_numbers_of_other_tables_are_no_bound_of_a_hidden_sum() -> None:
    """Seven beside a hidden cell of five or more would say twelve: three topics with four requests each."""
    rows = [
        Asked(place % 3, 0 if place < 7 else 1, 0, 0, 0, False, False, 0) for place in range(12)
    ]  # fmt: skip
    found = {table.key: table for table in tables.build(figures(rows, [], [], []), whole=False)}
    assert [row.cells[0] for row in found["landkreise"].rows] == [None, None, None]


def test_where_the_sum_is_shown_the_answers_are_too() -> None:
    found = {t.key: t for t in tables.build(figures(asked([20, 10], answered=25), [], [], []), whole=False)}
    assert (found["themen"].total, found["zeiten"].rows[0].cells) == (30, (25, 2.0, 2.0))
