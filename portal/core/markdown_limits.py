"""What one Markdown text may hold before rendering it would explode, and how such a text is taken apart.

Python-Markdown needs quadratic time for unclosed brackets and recurses for nested quotes and definition lists
(measured: 20,000 opening brackets take 40 s). Inline marks are read per paragraph, list item and row of a table,
so they are counted per such piece; fenced code is set aside before any mark is read and counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.tables import TableProcessor

MAX_DEPTH = 12
# In one paragraph, list item or table row: no text has more, and each costs time in proportion to the piece.
MAX_OPEN_MARKS = 300
MAX_MARKS = 3_000
# Characters walked in search of closing brackets in the whole text: 10 million take about 5 s.
MAX_WORK = 10_000_000
MAX_UNCLOSED = 100  # tags or fences
MAX_DEFINITIONS = 150  # without a blank line between them; each costs a walk over all that follow
_DEFINITION = re.compile(r"^([ >]*):(?= )", re.MULTILINE)
MARKS = "[<*_`&!\\"
# Such a piece is no text: its marks become the wide characters of the same look, which mean nothing.
_WIDE = str.maketrans({mark: chr(ord(mark) + 0xFEE0) for mark in MARKS})
_MAX_INDENT = 4 * MAX_DEPTH
# A fence as the extension "fenced_code" opens it; marking lines in colour ("hl_lines") is switched off.
_FENCE = re.compile(r"(?P<fence>~{3,}|`{3,})[ ]*(?:\{.*\}|\.?[\w#.+-]*[ ]*)")
_HIGHLIGHT = re.compile(r"^((?:~{3,}|`{3,}).*?hl_lines)=", re.MULTILINE)
_BRACKET = re.compile(r"\[|\]\(?")
_OPEN_TAG = re.compile(r"<(?![^<>]*>)")
_OPEN_FENCE = re.compile(r"^(?:`{3,}|~{3,})", re.MULTILINE)
# What is a table is left to the extension itself.
_TABLE = TableProcessor(Markdown().parser, {})
_NOWHERE = Element("div")
_NOTE_TEXT = re.compile(r"^[ ]{0,3}\[\^([^\]\n]*)\]:", re.MULTILINE)
_NOTE_MARK = re.compile(r"(?<!\\)\[\^([^\]\n]{1,200})\](?!:)")
_CODE = re.compile(r"(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")
_ITEM = re.compile(r"(?P<indent> *)(?:(?P<number>\d+\.)|[*+-])[ ]+")


def normalise(source: str) -> str:
    """Return the source with one kind of line break, without the characters Python-Markdown keeps for itself."""
    text = source.replace("\r\n", "\n").replace("\r", "\n").replace("\x02", "").replace("\x03", "")
    return _HIGHLIGHT.sub(r"\1＝", text)


def _fenced(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield first line and line behind the last of every closed fence; linear, however many are open."""
    closing: dict[str, list[int]] = {}
    for number in range(len(lines) - 1, -1, -1):
        bare = lines[number].rstrip(" \t")
        if len(bare) >= 3 and bare[0] in "~`" and not bare.strip(bare[0]):
            closing.setdefault(bare, []).append(number)
    position = 0
    while position < len(lines):
        opening = _FENCE.fullmatch(lines[position].expandtabs(4))
        ends = closing.get(opening["fence"], []) if opening else []
        while ends and ends[-1] <= position:
            ends.pop()
        if ends:
            yield position, ends[-1] + 1
            position = ends[-1]
        position += 1


def prose(source: str) -> Iterator[tuple[int, list[str], bool]]:
    """Yield the parts of a text in order: number of the first line from 1, lines, whether it is fenced code."""
    lines = normalise(source).split("\n")
    done = 0
    for start, end in _fenced(lines):
        if start > done:
            yield done + 1, lines[done:start], False
        yield start + 1, lines[start:end], True
        done = end
    if done < len(lines):
        yield done + 1, lines[done:], False


def depth(line: str) -> int:
    """Return how deep a line is nested in lists and quotes."""
    start = line[: len(line) - len(line.lstrip(" \t>"))].expandtabs(4)
    return start.count(">") + start.replace(">", "").count("    ")


def _flatten(line: str) -> str:
    lead = re.match(r"[ \t>]*", line)
    start = (lead.group() if lead else "").expandtabs(4)
    if start.count(">") <= MAX_DEPTH and len(start.replace(">", "")) <= _MAX_INDENT + 2 * MAX_DEPTH:
        return line
    return "> " * min(start.count(">"), MAX_DEPTH) + " " * min(start.count(" "), _MAX_INDENT) + line.lstrip(" \t>")


