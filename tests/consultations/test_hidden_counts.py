"""All tables at once, as they leave the centre: no hidden cell can be worked out from what is shown beside it.

Figures are made up at random, with every table of the same requests; somebody who knows the rule tries
to solve them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from random import Random
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
OUTCOME = {
    "durchgeführt": "done", "abgesagt": "cancelled", "nicht erschienen": "no_show",
    "steht noch an oder ist offen": "confirmed",
}  # fmt: skip
COLUMN = {"themen": "topic", "landkreise": "district", "groessen": "size", "formate": "format"}


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


def same_sum(total: int, cells: int, chance: Random) -> list[int]:
    """Make numbers of at least one with this sum."""
    cuts = sorted(chance.sample(range(1, total), cells - 1))
    return [end - start for start, end in zip([0, *cuts], [*cuts, total], strict=True)]


def replaced(made: Figures, key: str, numbers: dict[str, int]) -> Figures:
    """Return figures with other numbers in one table, of the same sum."""
    if key == "termine":
        return replace(made, outcomes=Counter({OUTCOME[label]: number for label, number in numbers.items()}))
    if key == "ohne-termin":
        return replace(made, guided=Counter(numbers))
    by = {**made.requests.by, COLUMN[key]: Counter(numbers)}
    by_topic = made.requests.by_topic
    if key == "themen":
        by_topic = Counter({int(label[-1]) + 1: number for label, number in numbers.items()})
    return replace(made, requests=replace(made.requests, by=by, by_topic=by_topic))


def left_over(made: Figures, found: dict[str, Table], true: dict[str, Table], key: str) -> dict[str, set[Any]]:
    """Return what each hidden line of a table could be: of what else would every table be shown the same?"""
    whole: dict[str, Any] = {row.label: row.cells[0] for row in true[key].rows[:-1]}
    hidden = [row.label for row in found[key].rows[:-1] if row.cells[0] is None]
    total = sum(whole[label] for label in hidden)
    chance = Random(1)  # noqa: S311 - the same guesses in every run
    left: dict[str, set[Any]] = {label: {whole[label]} for label in hidden}
    for _ in range(1000):
        if all(len(values) >= 3 for values in left.values()):
            break
        numbers = dict(zip(hidden, same_sum(total, len(hidden), chance), strict=True))
        other = tables.build(replaced(made, key, whole | numbers), whole=False)
        if {table.key: table for table in other} == found:
            for label, number in numbers.items():
                left[label].add(number)
    return left


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
            assert len(hidden) >= 2, (key, lines, total)
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


CASES = [
    ([40, 5, 5, 2], [30, 22]), ([30, 8, 6, 3], [44, 3]), ([25, 9, 9, 4], [44, 3]), ([12, 11, 2, 3], [25, 3]),
    ([9, 5, 5, 3], [18, 4]), ([60, 15, 4], [76, 3]),
]  # fmt: skip


@pytest.mark.parametrize(("topics", "districts"), CASES)
def test_who_knows_the_rule_is_left_with_three_values_of_each_line(
    topics: list[int], districts: list[int]
) -> None:
    """They build all tables from every guess, with the order of their lines, and keep what gives the same."""
    rows = asked(topics, answered=sum(topics))
    places = [place for place, number in enumerate(districts) for _ in range(number)]
    rows = [replace(row, district=place) for row, place in zip(rows, places, strict=False)]
    outcomes = [state for state, number in zip(OUTCOME.values(), topics, strict=False) for _ in range(number)]
    guided = [number for number, times in enumerate(topics) for _ in range(times)]
    made = figures(rows, [], outcomes, guided)
    found = {table.key: table for table in tables.build(made, whole=False)}
    true = {table.key: table for table in tables.build(made, whole=True)}
    for key in ("themen", "landkreise", "termine", "ohne-termin"):
        if found[key].total is None:
            assert not any(row.cells[0] for row in found[key].rows)
            continue
        for label, values in left_over(made, found, true, key).items():
            assert len(values) >= 3, (key, label, values)
        assert None in [row.cells[0] for row in found[key].rows]
