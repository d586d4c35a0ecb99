"""What a reader may find, by the query that is compiled once: the same as by one made anew, on both databases."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core.visibility import Visibility
from search import eligibility
from search.documents import split_key
from search.eligibility import PLACES, _query, _rows, visible_keys
from search.reading import all_documents
from search.registry import registry
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db


def by_source(keys: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for name, pk in map(split_key, keys):
        found.setdefault(name, []).append(pk)
    return found


def test_every_source_gives_the_same_rows(library: Library) -> None:
    keys = [document.key for document in all_documents()]
    asked = by_source(keys) | {name: [1, 2, 3] for name in (source.name for source in registry.sources)}
    for name, pks in asked.items():
        assert sorted(_rows({name: pks[:PLACES]})) == sorted(_query({name: pks[:PLACES]})), name
    together = {name: pks[:PLACES] for name, pks in asked.items()}
    assert sorted(_rows(together)) == sorted(_query(together))


def test_only_what_is_live_and_open_now_is_visible(library: Library) -> None:
    open_page = library.add_article("Offen", "Für alle.")
    closed = library.add_article("Zu", "Für die Kompetenzstelle.")
    closed.visibility = Visibility.CENTRE
    closed.save()
    gone = library.add_article("Fort", "Nicht mehr da.")
    gone.unpublish()
    keys = [f"article:{page.pk}" for page in (open_page, closed, gone)]
    for _ in range(2):  # made anew, and kept
        assert visible_keys(keys, Visibility.PUBLIC) == {keys[0]}
        assert visible_keys(keys, Visibility.CENTRE) == set(keys[:2])
    closed.visibility = Visibility.PUBLIC
    closed.save()
    assert visible_keys(keys, Visibility.PUBLIC) == set(keys[:2])


def test_more_keys_than_places_are_looked_up_too(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [library.add_article(f"Seite {number}", "Text.") for number in range(4)]
    keys = [f"article:{page.pk}" for page in pages]
    monkeypatch.setattr(eligibility, "PLACES", 3)
    assert visible_keys(keys, Visibility.PUBLIC) == set(keys)
    assert visible_keys(keys[:3], Visibility.PUBLIC) == set(keys[:3])


def test_what_no_source_knows_is_not_visible(library: Library) -> None:
    assert visible_keys(["unknown:1"], Visibility.CENTRE) == set()
    assert visible_keys([], Visibility.CENTRE) == set()


def test_one_query_for_all_sources_and_one_for_restrictions(library: Library) -> None:
    keys = [f"article:{library.article.pk}", f"question:{library.question.pk}", f"term:{library.term.pk}"]
    visible_keys(keys, Visibility.PUBLIC)
    with CaptureQueriesContext(connection) as seen:
        assert visible_keys(keys, Visibility.PUBLIC) == set(keys)
    assert len(seen) == 2
