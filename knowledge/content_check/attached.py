"""The words in files beside the pages: templates readers fill in, and drawings; a line of them is a passage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defusedxml import ElementTree

from knowledge.content_check.passages import Passage, Place
from knowledge.content_check.registry import Finding, Severity
from knowledge.content_io.files import FOLDER
from portal.core.extraction import READABLE, extract, extract_apart

FILE, DRAWING = "file", "drawing"
_DRAWING = ".svg"
_NAMES = {"title", "desc"}  # of a drawing: said to whoever does not see it


@dataclass
class Attached:
    """One file of the folder `dateien/`, checked like the text of a page.

    Lines are those of the extracted text (the search reads the same), of a drawing those of its source.
    """

    file: str
    passages: list[Passage]
    unreadable: str = ""
    kind: str = FILE

    def lists_of(self, name: str) -> Iterator[tuple[int, Any]]:
        """A file has no head."""
        return iter(())

    def error(self, check: str, line: int, message: str) -> Finding:
        return Finding(self.file, line, check, message)

    def warning(self, check: str, line: int, message: str) -> Finding:
        return Finding(self.file, line, check, message, Severity.WARNING)


def attached_files(root: Path) -> Iterator[Attached]:
    """Yield the files of a content folder that hold words."""
    for path in sorted((root / FOLDER).rglob("*")):
        suffix = path.suffix.lower()
        if not path.is_file() or path.is_symlink():
            continue
        name = path.relative_to(root).as_posix()
        if suffix == _DRAWING:
            yield _drawing(name, path)
        elif suffix.removeprefix(".") in READABLE:
            # Foreign PDF files may hang their reader; they have a process of their own, as for the search.
            found = (extract_apart if suffix == ".pdf" else extract)(path, suffix.removeprefix("."))
            lines = "\n".join(found.pages).split("\n")
            yield Attached(name, list(_passages(enumerate(lines, start=1))), found.error)


def _passages(lines: Any) -> Iterator[Passage]:
    return (Passage(text.strip(), line, Place.PARAGRAPH) for line, text in lines if text.strip())


def _drawing(name: str, path: Path) -> Attached:
    """Read a drawing: words that stand one below the other without a shape between them are one sentence."""
    try:
        source = path.read_text(encoding="utf-8")
        tree = ElementTree.fromstring(source)
    except (ElementTree.ParseError, ValueError):
        return Attached(name, [], "Die Zeichnung ist nicht lesbar.", DRAWING)
    lines = source.split("\n")
    groups: list[tuple[int, list[str]]] = []
    is_open, after = False, 0
    for element in tree.iter():
        tag = str(element.tag).rpartition("}")[2]
        words = " ".join("".join(element.itertext()).split())
        if tag in _NAMES or tag == "text":
            opening = f">{(element.text or '').strip()[:20]}"
            after = next((n for n in range(after, len(lines)) if opening in lines[n]), after)
            if tag == "text" and is_open:
                groups[-1][1].append(words)
            else:
                groups.append((after + 1, [words]))
        if tag != "tspan":
            is_open = tag == "text"
    passages = list(_passages((line, " ".join(texts)) for line, texts in groups))
    return Attached(name, passages, kind=DRAWING)
