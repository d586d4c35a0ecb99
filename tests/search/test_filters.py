"""Filters in addresses and on the page of results; what engines do with them: conformance/test_filters.py."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from knowledge.models import TopicPage
from portal.core.visibility import Visibility
from search.engines.base import Order
from search.finding import Found, find
from search.index import open_current
from search.narrowing import Filters, months_before, read_filters
from search.rebuild import rebuild
from tests.search.conftest import Library, Shelf, fill_shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(library: Library) -> Shelf:
    made = fill_shelf(library)
    rebuild()
    return made


def search(**values: Any) -> Found:
    return find("Zuckerrüben", level=Visibility.PUBLIC, filters=Filters(**values))


def test_the_plain_database_search_keeps_the_filters(shelf: Shelf) -> None:
    folder = open_current().path
    (folder / "meta.json").rename(folder / "away.json")
    try:
        found = search(audiences=("it",), acts=("dsgvo",), order=Order.DATE)
        assert found.degraded
        assert [result.title for result in found.results] == ["Zuckerrüben Mittel"]
        assert [result.title for result in search(reviewed_months=3).results] == ["Zuckerrüben Neu"]
    finally:
        (folder / "away.json").rename(folder / "meta.json")


# -- the page -------------------------------------------------------------------------------------------


def page_of(client: Client, query: str) -> str:
    response = client.get(f"/suche/?{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_page_offers_filters_with_counts_and_chips(client: Client, shelf: Shelf) -> None:
    html = page_of(client, "q=Zuckerrüben&fuer=it&geprueft=6")
    assert "Für wen" in html
    assert "Rechtsvorschrift" in html
    assert "In den letzten 12 Monaten" in html
    assert html.count("Filter entfernen: ") == 2
    assert 'href="/suche/?q=Zuckerr%C3%BCben&amp;geprueft=6"' in html  # without "IT"
    assert "Alle Filter entfernen" in html
    response = client.get("/suche/?q=Zuckerrüben&fuer=it&geprueft=6")
    facets = {facet.name: facet.choices for facet in response.context["facets"]}
    assert [(choice.label, choice.count, choice.active) for choice in facets["audience"]] == [
        ("Verwaltungsleitung", 1, False), ("IT", 1, True), ("Kämmerei und Kasse", 1, False),
    ]  # fmt: skip
    for choices in facets.values():
        for choice in choices:
            assert client.get(choice.url).status_code == 200


def test_page_sorts_by_date_and_keeps_it_in_all_links(client: Client, shelf: Shelf) -> None:
    html = page_of(client, "q=Zuckerrüben&sortierung=datum")
    assert '<span aria-current="true">Datum</span>' in html
    assert "sortierung=datum&amp;fuer=it" in html or "fuer=it&amp;sortierung=datum" in html
    markdown = client.get("/suche.md?q=Zuckerrüben&sortierung=datum&recht=ozg").content.decode()
    assert "Eingrenzen: Rechtsvorschrift" in markdown


def test_only_what_exists_is_a_filter(library: Library) -> None:
    asked = QueryDict("fuer=it&fuer=it&fuer=x&recht=ozg&recht=nie&geprueft=6&sortierung=datum&art=article&art=y")
    assert read_filters(asked, Visibility.PUBLIC) == Filters(
        kinds=("article",), audiences=("it",), acts=("ozg",), reviewed_months=6, order=Order.DATE
    )


def test_months_before_ends_of_months() -> None:
    assert months_before(date(2026, 5, 31), 3) == date(2026, 2, 28)
    assert months_before(date(2026, 2, 28), 12) == date(2025, 2, 28)
    assert months_before(date(2026, 1, 15), 3) == date(2025, 10, 15)


def test_without_hits_a_topic_below_a_closed_one_is_not_named(client: Client, library: Library) -> None:
    closed = library.efa.add_child(instance=TopicPage(title="Zuckerrübenanbau", slug="anbau", summary="Ja."))
    rebuild()
    assert "Zuckerrübenanbau" in page_of(client, "q=Zuckerrübenanbaugebiete&art=template")
    library.efa.visibility = Visibility.CENTRE
    library.efa.save()
    assert closed.visibility == Visibility.PUBLIC
    rebuild()
    assert "Zuckerrübenanbau</a>" not in page_of(client, "q=Zuckerrübenanbaugebiete&art=template")
