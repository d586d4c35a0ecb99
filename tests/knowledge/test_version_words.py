"""The pure parts of comparing versions: words, lines, blocks."""

from __future__ import annotations

import random
import time
from typing import Any

from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from knowledge.models import ArticlePage
from knowledge.versions.compare import Part, compare
from knowledge.versions.matching import moved, paired
from knowledge.versions.reading import BlockReader, RawBlock
from knowledge.versions.words import Budget, Line, Row, collapsed, line_rows, word_pieces


def said(old: str, new: str, budget: Budget | None = None) -> list[tuple[str, str]]:
    return [(piece.op, piece.text) for piece in word_pieces(old, new, budget or Budget())]


def lines(*texts: str) -> list[Line]:
    return [Line("text", (text,)) for text in texts]


def block(value: Any, block_id: str = "", kind: str = "markdown") -> RawBlock:
    return RawBlock(kind, value, block_id)


def side(rows: list[Row], leave_out: str) -> list[str]:
    """The text of one version as the comparison shows it."""
    texts = []
    for row in rows:
        words = [[piece.text for piece in cell if piece.op != leave_out] for cell in row.cells]
        if row.state not in {{"del": "removed", "ins": "added"}[leave_out]}:
            texts.append(" ".join(" ".join(cell) for cell in words))
    return texts


def test_words_that_went_and_came() -> None:
    assert said("Die Frist endet am 31. März.", "Die Frist endet am 30. Juni.") == [
        ("same", "Die Frist endet am"),
        ("del", "31. März."),
        ("ins", "30. Juni."),
    ]
    assert said("Größe", "Größe  ") == [("same", "Größe")]
    assert said("", "Neu") == [("ins", "Neu")]


def test_single_words_between_changes_are_read_with_them() -> None:
    assert said("Prüfen Sie den alten Antrag heute noch", "Prüfen Sie die neuen Antrag morgen noch") == [
        ("same", "Prüfen Sie"),
        ("del", "den alten Antrag heute"),
        ("ins", "die neuen Antrag morgen"),
        ("same", "noch"),
    ]


def test_what_is_too_long_is_replaced_as_a_whole() -> None:
    words = " ".join(f"Wort{number}" for number in range(1500))
    assert [op for op, _ in said(words, f"{words} mehr")] == ["del", "ins"]
    assert [op for op, _ in said("eins zwei", "eins drei", Budget(steps=3))] == ["del", "ins"]


@given(st.lists(st.sampled_from(["a b c", "a b d", "x", "y z"])), st.lists(st.sampled_from(["a b c", "x y", "x"])))
def test_both_versions_can_be_read_from_the_comparison(old: list[str], new: list[str]) -> None:
    rows = line_rows(lines(*old), lines(*new), Budget())
    assert side(rows, "ins") == old
    assert side(rows, "del") == new


def test_unchanged_lines_collapse() -> None:
    old = [f"Absatz {number} bleibt." for number in range(10)]
    rows = collapsed(line_rows(lines(*old), lines(*old[:5], "Etwas ganz anderes.", *old[6:]), Budget()))
    assert (rows[0].state, rows[0].hidden) == ("gap", 4)
    assert rows[-1].hidden == 3
    assert "changed" in {row.state for row in rows} or {"added", "removed"} <= {row.state for row in rows}


def test_the_head_of_a_changed_table_stays() -> None:
    table = "| Amt | Frist |\n| --- | --- |\n" + "\n".join(
        f"| Amt {number} | {number} Tage |" for number in range(8)
    )
    old = BlockReader().lines(block(table))
    new = BlockReader().lines(block(table.replace("7 Tage", "9 Tage")))
    rows = collapsed(line_rows(old, new, Budget()))
    assert rows[0].kind == "head"
    changed = next(row for row in rows if row.state == "changed")
    assert [[(piece.op, piece.text) for piece in cell] for cell in changed.cells] == [
        [("same", "Amt 7")],
        [("del", "7"), ("ins", "9"), ("same", "Tage")],
    ]


def test_a_gap_in_a_table_is_a_row_of_it() -> None:
    table = "\n".join(
        ["Vorher.\n", "| Amt | Frist |", "|---|---|", *(f"| Amt {n} | {n} Tage |" for n in range(9))]
    )
    old, new = (
        {"body": [{"type": "markdown", "value": f"{text}\n\n| Ort |\n|---|\n| Dorf |\n\nEnde.\n", "id": "1"}]}
        for text in (table, table.replace("6 Tage", "7 Tage"))
    )
    part = compare(ArticlePage, old, new).changes[0].parts[0]
    before, first, after = part.groups
    assert [(group.kind, [row.state for row in group.rows]) for group in (before, after)] == [
        ("lines", ["gap"]), ("lines", ["gap"])
    ]  # fmt: skip
    assert (first.kind, first.columns) == ("table", 2)
    assert [(row.kind, row.state, row.hidden) for row in first.rows] == [
        ("head", "same", 0), ("row", "gap", 5), ("row", "same", 0), ("row", "changed", 0), ("row", "same", 0),
    ]  # fmt: skip
    html = render_to_string("knowledge/versions/part.html", {"part": part})
    assert html.count("<table") == 1
    assert 'colspan="2">… 5 Zeilen unverändert …</td>' in html


