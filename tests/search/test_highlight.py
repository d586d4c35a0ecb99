"""Marks are what reading a text word by word would give, whatever hyphens and names in a row do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search.analysis import tokens
from search.compounds import root
from search.engines.base import Group, Hit, SearchQuery, Word
from search.highlight import Highlighter, Mark

WORDS = [
    "Bund",
    "ID",
    "BundID",
    "Einer",
    "für",
    "Alle",
    "Register",
    "Registern",
    "Fachregister",
    "§ 9",
    "2018/1724",
    "Öl",
]
JOINS = [" ", "-", " - ", "\f", ", ", "–", "."]
QUERY = SearchQuery(
    text="Bund ID Register Einer für Alle",
    groups=(
        Group(words=(Word("bund", "bund", joined=("bundid",)), Word("id", "id"))),
        Group(words=(Word("register", "regist"),), alternatives=(("fachregist",),)),
        Group(words=(), name=("ein", "fur", "all")),
    ),
)


def read_word_by_word(text: str) -> list[Mark]:
    """Say the same by the tokens of the analysis, each looked at by itself."""
    stems, joined, row = {"bund", "id", "regist", "fachregist"}, {"bundid"}, ("ein", "fur", "all")
    roots = {root(stem) for stem in stems}
    inner = [stem for stem in roots if len(stem) >= 5]
    found = list(tokens(text))
    marks: list[Mark] = []
    for place, token in enumerate(found):
        in_row = any(
            tuple(item.stem for item in found[start : start + 3]) == row
            for start in range(max(0, place - 2), place + 1)
        )
        if token.stem in stems:
            answer = token.stem
        elif token.exact in joined or token.joined in joined:
            answer = token.exact
        elif root(token.stem) in roots:
            answer = root(token.stem)
        else:
            answer = next((item for item in inner if item in token.exact), "") or (" ".join(row) if in_row else "")
        if answer:
            marks.append(Mark(token.start, token.end, answer))
    return marks


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(JOINS)), max_size=12))
def test_marks_are_those_of_reading_word_by_word(parts: list[tuple[str, str]]) -> None:
    text = "".join(word + join for word, join in parts)
    got = {(mark.start, mark.end) for mark in Highlighter(QUERY).marks(text)}
    assert got == {(mark.start, mark.end) for mark in read_word_by_word(text)}


def test_what_a_hyphen_joins_is_marked_whole() -> None:
    html = Highlighter(QUERY).mark("Mit der Bund-ID und dem Fachregister, Einer für Alle.")
    assert html == (
        "Mit der <mark>Bund</mark>-<mark>ID</mark> und dem <mark>Fachregister</mark>, <mark>Einer für Alle</mark>."
    )


def test_the_excerpt_of_a_long_text_is_the_first_place_that_answers_everything() -> None:
    filler = "Das Verfahren ist beschrieben. " * 400
    groups = (Group(words=(Word("bund", "bund"),)), Group(words=(Word("register", "regist"),)))
    ask = SearchQuery(text="Bund Register", groups=groups)
    text = f"{filler}Nur das Register. {filler}Der Bund führt das Register. {filler}Register des Bundes."
    html = Highlighter(ask).snippet(Hit("article:1", 1.0, "article", "Titel", "/", text=text)).html
    assert "Der <mark>Bund</mark> führt das <mark>Register</mark>" in html
    assert html.startswith("… ")
    assert html.endswith(" …")
