"""The stored HTML of a law's section as Markdown: its words, and nothing that Markdown would number anew."""

from __future__ import annotations

import html
import re

from bs4 import BeautifulSoup
from bs4.element import Tag

from portal.core.text import escape_markdown

_PARAGRAPH = re.compile(r"<p(?: [^>]*)?>(.*?)</p>", re.DOTALL)
_BREAK = re.compile(r"<br ?/?>")
_TAG = re.compile(r"<[^>]*>")
_OTHER_BLOCK = re.compile(r"<(?:table|dl|div|ul|ol)\b")
_BLANK_LINES = re.compile(r"\n\s*\n")
# "1." and "-" at the start of a line would become a list of Markdown's own making.
_LIST_MARK = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+#>])(?=\s|$)", re.MULTILINE)


def _escape(text: str) -> str:
    return _LIST_MARK.sub(_defused, escape_markdown(text))


def _defused(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}"


def _text(inner: str) -> str:
    lines = (" ".join(html.unescape(_TAG.sub("", line)).split()) for line in _BREAK.split(inner))
    return "\\\n".join(_escape(line) for line in lines if line)


def _cells(row: Tag) -> list[str]:
    cells = row.find_all(["th", "td"])
    return [escape_markdown(" ".join(cell.get_text(" ").split())).replace("|", "\\|") for cell in cells]


def _table(table: Tag) -> str:
    """Return a plain table as one of Markdown; with merged cells or lists in them it stays HTML."""
    rows = [_cells(row) for row in table.find_all("tr")]
    width = max((len(row) for row in rows), default=0)
    merged = table.find(lambda tag: tag.has_attr("colspan") or tag.has_attr("rowspan"))
    if merged or table.find(["dl", "ul", "ol", "table"]) or not width:
        return _BLANK_LINES.sub("\n", str(table))
    rows = [row + [""] * (width - len(row)) for row in rows]
    lines = [rows[0], ["---"] * width, *rows[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _block(element: Tag) -> str:
    if element.name == "p":
        return _text(element.decode_contents())
    table = element if element.name == "table" else element.find("table", recursive=False)
    if isinstance(table, Tag):
        return _table(table)
    return _BLANK_LINES.sub("\n", str(element))


def section_markdown(source: str) -> str:
    """Return a section as Markdown. Paragraphs alone need no parser, which long acts would feel."""
    if not _OTHER_BLOCK.search(source):
        blocks = [_text(inner) for inner in _PARAGRAPH.findall(source)]
    else:
        soup = BeautifulSoup(source, "html.parser")
        blocks = [_block(element) for element in soup.find_all(True, recursive=False)]
    return "\n\n".join(block for block in blocks if block)
