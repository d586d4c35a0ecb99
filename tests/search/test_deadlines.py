"""Deadlines are found as a kind of its own, by the index and by what follows its changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from knowledge.models import Deadline
from portal.core.visibility import Visibility
from search.finding import find
from search.index import open_current
from search.rebuild import inspect
from tests import factories
from tests.search.conftest import Library
from tests.search.test_follower import keys

pytestmark = pytest.mark.django_db


def test_a_deadline_is_found_with_its_day_and_what_it_cites(follow: Callable[[], None], indexed: Library) -> None:
    deadline = factories.deadline("Wohngeldregister umstellen", legal_basis="§ 9 Abs. 1 OZG", topic=indexed.efa)
    follow()

    (result,) = find("Wohngeldregister", level=Visibility.PUBLIC, kinds=("deadline",)).results
    assert (result.url, result.badge) == ("/fristen/wohngeldregister-umstellen/", "Frist · 31.12.2028")
    assert result.topic == "EfA-Kommunal"
    assert f"deadline:{deadline.pk}" in keys("§ 9 Abs. 1 OZG")
    assert inspect(open_current()) == []


def test_a_changed_a_closed_and_a_deleted_deadline_reach_the_index(
    follow: Callable[[], None], indexed: Library
) -> None:
    deadline = factories.deadline("Wohngeldregister umstellen", topic=indexed.efa)
    follow()
    key = f"deadline:{deadline.pk}"
    indexed.efa.visibility = Visibility.MUNICIPALITY
    indexed.efa.save()
    follow()
    assert key not in keys("Wohngeldregister", Visibility.PUBLIC)
    assert key in keys("Wohngeldregister", Visibility.MUNICIPALITY)
    deadline.title = "Hundesteuerregister umstellen"
    deadline.save()
    follow()
    assert keys("Wohngeldregister") == set()
    assert key in keys("Hundesteuerregister")
    Deadline.objects.get().delete()
    follow()
    assert keys("Hundesteuerregister") == set()


def test_the_filter_on_a_topic_finds_the_deadlines_of_its_subtopics(
    follow: Callable[[], None], indexed: Library
) -> None:
    above = factories.topic("Register allgemein")
    below = factories.topic("Melderegister", parent=above)
    factories.deadline("Xylophonregister umstellen", topic=below)
    follow()
    found = find("Xylophonregister", level=Visibility.PUBLIC, topic=above.pk)
    assert [item.title for item in found.results] == ["Xylophonregister umstellen"]
