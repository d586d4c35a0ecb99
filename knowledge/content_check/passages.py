"""The prose of a file piece by piece, each with the line it begins in, whatever kind of content it is.

Values of the head are taken as the keys have read them; the text below it as it stands in the file, divided at the
blocks `knowledge.content_io` has found there. So a new kind or a new block needs nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from knowledge.content_io.blocks import Block
from knowledge.content_io.scan import code_lines, split_title
from portal.core.content_io import Parsed
from portal.core.content_io.problems import KeyPath

# Values of the head that are names, references or particulars, no sentences.
NOT_PROSE = {
    "abbreviation", "aliases", "articles", "audience", "change_note", "contact_email", "counterpart", "eli",
    "expansion", "facts", "icon", "id", "legal_basis", "licence", "related", "responsible_unit", "search_words",
    "seo_title", "source", "sources", "synonyms", "tags", "term", "topics", "unused", "url",
}  # fmt: skip
_QUIET_BLOCKS = {"file", "question"}
_HEADING = re.compile(r"#{1,6}[ \t]+")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)]|\[\^[^\]]+\]:)[ \t]+(?:\[[ xX]?\][ \t]+)?")
_DETAIL = re.compile(r"[ \t]+(?:Rolle|Grund):[ \t]*")
_ROW_RULE = re.compile(r"\|?[ \t:|-]+\|?[ \t]*$")
_FENCE = re.compile(r":{3,}[ \t]*$")
_OPENING = re.compile(r":{3,}[ \t]*\S+")
_QUOTED_FROM = re.compile(r"--[ \t]+\S")
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_ADDRESS = re.compile(r"<?(?:https?://|mailto:)[^\s<>)]+>?")
_MARKS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|<[^<>]*>|\[\^[^\]]+\]")


class Place(StrEnum):
    """What a passage is within its page."""

    HEAD = "head"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    PICTURE = "picture"


@dataclass(frozen=True)
class Passage:
    """One value of the head (with its key), heading, paragraph, list item or table row.

    `section` counts the headings before it; the head is section 0. `at` says where in the head a value stands.
    """

    text: str
    line: int
    place: Place
    key: str = ""
    section: int = 0
    last_line: int = 0
    at: KeyPath = ()

    @cached_property
    def plain(self) -> str:
        """The words as a reader sees them, on one line."""
        text = _ADDRESS.sub(" ", _LINK.sub(r"\1", _PICTURE.sub(r"\1", self.text)))
        if self.place is Place.ROW:
            text = text.strip("| ").replace("|", " – ")
        return " ".join(_MARKS.sub("", text).split())

    @property
    def is_title(self) -> bool:
        """Headings and titles are names: too short to explain anything in."""
        return self.place is Place.HEADING or self.key == "title"

    def line_of(self, words: str) -> int:
        """Return the line in which words of the passage stand."""
        for number, line in enumerate(self.text.split("\n")):
            if words in line:
                return self.line + number if self.place is not Place.HEAD else self.line
        return self.line


def passages_of(parsed: Parsed) -> list[Passage]:
    """Return the passages of a file in the order of reading."""
    if parsed.document is None:
        return []
    return [*_head(parsed), *_body(parsed)]


def _head(parsed: Parsed) -> Iterator[Passage]:
    meta = parsed.document.meta if parsed.document else {}
    snippet = parsed.document is not None and not parsed.document.kind.is_page and not parsed.part
    for name, value in meta.items():
        if name not in NOT_PROSE and not (snippet and name == "title"):  # the official title of an act
            for at, text in _texts(value, (name,)):
                yield Passage(text, parsed.line_of(at), Place.HEAD, key=name, at=at)


def _texts(value: Any, at: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the sentences in a value; single words are names or choices."""
    if isinstance(value, str):
        if " " in value.strip():
            yield at, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in NOT_PROSE and name not in {"ref", "target"}:
                yield from _texts(inner, (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*at, index))


def _body(parsed: Parsed) -> Iterator[Passage]:
    front = parsed.front
    lines = front.body.split("\n")
    section = 1
    for kind, start, end in _regions(
        parsed.document.body if parsed.document else None, front.body_line, len(lines)
    ):
        for passage in _of_region(kind, lines[start:end], front.body_line + start):
            if passage.place is Place.HEADING:
                section += 1
            yield Passage(passage.text, passage.line, passage.place, section=section, last_line=passage.last_line)


def _regions(body: Any, first_line: int, count: int) -> Iterator[tuple[str, int, int]]:
    """Yield kind, first and last line (from 0, the last left out) of each block; any other body is one text."""
    blocks = [block for block in body if isinstance(block, Block)] if isinstance(body, list) else []
    if not blocks:
        yield "markdown", 0, count
    for number, block in enumerate(blocks):
        start = max(0, block.line - first_line)
        end = blocks[number + 1].line - first_line if number + 1 < len(blocks) else count
        yield block.kind, start, end


def _of_region(kind: str, lines: list[str], first_line: int) -> Iterable[Passage]:
    """Yield what readers read of one block; a directive's title is a heading."""
    if kind in _QUIET_BLOCKS:
        return
    if lines and _OPENING.match(lines[0]):
        title = split_title(_OPENING.sub("", lines[0]))[0]
        if title:
            yield Passage(title, first_line, Place.HEADING)
        lines, first_line = lines[1:], first_line + 1
    if kind == "image":
        for number, line in enumerate(lines):
            name, _, text = line.partition(":")
            if name in {"alternativtext", "bildunterschrift"}:
                yield Passage(text.strip(" '\""), first_line + number, Place.PICTURE)
        return
    yield from _split(lines, first_line)


def _split(lines: list[str], first_line: int) -> Iterator[Passage]:
    """Divide lines of Markdown into headings, paragraphs, list items and table rows; code is no prose."""
    code = code_lines(lines)
    open_lines: list[str] = []
    place, start = Place.PARAGRAPH, 0

    def done(end: int) -> Iterator[Passage]:
        if open_lines:
            yield Passage("\n".join(open_lines), first_line + start, place, last_line=first_line + end - 1)
            open_lines.clear()

    for number, line in enumerate(lines):
        found = None if code[number] else _begins(line)
        if code[number] or not line.strip() or _FENCE.match(line) or found:
            yield from done(number)
        if code[number] or not line.strip() or _FENCE.match(line) or _QUOTED_FROM.match(line):
            continue
        if line.lstrip().startswith("|") and _ROW_RULE.match(line.strip()):
            continue
        if found:
            place, start = found[0], number
        elif not open_lines:
            place, start = Place.PARAGRAPH, number
        open_lines.append(found[1] if found else line)
        if place is Place.HEADING:
            yield from done(number + 1)
    yield from done(len(lines))


def _begins(line: str) -> tuple[Place, str] | None:
    """Say what a line begins, and what stands behind its mark; None where it goes on with what is open."""
    if heading := _HEADING.match(line):
        return Place.HEADING, split_title(line[heading.end() :])[0]
    if line.lstrip().startswith("|"):
        return Place.ROW, line
    if (item := _ITEM.match(line)) or (item := _DETAIL.match(line)):
        return Place.ITEM, line[item.end() :]
    return None
