"""Filters, counts and order, asked through `find`: what is written here holds for every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from knowledge.models import Act, ArticlePage, LegalReference, TopicPage
from portal.core.visibility import Visibility
from search.engines.base import Order
from search.finding import Found, find
from search.index import open_current
from search.narrowing import Filters, months_before, read_filters
from search.rebuild import inspect, rebuild
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db

NO_FILTER = Filters()


@pytest.fixture
def shelf(library: Library) -> dict[str, ArticlePage]:
    """Four articles on the same word that differ in audience, act, topic and review."""
    dsgvo = Act.objects.create(abbreviation="DSGVO", slug="dsgvo", title="Datenschutz-Grundverordnung", level="eu")
    rows: dict[str, dict[str, Any]] = {
        "Alt": {"audience": ["it"], "acts": [library.act], "days": 300},
        "Mittel": {"audience": ["it", "leitung"], "acts": [library.act, dsgvo], "days": 150},
        "Neu": {"audience": ["kasse"], "acts": [dsgvo], "days": 20, "topic": library.efa},
        "Ungeprüft": {"audience": [], "acts": [], "days": None},
    }
    made = {}
    for name, row in rows.items():
        page = library.add_article(
            f"Zuckerrüben {name}", "Anbau.", topic=row.get("topic"), audience=row["audience"]
        )
        if row["days"] is not None:
            moment = timezone.now() - timedelta(days=row["days"])
            ArticlePage.objects.filter(pk=page.pk).update(reviewed_at=moment)
        for act in row["acts"]:
            LegalReference.objects.create(page=page, act=act, key="", origin="basis")
        made[name] = page
    rebuild()
    return made


def search(filters: Filters = NO_FILTER, words: str = "Zuckerrüben", **values: Any) -> Found:
    return find(words, level=Visibility.PUBLIC, filters=replace(filters, **values))


def names(found: Found) -> set[str]:
    return {result.title.removeprefix("Zuckerrüben ") for result in found.results}


Shelf = dict[str, ArticlePage]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"Alt", "Mittel", "Neu", "Ungeprüft"}),
        ({"audiences": ("it",)}, {"Alt", "Mittel"}),
        ({"audiences": ("it", "kasse")}, {"Alt", "Mittel", "Neu"}),
        ({"acts": ("dsgvo",)}, {"Mittel", "Neu"}),
        ({"acts": ("ozg", "dsgvo")}, {"Alt", "Mittel", "Neu"}),
        ({"audiences": ("it",), "acts": ("dsgvo",)}, {"Mittel"}),
        ({"reviewed_months": 3}, {"Neu"}),
        ({"reviewed_months": 6}, {"Neu", "Mittel"}),
        ({"reviewed_months": 12}, {"Neu", "Mittel", "Alt"}),
        ({"reviewed_months": 12, "audiences": ("kasse",)}, {"Neu"}),
        ({"audiences": ("redaktion",)}, set()),
    ],
)
def test_filters_narrow(shelf: Shelf, values: dict[str, Any], expected: set[str]) -> None:
    found = search(**values)
    assert names(found) == expected
    assert found.total == len(expected)


def test_every_count_is_what_choosing_it_finds(shelf: Shelf, library: Library) -> None:
    chosen = [
        Filters(),
        Filters(audiences=("it",)),
        Filters(acts=("dsgvo",)),
        Filters(reviewed_months=6),
        Filters(topic=library.registers.pk),
        Filters(kinds=("article",), audiences=("it",), reviewed_months=12),
    ]
    for filters in chosen:
        found = search(filters)
        for audience, count in found.audience_counts.items():
            assert search(filters, audiences=(audience,)).total == count
        for act, count in found.act_counts.items():
            assert search(filters, acts=(act,)).total == count
        for months, count in found.reviewed_counts.items():
            assert search(filters, reviewed_months=months).total == count
        for kind, count in found.kind_counts.items():
            assert search(filters, kinds=(kind,)).total == count
        for topic, count in found.topic_counts.items():
            assert search(filters, topic=topic).total == count


def test_counts_of_a_filter_ignore_that_filter_alone(shelf: Shelf) -> None:
    everything = search()
    assert everything.audience_counts == {"it": 2, "leitung": 1, "kasse": 1}
    assert everything.act_counts == {"ozg": 2, "dsgvo": 2}
    assert everything.reviewed_counts == {3: 1, 6: 2, 12: 3}
    narrowed = search(audiences=("kasse",))
    assert narrowed.audience_counts == everything.audience_counts
    assert narrowed.act_counts == {"dsgvo": 1}
    assert narrowed.reviewed_counts == {3: 1, 6: 1, 12: 1}


def test_by_date_the_newest_comes_first(shelf: Shelf) -> None:
    found = search(order=Order.DATE)
    dates = [result.reviewed or result.changed for result in found.results]
    assert dates == sorted(dates, reverse=True)
    assert found.total == 4
    assert [r.title for r in found.results][-2:] == ["Zuckerrüben Mittel", "Zuckerrüben Alt"]


def test_pages_by_date_neither_overlap_nor_leave_out(library: Library) -> None:
    for number in range(23):  # all of one day
        library.add_article(f"Hopfen {number}", "Anbau.")
    rebuild()
    pages = [
        find("Hopfen", level=Visibility.PUBLIC, filters=Filters(order=Order.DATE), page=page).results
        for page in (1, 2, 3)
    ]
    assert [len(page) for page in pages] == [10, 10, 3]
    assert len({result.key for page in pages for result in page}) == 23


def test_the_plain_database_search_keeps_the_filters(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = open_current().path
    (folder / "meta.json").rename(folder / "away.json")
    try:
        found = search(audiences=("it",), acts=("dsgvo",), order=Order.DATE)
        assert found.degraded
        assert names(found) == {"Mittel"}
        assert names(search(reviewed_months=3)) == {"Neu"}
    finally:
        (folder / "away.json").rename(folder / "meta.json")


def test_a_closed_page_is_in_no_count(shelf: Shelf) -> None:
    shelf["Neu"].visibility = Visibility.CENTRE
    shelf["Neu"].save()
    rebuild()
    assert "kasse" not in search().audience_counts
    assert search().reviewed_counts == {3: 0, 6: 1, 12: 2}
    assert find("Zuckerrüben", level=Visibility.CENTRE).audience_counts["kasse"] == 1


def test_the_index_holds_what_the_database_says(shelf: Shelf) -> None:
    assert inspect(open_current()) == []


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


STRANGE = [
    "fuer=unbekannt",
    "recht=%00",
    "recht=" + "x" * 5000,
    "geprueft=-3",
    "geprueft=7",
    "geprueft=²",
    "sortierung=preis",
    "seite=-1",
    "seite=1e9",
    "&".join(f"recht=act-{number}" for number in range(200)),
    "&".join(f"fuer=it&art=article&recht=ozg&x{number}=1" for number in range(50)),
    "&".join(f"filter{number}=wert" for number in range(200)),
]


def test_strange_filters_give_a_sensible_page(client: Client, shelf: Shelf, subtests: pytest.Subtests) -> None:
    for query in STRANGE:
        with subtests.test(query=query[:40]):
            html = page_of(client, f"q=Zuckerrüben&{query}")
            assert "Zuckerrüben" in html
            assert "filter7" not in html
            assert client.get(f"/suche.md?q=Zuckerrüben&{query}").status_code == 200


def test_only_what_exists_is_a_filter(library: Library) -> None:
    asked = QueryDict("fuer=it&fuer=it&fuer=x&recht=ozg&recht=nie&geprueft=6&sortierung=datum&art=article&art=y")
    assert read_filters(asked, Visibility.PUBLIC) == Filters(
        kinds=("article",), audiences=("it",), acts=("ozg",), reviewed_months=6, order=Order.DATE
    )


def test_months_before_ends_of_months() -> None:
    assert months_before(date(2026, 5, 31), 3) == date(2026, 2, 28)
    assert months_before(date(2026, 2, 28), 12) == date(2025, 2, 28)
    assert months_before(date(2026, 1, 15), 3) == date(2025, 10, 15)


# -- without hits ---------------------------------------------------------------------------------------


def test_without_hits_each_filter_says_what_it_keeps_away(client: Client, shelf: Shelf) -> None:
    found = search(audiences=("kasse",), acts=("ozg",))
    assert found.total == 0
    assert found.relief == {"audience": 2, "act": 1, "": 4}
    html = page_of(client, "q=Zuckerrüben&fuer=kasse&recht=ozg")
    assert "Ohne „Kämmerei und Kasse“ suchen</a> (2 Treffer)" in html
    assert "Ohne „OZG“ suchen</a> (1 Treffer)" in html
    assert "Ohne Filter suchen</a> (4 Treffer)" in html


def test_one_filter_without_hits(client: Client, shelf: Shelf) -> None:
    assert search(audiences=("redaktion",)).relief == {"audience": 4}
    assert search(words="Quastenflosser", audiences=("redaktion",)).relief == {}
    assert "Ohne „Online-Redaktion“ suchen" in page_of(client, "q=Zuckerrüben&fuer=redaktion")


def test_without_hits_a_topic_below_a_closed_one_is_not_named(client: Client, library: Library) -> None:
    closed = library.efa.add_child(instance=TopicPage(title="Zuckerrübenanbau", slug="anbau", summary="Ja."))
    rebuild()
    assert "Zuckerrübenanbau" in page_of(client, "q=Zuckerrübenanbaugebiete&art=template")
    library.efa.visibility = Visibility.CENTRE
    library.efa.save()
    assert closed.visibility == Visibility.PUBLIC
    rebuild()
    assert "Zuckerrübenanbau</a>" not in page_of(client, "q=Zuckerrübenanbaugebiete&art=template")
