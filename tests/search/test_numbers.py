"""Numbers of the content: which ones are kept, and how they are known again."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.core.visibility import Visibility
from search.compounds import Splitter, save_vocabulary
from search.documents import SearchDocument
from search.numbers import NUMBERS, digits, load_numbers, number_runs, save_numbers
from search.reading import count_words_of
from search.spelling import load_spelling


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("nach EN 301 549 und DIN SPEC 66336", {"301549", "66336"}),
        ("VO (EU) 2018/1724, im Jahr 2026", {"20181724", "2026"}),
        ("Ausgabe 66336 2021-03", {"66336202103", "66336", "202103"}),
        ("Telefon 0561 / 123-45", {"056112345", "0561", "12345"}),
        ("am 03.05.1978, am 1. 2. 1980 und am 3.5.78", {"1980"}),
        ("§ 9, 12 Monate, 3 von 5, Fassung 1.2.3", set()),
        ("", set()),
    ],
)
def test_runs_of_digits_are_numbers_and_days_are_not(text: str, numbers: set[str]) -> None:
    assert number_runs(text) == numbers


def test_numbers_are_kept_beside_the_words_and_only_those_everybody_may_read(tmp_path: Path) -> None:
    documents = [
        SearchDocument(key="article:1", kind="article", title="Norm", url="/", body="EN 301 549"),
        SearchDocument(
            key="article:2", kind="article", title="Akte", url="/", body="Akte 778899", level=Visibility.CENTRE
        ),
    ]
    counted = count_words_of(documents)
    save_vocabulary(tmp_path / "vocabulary.json", counted)
    save_numbers(tmp_path / NUMBERS, counted)
    assert load_numbers(tmp_path / NUMBERS) == {"301549"}
    spelling = load_spelling(tmp_path / "vocabulary.json", Splitter())
    assert spelling.has_number("301 549")
    assert spelling.has_number("EN301549")
    assert not spelling.has_number("778899")
    assert spelling.size == 2  # words alone: "norm" and "akte"


def test_an_index_without_numbers_knows_none(tmp_path: Path) -> None:
    assert load_numbers(tmp_path / NUMBERS) == frozenset()
    assert not load_spelling(tmp_path / "vocabulary.json", Splitter()).has_number("4711")


def test_only_digits_of_our_own_script_count() -> None:
    assert digits("EN 301-549 ٣٤") == "301549"
