"""Open cases by state and topic: what Leitung is shown is the same for other small counts of the same sum."""

from __future__ import annotations

import pytest

from consultations.desk import figures
from consultations.models import Case
from knowledge.models import TopicPage
from tests import factories
from tests.factories import calendar as make
from tests.factories import desk

Shown = list[tuple[str, int | None]]
pytestmark = pytest.mark.django_db


def counted(topics: list[TopicPage], numbers: tuple[int, ...]) -> tuple[Shown, Shown]:
    """Return what Leitung is shown of so many open cases of each topic, 40 of them without a lead."""
    Case.objects.all().delete()
    town, lead = make.municipality("Musterstadt"), desk.adviser_with_role(f"Muster{numbers}")
    wanted = [topic for topic, number in zip(topics, numbers, strict=True) for _ in range(number)]
    Case.objects.bulk_create(
        Case(
            municipality=town, subject=f"Anliegen {place}", topic=topic,
            state="received" if place < 40 else "waiting", lead=None if place < 40 else lead,
        )
        for place, topic in enumerate(wanted)
    )  # fmt: skip
    return figures.shown(whole=False)


def test_neither_order_nor_numbers_tell_a_small_count_of_open_cases() -> None:
    topics = [factories.topic(title) for title in ("Anmeldung", "Bauen", "Controlling", "Datenschutz")]
    first = counted(topics, (8, 5, 40, 2))
    assert first[1] == [("Controlling", 40), ("Anmeldung", None), ("Bauen", None), ("Datenschutz", None)]
    for numbers in ((7, 5, 40, 3), (6, 5, 40, 4), (2, 8, 40, 5), (5, 1, 40, 9)):
        assert counted(topics, numbers) == first, numbers


def test_where_three_values_are_not_left_no_number_is_shown_in_either_table() -> None:
    topics = [factories.topic(title) for title in ("Anmeldung", "Bauen", "Controlling", "Datenschutz")]
    states, by_topic = counted(topics, (5, 5, 40, 2))
    assert [number for _, number in states if number != 0] == [None, None]
    assert [number for _, number in by_topic] == [None] * 4
