"""With the words of the starter content compounds fall into their parts, and simple words stay whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from search.analysis import normalise
from search.compounds import Splitter, count_words
from tests.search.conftest import Library

HERE = Path(__file__).parent
STARTER = HERE.parents[1] / "knowledge" / "starter"


def _lines(name: str) -> list[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


COMPOUNDS = [
    (word.strip(), parts.split()) for word, _, parts in (line.partition("=") for line in _lines("compounds.txt"))
]
SIMPLE = [word for line in _lines("simple_words.txt") for word in line.split()]


@pytest.fixture(scope="module")
def splitter() -> Splitter:
    """The splitter with the vocabulary of the starter content, as a rebuild would make it."""
    return Splitter(count_words(path.read_text(encoding="utf-8") for path in STARTER.rglob("*.md")))


def test_the_lists_are_long_enough_and_hold_no_word_twice() -> None:
    assert len({word for word, _ in COMPOUNDS}) == len(COMPOUNDS) >= 150
    assert len(set(SIMPLE)) == len(SIMPLE) >= 100


def test_compounds_fall_into_their_parts(splitter: Splitter) -> None:
    wrong = {
        word: found
        for word, parts in COMPOUNDS
        if (found := splitter.parts(normalise(word)))
        != tuple(part for expected in parts for part in splitter.parts(normalise(expected)))
    }
    assert not wrong


def test_simple_words_stay_whole(splitter: Splitter) -> None:
    wrong = {word: parts for word in SIMPLE if len(parts := splitter.parts(normalise(word))) > 1}
    assert not wrong


@pytest.mark.django_db
def test_the_command_lists_the_words_of_the_content_and_writes_them(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("search_words")
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert ["registermodernisierung", "regist modernisi"] in [[row[0], row[2]] for row in rows]
    call_command("search_words", whole=True)
    assert "registermodernisierung" not in capsys.readouterr().out
    call_command("search_words", file=tmp_path / "words.json")
    assert json.loads((tmp_path / "words.json").read_text(encoding="utf-8"))["register"] >= 1
