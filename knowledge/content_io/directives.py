"""A body as text and as a list of blocks: prose between directives is one Markdown block."""

from __future__ import annotations

import re

from knowledge.content_io.blocks import BLOCK_ID, DIRECTIVES, WRITERS, Block, Raw, Written
from knowledge.content_io.scan import (
    COLONS,
    CodeFences,
    escape,
    has_open_code,
    split_title,
    title_text,
    trim,
    unescape,
)
from portal.core.content_io import BadContentError, suggestion

_OPEN = re.compile(r"(:{3,})[ \t]*([^\s{]*)(.*)$", re.DOTALL)


class _Reader:
    """Reads one body; faults are collected, so that an author sees all of them at once."""

    def __init__(self, text: str, first_line: int, errors: list[BadContentError]) -> None:
        self.lines = text.split("\n")
        self.first_line = first_line
        self.code = CodeFences(self.lines)
        self.errors = errors
        self.blocks: list[Block] = []
        self.prose: list[str] = []
        self.prose_line = -1

    def fail(self, message: str, number: int) -> None:
        self.errors.append(BadContentError(message, line=self.first_line + number))

    def read(self) -> list[Block]:
        number = 0
        while number < len(self.lines):
            if self.lines[number].startswith(":::"):
                self.end_prose()
                number = self.directive(number)
                continue
            if self.prose_line < 0 and self.lines[number].strip(" \t"):
                self.prose_line = number
            end = self.code.end(number)
            self.prose += self.lines[number : end + 1]
            number = end + 1
        self.end_prose()
        self.check_ids()
        return self.blocks

    def end_prose(self) -> None:
        text = trim(unescape("\n".join(self.prose), COLONS, respect_code=True))
        if text:
            self.blocks.append(Block("markdown", text, line=self.first_line + self.prose_line))
        self.prose = []
        self.prose_line = -1

    def directive(self, number: int) -> int:
        """Read the directive that opens at a line; return the number of the line after it."""
        match = _OPEN.match(self.lines[number])
        assert match is not None  # noqa: S101 - the caller has seen the colons
        colons, name, rest = match.groups()
        if not name:
            self.fail("„:::“ schließt hier nichts: Es ist keine Direktive offen.", number)
            return number + 1
        end = self.closing(number, colons)
        if end is None:
            self.fail(f"„{colons}{name}“ ist nicht geschlossen: Es fehlt eine Zeile „{colons}“.", number)
            return self.next_opening(number + 1)
        title, attributes = split_title(rest)
        text = "\n".join(self.lines[number + 1 : end])
        raw = Raw(name, title, attributes, text, self.first_line + number, raw=len(colons) > 3)
        try:
            self.blocks.append(_block(raw))
        except BadContentError as error:
            self.errors.append(error if error.line else BadContentError(error.message, line=raw.line))
        return end + 1

    def closing(self, start: int, colons: str) -> int | None:
        """Return the line that closes a directive; another opening before it means that it is missing."""
        raw = len(colons) > 3
        number = start + 1
        while number < len(self.lines):
            line = self.lines[number]
            if line.rstrip(" \t") == colons:
                return number
            if line.startswith(":::") and not raw:
                return None
            number = (number if raw else self.code.end(number)) + 1
        return None

    def next_opening(self, start: int) -> int:
        number = start
        while number < len(self.lines) and not self.lines[number].startswith(":::"):
            number = self.code.end(number) + 1
        return number

    def check_ids(self) -> None:
        seen: set[str] = set()
        for block in self.blocks:
            if block.id and block.id in seen:
                message = f"Die Kennung „{block.id}“ steht zweimal auf der Seite."
                self.errors.append(BadContentError(message, line=block.line))
            seen.add(block.id)


def _block(raw: Raw) -> Block:
    directive = DIRECTIVES.get(raw.name)
    if directive is None:
        message = f"Die Direktive „:::{raw.name}“ gibt es nicht.{suggestion(raw.name, DIRECTIVES)}"
        raise BadContentError(message, line=raw.line)
    block_id = ""
    for attribute in raw.attributes:
        if attribute.startswith("#") and BLOCK_ID.match(attribute[1:]) and not block_id:
            block_id = attribute[1:]
        elif attribute not in directive.attributes:
            message = f"Die Angabe „{{{attribute}}}“ kennt „:::{raw.name}“ nicht."
            raise BadContentError(message, line=raw.line)
    return Block(directive.kind, directive.parse(raw), block_id, raw.line)


def parse_body(text: str, *, line: int, errors: list[BadContentError]) -> list[Block]:
    """Return the blocks of a body; what cannot be read is reported with its line."""
    return _Reader(text, line, errors).read()


def _fenced(written: Written, block_id: str) -> str:
    colons = ":::"
    if written.raw:
        lengths = [len(match[1]) for match in re.finditer(r"^(:+)[ \t]*$", written.text, re.MULTILINE)]
        colons = ":" * (max([3, *lengths]) + 1)
    attributes = [f"{{{attribute}}}" for attribute in written.attributes]
    if block_id:
        attributes.append(f"{{#{block_id}}}")
    head = " ".join(part for part in (colons + written.name, title_text(written.title), *attributes) if part)
    return "\n".join(part for part in (head, written.text, colons) if part)


def write_body(blocks: list[Block]) -> str:
    """Write blocks in their one canonical form."""
    parts: list[str] = []
    after_prose = False
    for block in blocks:
        prose = block.kind == "markdown" and not block.id and not after_prose and not has_open_code(block.value)
        if prose and trim(block.value):
            parts.append(escape(trim(block.value), COLONS, respect_code=True))
        else:
            parts.append(_fenced(WRITERS[block.kind](block.value), block.id))
        after_prose = prose
    return "\n\n".join(parts)