def _items(lines: list[str]) -> list[list[str]]:
    """Return the lines of each item of a tight list, nested ones by themselves; a paragraph comes back whole.

    A line begins an item only where Python-Markdown says so: its mark is of the kind of the list it stands in
    (extension "sane_lists"), and it is indented by at most one level more than the item before it.
    """
    pieces: list[list[str]] = []
    kinds: dict[int, bool] = {}
    level = -1
    for line in lines:
        found = _ITEM.match(line.expandtabs(4))
        at = len(found["indent"]) // 4 if found else 0
        begins = bool(found) and (not pieces or (bool(kinds) and at <= level + 1))
        if found and begins and at in kinds and at <= level:
            begins = kinds[at] == bool(found["number"])
        if found and begins:
            kinds = {deep: kind for deep, kind in kinds.items() if deep <= at}
            kinds.setdefault(at, bool(found["number"]))
            level = at
        if begins or not pieces:
            pieces.append([])
        pieces[-1].append(line)
    return pieces


def _pieces(lines: list[str]) -> list[list[str]]:
    """Return the lines of a block grouped by what is read at once: list items, rows of a table, or all."""
    if _ITEM.match(lines[0].expandtabs(4)):
        return _items(lines)
    return [[line] for line in lines] if _TABLE.test(_NOWHERE, "\n".join(lines)) else [lines]


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    start = 0
    for number, line in enumerate([*lines, ""]):
        if not line.strip(" \t"):
            if number > start:
                yield start, lines[start:number]
            start = number + 1


class _Defuser:
    """Takes one text apart; the work that unclosed brackets cost is bounded for the text as a whole."""

    def __init__(self) -> None:
        self.work = 0

    def block(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        if len(_DEFINITION.findall(text)) > MAX_DEFINITIONS:
            lines = _DEFINITION.sub(r"\1：", text).split("\n")
        result: list[str] = []
        for piece in _pieces(lines):
            result += [line.translate(_WIDE) for line in piece] if self._explodes("\n".join(piece)) else piece
        return result

    def _explodes(self, text: str) -> bool:
        if text.count("[") + text.count("<") > MAX_OPEN_MARKS:
            return True
        if sum(text.count(mark) for mark in MARKS) > MAX_MARKS:
            return True
        work = _work(text)
        if self.work + work > MAX_WORK:
            return True
        self.work += work
        return False


def _work(text: str) -> int:
    """Return how many characters are walked in search of the end of each bracket."""
    work, open_at = 0, []
    for found in _BRACKET.finditer(text):
        if found.group() == "[":
            open_at.append(found.start())
            continue
        if open_at:
            work += found.start() - open_at.pop()
        if found.group() == "](":
            end = text.find(")", found.end())
            work += (len(text) if end < 0 else end) - found.start()
    return work + sum(len(text) - start for start in open_at)


def _close(prose_parts: list[list[str]]) -> None:
    """Take the meaning of tags and fences never closed, if there are many: each costs a walk to the end."""
    text = "\n".join("\n".join(lines) for lines in prose_parts)
    tags = len(_OPEN_TAG.findall(text)) > MAX_UNCLOSED
    fences = len(_OPEN_FENCE.findall(text)) > MAX_UNCLOSED
    for lines in prose_parts if tags or fences else []:
        part = "\n".join(lines)
        part = _OPEN_TAG.sub("＜", part) if tags else part
        lines[:] = (_OPEN_FENCE.sub(lambda mark: mark.group().translate(_WIDE), part) if fences else part).split(
            "\n"
        )


def defuse(source: str) -> str:
    """Return the source with what would make rendering explode taken apart; normal texts are unchanged."""
    parts = [(lines if code else [_flatten(line) for line in lines], code) for _, lines, code in prose(source)]
    _close([lines for lines, code in parts if not code])
    defuser = _Defuser()
    result: list[str] = []
    for lines, code in parts:
        for start, block in () if code else list(_blocks(lines)):
            lines[start : start + len(block)] = defuser.block(block)
        result += lines
    return "\n".join(result)


def limit_error(source: str) -> str:
    """Return, in German, from which line on marks would be lost by `defuse`; empty when none would."""
    before = [line for _, lines, _ in prose(source) for line in lines]
    after = defuse(source).split("\n")
    for number, (line, kept) in enumerate(zip(before, after, strict=True), start=1):
        if line != kept:
            return (
                f"Der Absatz in Zeile {number} hat zu viele Verweise, Klammern oder Auszeichnungen, erlaubt sind "
                f"{MAX_OPEN_MARKS} Zeichen „[“ oder „<“ je Absatz und {MAX_DEFINITIONS} Definitionen am Stück. "
                "Teilen Sie ihn durch Leerzeilen oder schreiben Sie ihn als Liste; Quelltext gehört zwischen zwei "
                "Zeilen mit „```“."
            )
    return ""


def footnote_error(source: str) -> str:
    """Return, in German, which footnote has no text in this Markdown; empty when each has one.

    Each block is read by itself, so a note whose text stands behind a box or table would come to nothing.
    """
    text = "\n".join("\n".join(lines) for _, lines, code in prose(source) if not code)
    told = {found[1] for found in _NOTE_TEXT.finditer(text)}
    for found in _NOTE_MARK.finditer(_CODE.sub("", text)):
        if found[1] not in told:
            return (
                f"Zur Fußnote „[^{found[1][:40]}]“ fehlt der Text. Er steht im selben Textblock, in einer eigenen "
                f"Zeile: „[^{found[1][:40]}]: …“."
            )
    return ""
