from collections import Counter

import pytest
from django.core.cache import cache
from django.test import Client

from search.compounds import Splitter
from search.fresh import outdate
from search.spelling import Spelling, distance
from tests.search.conftest import Library

WORDS = {
    "registermodernisierung": 12, "register": 40, "modernisierung": 9, "vertrauensniveau": 7, "behorde": 60,
    "behorden": 30, "nachweis": 20, "antrag": 50, "onlinedienst": 22, "dienst": 30, "bescheid": 25, "gemeinde": 44,
    "kommune": 41, "postfach": 12, "zustandigkeit": 9, "identifikationsnummer": 15, "seltenes": 1,
}  # fmt: skip
"""Vocabulary as an index would keep it: normalised words and the number of texts with them."""


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling(Counter(WORDS), Splitter(WORDS))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Registermodernisirung", "registermodernisierung"),
        ("Vertrauensnivau", "vertrauensniveau"),
        ("Vertraunsnivau", "vertrauensniveau"),
        ("Behröde", "behorde"),
        ("Nachweiss", "nachweis"),
        ("Nahcweis", "nachweis"),
        ("Antarg", "antrag"),
        ("Onlnedienst", "onlinedienst"),
        ("Postfahc", "postfach"),
        ("Zuständikeit", "zustandigkeit"),
        ("Identifikatonsnumer", "identifikationsnummer"),
    ],
)
def test_mistyped_words_find_the_word_meant(spelling: Spelling, typed: str, meant: str) -> None:
    assert [item.word for item in spelling.corrections(typed)] == [meant]


@pytest.mark.parametrize(
    "typed",
    [
        "Behörden", "Behoerde", "Registers", "Dienste", "Dienstregister", "Gemeinden", "OZG", "NOOTS", "EfA",
        "2018/1724", "§ 9", "was", "müssen", "", "xyzxyzxyz", "selten", '"Antarg"', "Bund-IDD",
    ],
)  # fmt: skip
def test_known_words_forms_compounds_numbers_and_quotations_are_left_alone(spelling: Spelling, typed: str) -> None:
    assert spelling.corrections(typed) == []


def test_names_that_are_never_corrected_stay(spelling: Spelling) -> None:
    assert spelling.corrections("Antarg")
    assert spelling.corrections("Antarg", frozenset({"antarg"})) == []


def test_distance_counts_swaps_as_one_and_stops_early() -> None:
    assert distance("antrag", "antarg", 2) == 1
    assert distance("antrag", "antrag", 2) == 0
    assert distance("antrag", "bescheid", 2) == 3


@pytest.mark.django_db
def test_a_search_without_hits_is_followed_in_its_mended_form_and_says_so(
    indexed: Library, client: Client
) -> None:
    page = client.get("/suche/", {"q": "Kommunne"}).content.decode()
    assert "Für „Kommunne“ gibt es keine Treffer. Gezeigt werden Treffer für" in page
    assert "Wer betreibt den" in page
    text = client.get("/suche.md", {"q": "Kommunne"}).content.decode()
    assert "Für „Kommunne“ gibt es keine Treffer" in text


@pytest.mark.django_db
def test_more_hits_are_offered_and_what_was_typed_stays(indexed: Library, client: Client) -> None:
    page = client.get("/suche/", {"q": "Kommunen Regster"}).content.decode()
    assert "Meinten Sie" in page
    assert "/suche/?q=Kommunen+Register" in page
    assert "Treffer für „Kommunen Regster“" in page


@pytest.mark.django_db
def test_a_name_on_the_list_is_not_corrected(indexed: Library, client: Client) -> None:
    indexed.term.term, indexed.term.synonyms, indexed.term.never_correct = "Regster", "", True
    indexed.term.save()
    outdate()
    cache.clear()
    page = client.get("/suche/", {"q": "Kommunen Regster"}).content.decode()
    assert "Meinten Sie" not in page
