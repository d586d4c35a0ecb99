"""The difference of two texts word by word, and of two lists of lines: pure, and bounded in time.

`difflib` needs quadratic time in the worst case, so every comparison is paid from a budget that depends on lengths
alone: what is too long is shown as replaced as a whole, never left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

Op = Literal["same", "del", "ins"]
State = Literal["same", "changed", "added", "removed", "gap"]

MAX_WORDS = 1_000  # of one line, on each side
MAX_LINES = 1_500  # of one block, on each side
MAX_STEPS = 4_000_000  # products of word counts, for a whole comparison
ALIKE = 0.4  # share of common words from which two lines are the same line, changed
LOOK_AHEAD = 12
CONTEXT = 1  # unchanged lines shown around a change
ISLAND = 2  # so few unchanged words between two changes are read with them


@dataclass
class Budget:
    """What a comparison may still cost: steps of difflib, and characters to be read and shown."""

    steps: int = MAX_STEPS
    characters: int = 400_000

    def take_steps(self, first: int, second: int) -> bool:
        """True when a comparison of so many words is still affordable."""
        if max(first, second) > MAX_WORDS or first * second > self.steps:
            return False
        self.steps -= first * second
        return True

    def take_characters(self, number: int) -> bool:
        if number > self.characters:
            return False
        self.characters -= number
        return True


@dataclass(frozen=True)
class Line:
    """One line of plain text as readers see it: a paragraph, a heading, a list item, a row of a table."""

    kind: str  # text, heading, item, code, head, row
    cells: tuple[str, ...]

    @property
    def text(self) -> str:
        return " | ".join(self.cells)


@dataclass(frozen=True)
class Piece:
    """Words that stayed, went or came."""

    op: Op
    text: str


@dataclass(frozen=True)
class Row:
    """A line of the comparison; `gap` stands for `hidden` unchanged lines, of a table where its kind is `row`."""

    state: State
    kind: str = "text"
    cells: tuple[tuple[Piece, ...], ...] = ()
    hidden: int = 0


def _matcher(first: Sequence[object], second: Sequence[object]) -> SequenceMatcher[object]:
    return SequenceMatcher(None, first, second)


def _whole(old: str, new: str) -> tuple[Piece, ...]:
    pieces = (Piece("del", old), Piece("ins", new))
    return tuple(piece for piece in pieces if piece.text)


def _runs(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield (went, came) and, as twice the same list, what stayed; small islands belong to the changes around."""
    pending: tuple[list[str], list[str]] = ([], [])
    opcodes = _matcher(old, new).get_opcodes()
    for number, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        inside = 0 < number < len(opcodes) - 1
        if tag == "equal" and not (inside and i2 - i1 <= ISLAND):
            if pending[0] or pending[1]:
                yield pending
            pending = ([], [])
            yield old[i1:i2], old[i1:i2]
        else:
            pending = (pending[0] + old[i1:i2], pending[1] + new[j1:j2])
    if pending[0] or pending[1]:
        yield pending


def word_pieces(old: str, new: str, budget: Budget) -> tuple[Piece, ...]:
    """Return how one text becomes the other, word by word; spaces do not count."""
    before, after = old.split(), new.split()
    if before == after:
        return (Piece("same", " ".join(after)),) if after else ()
    if not budget.take_steps(len(before), len(after)):
        return _whole(old, new)
    pieces: list[Piece] = []
    for went, came in _runs(before, after):
        if went == came:
            pieces.append(Piece("same", " ".join(went)))
        else:
            pieces += _whole(" ".join(went), " ".join(came))
    return tuple(pieces)


def _changed(old: Line, new: Line, budget: Budget) -> Row:
    if len(old.cells) == len(new.cells):
        cells = tuple(
            word_pieces(before, after, budget) for before, after in zip(old.cells, new.cells, strict=True)
        )
        return Row("changed", new.kind, cells)
    return Row("changed", new.kind, (word_pieces(old.text, new.text, budget),))


def one_sided(line: Line, op: Op) -> Row:
    """Return a line that only one of the versions has, or both alike."""
    state: State = {"del": "removed", "ins": "added"}.get(op, "same")  # type: ignore[assignment]
    return Row(state, line.kind, tuple((Piece(op, cell),) if cell else () for cell in line.cells))


def _alike(old: Line, new: Line) -> bool:
    if old.kind != new.kind:
        return False
    before, after = set(old.text.split()), set(new.text.split())
    return len(before & after) >= ALIKE * max(1, min(len(before), len(after)))


def _replaced(old: Sequence[Line], new: Sequence[Line], budget: Budget) -> Iterator[Row]:
    """Pair the lines of a replaced stretch that are alike, in their order; the others went or came."""
    start = 0
    for line in new:
        ahead = range(start, min(start + LOOK_AHEAD, len(old)))
        found = next((index for index in ahead if _alike(old[index], line)), None)
        if found is None:
            yield one_sided(line, "ins")
            continue
        yield from (one_sided(gone, "del") for gone in old[start:found])
        yield _changed(old[found], line, budget)
        start = found + 1
    yield from (one_sided(gone, "del") for gone in old[start:])


def line_rows(old: Sequence[Line], new: Sequence[Line], budget: Budget) -> list[Row]:
    """Return all lines of both versions in order, each with what became of it."""
    if max(len(old), len(new)) > MAX_LINES:
        return [*(one_sided(line, "del") for line in old), *(one_sided(line, "ins") for line in new)]
    rows: list[Row] = []
    for tag, i1, i2, j1, j2 in _matcher(old, new).get_opcodes():
        if tag == "equal":
            rows += [one_sided(line, "same") for line in new[j1:j2]]
        elif tag == "replace" and i2 - i1 == j2 - j1 == 1 and old[i1].kind == new[j1].kind:
            rows.append(_changed(old[i1], new[j1], budget))
        else:
            rows += _replaced(old[i1:i2], new[j1:j2], budget)
    return rows


def _shown(rows: Sequence[Row]) -> set[int]:
    """Return the places of rows to show: changes, a line around each, and the head of a table that changed."""
    changed = [index for index, row in enumerate(rows) if row.state != "same"]
    near = {place for index in changed for place in range(index - CONTEXT, index + CONTEXT + 1)}
    shown = {place for place in near if 0 <= place < len(rows)}
    head: int | None = None
    for index, row in enumerate(rows):
        if row.kind == "head":
            head = index if row.state == "same" else None
        elif row.kind != "row":
            head = None
        elif head is not None and index in shown:
            shown.add(head)
    return shown


def _gap(rows: Sequence[Row]) -> Row:
    """Stand for unchanged rows; those of a table are a row of it, so that its head stays with what follows."""
    return Row("gap", "row" if all(row.kind == "row" for row in rows) else "text", hidden=len(rows))


def collapsed(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with long unchanged stretches as gaps."""
    shown = _shown(rows)
    result: list[Row] = []
    for is_shown, run in groupby(enumerate(rows), lambda pair: pair[0] in shown):
        stretch = [row for _, row in run]
        result += stretch if is_shown else [_gap(stretch)]
    return result