def test_the_rows_of_two_tables_are_two_tables() -> None:
    head, row = Row("same", "head", ((),)), Row("added", "row", ((),))
    part = Part("changed", rows=(head, row, Row("gap", "row", hidden=2), head, row))
    assert [len(group.rows) for group in part.groups] == [3, 2]


def test_blocks_are_found_by_content_and_by_id() -> None:
    old = [block("A", "1"), block("B", "2"), block("C", "3")]
    # An import derives ids from the position: with a new block in between all ids behind it shift.
    assert paired(old, [block("A", "1"), block("X", "2"), block("B", "3"), block("C", "4")]) == {0: 0, 2: 1, 3: 2}
    assert paired(old, [block("A", "1"), block("B anders", "2"), block("C", "3")]) == {0: 0, 1: 1, 2: 2}
    assert paired([block("A")], [block("B")]) == {}
    assert moved({0: 1, 1: 2, 2: 0}) == {2}


def test_a_block_that_moved_is_named_and_not_repeated() -> None:
    def content(*blocks: tuple[str, str]) -> dict[str, Any]:
        return {"title": "T", "body": [{"type": "markdown", "value": text, "id": key} for key, text in blocks]}

    old = content(("1", "Eins bleibt."), ("2", "Zwei bleibt."), ("3", "Drei zieht um."), ("4", "Vier fällt weg."))
    new = content(("3", "Drei zieht um."), ("1", "Eins bleibt."), ("2", "Zwei bleibt."))
    parts = compare(ArticlePage, old, new).changes[0].parts
    assert [(part.state, part.name) for part in parts] == [
        ("moved", "Drei zieht um."),
        ("same", "Eins bleibt."),
        ("same", "Zwei bleibt."),
        ("removed", "Vier fällt weg."),
    ]


def test_only_a_link_or_bold_face_differs() -> None:
    old, new = (
        {"body": [{"type": "markdown", "value": "[OZG](/a/)", "id": "1"}]},
        {"body": [{"type": "markdown", "value": "[OZG](/b/)", "id": "1"}]},
    )
    part = compare(ArticlePage, old, new).changes[0].parts[0]
    assert part.state == "marks"
    assert "(/b/)" in str(part.rows)
    bold = {"body": [{"type": "markdown", "value": "[**OZG**](/a/)", "id": "1"}]}
    assert compare(ArticlePage, old, bold).changes[0].parts[0].rows == ()


def test_every_kind_of_block_says_something() -> None:
    item = {"type": "item", "id": "i", "value": {"title": "Schritt", "text": "Prüfen *Sie*.", "role": "Amt"}}
    values: dict[str, Any] = {
        "markdown": "Text",
        "text": "<h2>Kopf</h2><p>Absatz <b>fett</b></p><ul><li>Punkt</li></ul>",
        "callout": {"kind": "frist", "title": "", "text": "Bald"},
        "steps": {"title": "So", "items": [item]},
        "accordion": {"title": "", "items": [{"title": "Alt", "text": "Form ohne Umschlag"}]},
        "checklist": {"title": "", "items": [{"text": "Tun", "role": "Amt", "reason": ""}]},
        "table": {
            "caption": "Fristen",
            "table": {"columns": [{"type": "text", "heading": "Amt"}], "rows": [{"values": ["**Bau** & Co"]}]},
        },
        "quote": {"text": "Gesagt", "source": "Amtsblatt", "url": ""},
        "image": {"image": 1, "alt": "Ein Bild", "caption": ""},
        "file": {"document": 1, "title": "Liste"},
        "question": 7,
    }
    for kind, value in values.items():
        assert BlockReader({7: "Wer zahlt?"}).lines(block(value, kind=kind)), kind
    texts = [line.text for line in BlockReader().lines(block(values["table"], kind="table"))]
    assert texts == ["Fristen", "Amt", "Bau & Co"]
    torn: tuple[Any, ...] = (None, 7, "x", [], {}, {"items": "nein", "table": [1]})
    for broken in torn:
        for kind in [*values, "unbekannt"]:
            BlockReader().lines(block(broken, kind=kind))
            BlockReader().name(block(broken, kind=kind))


def test_a_huge_or_hostile_body_takes_seconds_at_most() -> None:
    chance = random.Random(7)  # noqa: S311 - made-up text, nothing secret
    words = ["und", "die", "[", "<b>", "Frist", "|", "ä"]
    huge = " ".join(chance.choice(words) for _ in range(900_000))
    rows = "\n\n".join(" ".join(chance.choice(words[:2]) for _ in range(400)) for _ in range(200))
    other = "\n\n".join(" ".join(chance.choice(words[:2]) for _ in range(400)) for _ in range(200))
    half = len(rows) // 5
    started = time.monotonic()
    for old, new in ((huge, huge + " mehr"), (rows[:half], other[:half]), ("a\n\n" * 20_000, "b\n\n" * 20_000)):
        one = {"body": [{"type": "markdown", "value": old, "id": "1"}] * 3}
        two = {"body": [{"type": "markdown", "value": new, "id": "1"}] * 3}
        assert compare(ArticlePage, one, two).changes
    assert time.monotonic() - started < 15
