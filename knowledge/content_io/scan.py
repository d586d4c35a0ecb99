"""Where in a text a fence of colons is a fence: not inside fenced code.

A code fence counts only when it is closed, as in the package `markdown`. In a directive opened with three
colons code is respected and a line that begins with colons is written with a backslash before it; in one opened
with four or more, nothing but its own closing line is looked at. So every text can be written and read back.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from portal.core.text import printable

CODE_OPEN = re.compile(r"(`{3,}|~{3,})[^`\n]*$")
CODE_CLOSE = re.compile(r"(`{3,}|~{3,}) *$")
COLONS = re.compile(r"\\*:::")
ITEM = re.compile(r"\\*###(?:[ \t]|$)")


class CodeFences:
    """Finds where fenced code ends, for one list of lines."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.closings: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(lines):
            if match := CODE_CLOSE.match(line):
                self.closings[match[1]].append(number)

    def end(self, number: int) -> int:
        """Return the last line of the code that opens at a line; the line itself where none does."""
        match = CODE_OPEN.match(self.lines[number])
        if not match:
            return number
        later = self.closings[match[1]]
        position = bisect_right(later, number)
        return later[position] if position < len(later) else number


def code_lines(lines: Sequence[str]) -> list[bool]:
    """Say for each line whether it belongs to closed fenced code (its fences included)."""
    fences = CodeFences(lines)
    inside = [False] * len(lines)
    number = 0
    while number < len(lines):
        end = fences.end(number)
        if end > number:
            inside[number : end + 1] = [True] * (end + 1 - number)
        number = end + 1
    return inside


def has_open_code(text: str) -> bool:
    """True when a line looks like the beginning of fenced code that is never closed."""
    lines = text.split("\n")
    inside = code_lines(lines)
    return any(CODE_OPEN.match(line) and not inside[number] for number, line in enumerate(lines))


def escape(text: str, pattern: re.Pattern[str], *, respect_code: bool) -> str:
    """Put a backslash before each line the pattern matches, so that it is no fence."""
    lines = text.split("\n")
    inside = code_lines(lines) if respect_code else [False] * len(lines)
    return "\n".join(
        "\\" + line if pattern.match(line) and not inside[number] else line for number, line in enumerate(lines)
    )


def unescape(text: str, pattern: re.Pattern[str], *, respect_code: bool) -> str:
    """Take the backslash away that `escape` has put."""
    lines = text.split("\n")
    inside = code_lines(lines) if respect_code else [False] * len(lines)
    return "\n".join(
        line[1:] if line.startswith("\\") and pattern.match(line) and not inside[number] else line
        for number, line in enumerate(lines)
    )


def trim(text: str) -> str:
    """Return a block's text as it stands in a file: LF, no blank lines around it, no blanks at its end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[0].strip(" \t"):
        lines.pop(0)
    while lines and not lines[-1].strip(" \t"):
        lines.pop()
    return "\n".join(lines).rstrip(" \t")


def one_line(text: object) -> str:
    """Return text for a single line: every run of ASCII white space is one blank."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", printable(str(text or ""))).strip(" ")


def title_text(title: str) -> str:
    """Write a title so that its braces are not read as attributes."""
    return re.sub(r"[\\{]", r"\\\g<0>", one_line(title))


ATTRIBUTE = re.compile(r"(?<!\\)\{([^{}]*)\}[ \t]*$")


def split_title(text: str) -> tuple[str, list[str]]:
    """Split "Titel {erste-spalte} {#id}" into the title and its attributes."""
    attributes: list[str] = []
    rest = text.strip(" \t")
    while match := ATTRIBUTE.search(rest):
        attributes.insert(0, match[1].strip())
        rest = rest[: match.start()].rstrip(" \t")
    return one_line(re.sub(r"\\([\\{])", r"\1", rest)), attributes
