"""The Markdown form itself: front matter, directives, blocks; whatever is written can be read back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.content_io.blocks import Block
from knowledge.content_io.directives import parse_body, write_body
from knowledge.content_io.scan import one_line, trim
from portal.core.content_io import BadContentError
from portal.core.content_io.frontmatter import dump, parse

ODD = [
    ":::", "::::", ":::hinweis", "```", "~~~", "````", "```python", "### Titel", "\\### Titel", "\\:::", "- [ ] x",
    "-- Quelle", "| a | b |", "---", "    eingerückt", "Größe  ", "", "* Liste\n  * darin", "{#id}", "\tTab",
    "äöüß €", "<script>alert(1)</script>", "#: & * ! %", "\\", "\\\\", "::: x", "[^1]: Fußnote",
]  # fmt: skip
_letters = st.characters(exclude_categories=["Cs", "Cc"])
lines = st.one_of(st.sampled_from(ODD), st.text(_letters, max_size=20))
texts = st.lists(lines, min_size=1, max_size=8).map("\n".join)
prose = texts.filter(lambda text: bool(trim(text))).map(trim)
ODD_TITLES = ["Titel", "a {#b}", "{erste-spalte}", "x \\{y}", "\\", "|", "a|b", "<u>", "# Ä"]
short = st.one_of(st.sampled_from(ODD_TITLES), st.text(_letters, max_size=15)).map(one_line)
title = short.filter(bool)
ids = st.sampled_from(["", "", "a1", "b-2_C"])


def _items(**parts: Any) -> st.SearchStrategy[dict[str, Any]]:
    items = st.lists(st.fixed_dictionaries({**parts, "id": ids}), min_size=1, max_size=3)
    return st.fixed_dictionaries({"title": short, "items": items})


def _table(width: int) -> st.SearchStrategy[dict[str, Any]]:
    row = st.lists(short, min_size=width, max_size=width)
    return st.fixed_dictionaries(
        {
            "caption": title,
            "first_column_is_header": st.booleans(),
            "head": row,
            "rows": st.lists(row, max_size=3 if width else 0),
        }
    )


sections = _items(title=title, text=st.one_of(prose, st.just("")))
values = {
    "markdown": prose,
    "text": prose,
    "callout": st.fixed_dictionaries(
        {"kind": st.sampled_from(["hinweis", "wichtig", "frist", "praxisbeispiel"]), "title": short, "text": prose}
    ),
    "steps": sections,
    "accordion": sections,
    "checklist": _items(text=title, role=short, reason=short),
    "table": st.integers(0, 3).flatmap(_table),
    "quote": st.fixed_dictionaries(
        {"text": prose, "source": title, "url": st.sampled_from(["", "https://example.org/ä"])}
    ),
    "question": st.just("themen/a/b"),
    "image": st.fixed_dictionaries(
        {"datei": title, "alternativtext": title, "bildunterschrift": short, "lizenz": title, "urheber": short}
    ),
    "file": st.fixed_dictionaries({"datei": title, "titel": short, "lizenz": short}),
}
blocks = st.sampled_from(sorted(values)).flatmap(
    lambda kind: st.builds(Block, kind=st.just(kind), value=values[kind], id=ids)
)


def _unique(bodies: list[Block]) -> list[Block]:
    seen: set[str] = set()
    for block in bodies:
        block.id = "" if block.id in seen else block.id
        seen.add(block.id)
    return bodies


bodies = st.lists(blocks, max_size=4).map(_unique)


@settings(max_examples=150, deadline=None)
@given(bodies)
def test_every_body_can_be_written_and_read_back(body: list[Block]) -> None:
    written = write_body(body)
    errors: list[BadContentError] = []

    read = parse_body(written, line=1, errors=errors)

    assert not errors, written
    assert read == body, written
    assert write_body(read) == written


front_values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.sampled_from(
        ["true", "2026-08-19", "null", "~", "1e3", "ja: nein", "- x", "'", '"', "a\n---\nb", "x #y", "°"]
    ),
    st.lists(st.text(_letters, min_size=1, max_size=30), min_size=1, max_size=5),
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["title", "summary", "tags"]), front_values, min_size=1))
def test_front_matter_can_be_written_and_read_back(data: dict[str, Any]) -> None:
    written = dump(data, "Text")

    assert parse(written).data == data
    assert parse(written).body == "\nText\n"


@settings(max_examples=200, deadline=None)
@given(texts)
def test_no_body_makes_the_reader_fail(text: str) -> None:
    parse_body(text, line=1, errors=[])


def test_prose_between_directives_is_one_block() -> None:
    body = parse_body("Eins\n\nzwei\n\n:::hinweis Achtung\nText\n:::\n\n## Drei\n", line=10, errors=[])

    assert [(block.kind, block.line) for block in body] == [("markdown", 10), ("callout", 14), ("markdown", 18)]
    assert body[1].value == {"kind": "hinweis", "title": "Achtung", "text": "Text"}


def test_colons_in_fenced_code_are_text() -> None:
    source = "So schreibt man es:\n\n```\n:::hinweis\nText\n:::\n```"

    assert parse_body(source, line=1, errors=[]) == [Block("markdown", source)]
    assert write_body([Block("markdown", source)]) == source


def test_colons_in_code_inside_a_directive_are_text() -> None:
    source = ":::wichtig\n```\n:::\n```\n:::"

    (block,) = parse_body(source, line=1, errors=[])

    assert block.value["text"] == "```\n:::\n```"
    assert write_body([block]) == source


def test_unclosed_code_is_written_with_more_colons() -> None:
    body = [Block("markdown", "```\n:::\n::::"), Block("markdown", "danach")]

    assert write_body(body) == ":::::markdown\n```\n:::\n::::\n:::::\n\ndanach"


def test_a_second_markdown_block_in_a_row_is_fenced() -> None:
    assert write_body([Block("markdown", "eins"), Block("markdown", "zwei")]) == "eins\n\n:::markdown\nzwei\n:::"


def test_table_cells_may_hold_pipes() -> None:
    source = ":::tabelle Zeichen {erste-spalte}\n| a \\| b | c |\n|---|---|\n| \\\\ |  |\n:::"

    (block,) = parse_body(source, line=1, errors=[])

    assert block.value["head"] == ["a | b", "c"]
    assert block.value["rows"] == [["\\", ""]]
    assert block.value["first_column_is_header"] is True
    assert write_body([block]) == source


def test_a_table_without_columns_can_be_read_back() -> None:
    """As the editor leaves one to which nobody has added a column."""
    source = ":::tabelle Gebühren\n:::"
    (block,) = parse_body(source, line=1, errors=[])
    assert (block.value["head"], block.value["rows"]) == ([], [])
    assert write_body([block]) == source


def test_checklist_with_role_and_reason() -> None:
    source = ":::checkliste Vorher\n- [ ] Prüfen {#p1}\n  Rolle: IT\n  Grund: § 9 OZG\n- [ ] Melden\n:::"

    (block,) = parse_body(source, line=1, errors=[])

    assert block.value["items"][0] == {"text": "Prüfen", "role": "IT", "reason": "§ 9 OZG", "id": "p1"}
    assert write_body([block]) == source


def test_short_lists_stand_on_one_line_and_long_ones_below_each_other() -> None:
    data = {"tags": ["Maß", "Größe"], "legal_basis": ["§ 9 Abs. 1 OZG"] * 9, "facts": ["E-01"] * 40}

    text = dump(data, "")

    assert "tags: [Maß, Größe]\n" in text
    assert "legal_basis:\n  - § 9 Abs. 1 OZG\n" in text
    assert "facts: [E-01, E-01," in text


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("Text\n\n:::hinweis\nText", 3, "nicht geschlossen"),
        (":::hinweis\nText\n:::wichtig\nText\n:::", 1, "nicht geschlossen"),
        (":::hinweiß\nText\n:::", 1, "Meinten Sie „hinweis“"),
        ("Text\n:::\n", 2, "schließt hier nichts"),
        (":::hinweis\n:::", 1, "hat keinen Text"),
        (":::schritte\nText\n:::", 1, "### Titel"),
        (":::schritte\n### Eins\n\n###\nText\n:::", 4, "fehlt der Titel"),
        (":::checkliste\n- [ ] Eins\n  Rollen: IT\n:::", 3, "Rolle: …"),
        (":::tabelle Maße\n| a | b |\n|---|---|\n| 1 |\n:::", 4, "1 Zellen"),
        (":::tabelle\n| a |\n|---|\n:::", 1, "Beschriftung"),
        (":::zitat\nText\n:::", 1, "Quelle"),
        (":::bild\ndatei: dateien/a.png\nlizenz: CC0\n:::", 1, "„alternativtext“"),
        (":::datei\ndatei: dateien/a.pdf\ntitle: x\n:::", 3, "Meinten Sie „titel“"),
        (":::hinweis {#a}\nx\n:::\n\n:::hinweis {#a}\nx\n:::", 5, "zweimal"),
        (":::hinweis {breit}\nx\n:::", 1, "{breit}"),
    ],
)
def test_faults_are_named_with_their_line(source: str, line: int, message: str) -> None:
    errors: list[BadContentError] = []

    parse_body(source, line=1, errors=errors)

    assert [error.line for error in errors] == [line]
    assert message in errors[0].message


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("Text ohne Kopf", 1, "Zeile „---“"),
        ("---\ntitle: x\n", 1, "nicht geschlossen"),
        ("---\ntype: article\ntitle: EfA: Weg\n---\n", 3, "Doppelpunkt"),
        ("---\ntitle: x\ntitle: y\n---\n", 3, "zweimal"),
        ("---\na: &x 1\nb: *x\n---\n", 2, "Anker"),
        ("---\n- eins\n---\n", 2, "schlüssel: Wert"),
        ("---\na: [1, 2\nb: 3\n---\n", 3, "eckigen Klammern"),
        ('---\na: "x\n---\n', 2, "Anführungszeichen"),
    ],
)
def test_broken_front_matter_is_named_with_its_line(source: str, line: int, message: str) -> None:
    with pytest.raises(BadContentError) as caught:
        parse(source)

    assert (caught.value.line, message in caught.value.message) == (line, True), caught.value.message
