"""Ways in by role are found as a kind of their own, by whoever may read them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.core.visibility import Visibility
from search.finding import find
from search.index import open_current
from search.rebuild import inspect
from tests import factories
from tests.search.test_follower import keys

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("indexed")
def test_a_role_is_found_by_its_names_and_closed_with_its_page(follow: Callable[[], None]) -> None:
    page = factories.role_page("Einstieg für Kämmerei und Kasse", role="kasse", summary="Hundesteuer und Konten.")
    follow()
    (result,) = find("Hundesteuer", level=Visibility.PUBLIC, kinds=("role",)).results
    assert (result.url, result.badge) == (page.url, "Einstieg")
    assert f"role:{page.pk}" in keys("Kämmerei", Visibility.PUBLIC)
    assert inspect(open_current()) == []
    page.visibility = Visibility.CENTRE
    page.save()
    follow()
    assert f"role:{page.pk}" not in keys("Kämmerei", Visibility.PUBLIC)
    assert f"role:{page.pk}" in keys("Kämmerei", Visibility.CENTRE)
