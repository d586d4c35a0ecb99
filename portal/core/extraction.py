"""Text out of files, for the search. Files are foreign and may be hostile: everything is limited.

`python -m portal.core.extraction PATH EXTENSION` prints the result as JSON; large files and PDF are read that way,
in a process of their own with limits of time and memory.
"""

from __future__ import annotations

import io
import json
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from defusedxml import ElementTree

OFFICE = frozenset({"docx", "xlsx", "odt", "ods", "odp", "pptx"})
PLAIN = frozenset({"txt", "csv", "vtt", "ics"})
READABLE = OFFICE | PLAIN | {"pdf"}
MAX_PAGES = 1500
MAX_CHARS = 3_000_000
MAX_PART = 60 * 1024 * 1024
SMALL = 1024 * 1024
SECONDS = 90
MEMORY = 2 * 1024**3


@dataclass
class Extracted:
    """Texts by page (one for files without pages), number of pages, and what went wrong in German."""

    pages: list[str] = field(default_factory=list)
    page_count: int | None = None
    error: str = ""


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(MAX_PART + 1)
    if len(data) > MAX_PART:
        raise ValueError("part too large")
    return data


def _xml_text(data: bytes) -> str:
    """Return the text of an office XML part, a line per paragraph."""
    words: list[str] = []
    for event, element in ElementTree.iterparse(io.BytesIO(data), events=("start", "end")):
        name = _local(element.tag)
        if event == "start" and name in {"p", "h"}:
            words.append("\n")
        if event == "end":
            if name == "t" and element.text:  # docx, pptx
                words.append(element.text)
            elif name in {"tab", "br", "line-break", "s"}:
                words.append(" ")
    return "".join(words).strip()


def _open_document_text(data: bytes) -> str:
    """Return the text of an OpenDocument part: paragraphs and headings with everything inside them."""
    root = ElementTree.fromstring(data)
    lines = []
    for element in root.iter():
        if _local(element.tag) in {"p", "h"}:
            line = "".join(_pieces(element)).strip()
            if line:
                lines.append(line)
    return "\n".join(lines)


def _pieces(element: Any) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        if _local(child.tag) in {"s", "tab", "line-break"}:
            yield " "
        elif _local(child.tag) not in {"p", "h", "annotation"}:
            yield from _pieces(child)
        if child.tail:
            yield child.tail


def _docx(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [_xml_text(_part(archive, "word/document.xml"))]


def _pptx(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        slides = [name for name in archive.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
        slides.sort(key=lambda name: int("".join(char for char in name if char.isdigit()) or 0))
        return ["\n".join(_xml_text(_part(archive, name)) for name in slides[:MAX_PAGES])]


def _open_document(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [_open_document_text(_part(archive, "content.xml"))]


def _xlsx(path: Path) -> list[str]:
    from openpyxl import load_workbook

    lines: list[str] = []
    total = 0
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            lines.append(sheet.title)
            for row in sheet.iter_rows(values_only=True):
                line = " ".join(str(value) for value in row if value is not None)
                if line:
                    lines.append(line)
                    total += len(line)
                if total > MAX_CHARS:
                    return ["\n".join(lines)]
    finally:
        book.close()
    return ["\n".join(lines)]


def _plain(path: Path) -> list[str]:
    data = path.read_bytes()[:MAX_CHARS]
    try:
        return [data.decode("utf-8-sig")]
    except UnicodeDecodeError:
        return [data.decode("cp1252", errors="replace")]


def _pdf(path: Path) -> Extracted:
    from pypdf import PdfReader

    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        return Extracted(error="Die PDF-Datei ist mit einem Passwort geschützt.")
    result = Extracted(page_count=len(reader.pages))
    total = 0
    for page in reader.pages[:MAX_PAGES]:
        text = page.extract_text() or ""
        result.pages.append(text.replace("\x00", ""))
        total += len(text)
        if total > MAX_CHARS:
            break
    if not any(text.strip() for text in result.pages):
        result.error = "Die PDF-Datei enthält keinen lesbaren Text (nur Bilder?)."
    return result


def extract(path: Path, extension: str) -> Extracted:
    """Return the text of a file; what cannot be read is an error in German, never an exception."""
    readers = {"docx": _docx, "pptx": _pptx, "xlsx": _xlsx, "odt": _open_document, "ods": _open_document,
               "odp": _open_document, **dict.fromkeys(PLAIN, _plain)}  # fmt: skip
    try:
        if extension == "pdf":
            return _pdf(path)
        if extension in readers:
            pages = [text.replace("\x00", "")[:MAX_CHARS] for text in readers[extension](path)]
            return Extracted(pages=pages)
    except Exception as error:  # libraries raise anything on broken files
        return Extracted(error=f"Der Text der Datei ist nicht lesbar ({type(error).__name__}).")
    return Extracted()


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def extract_apart(path: Path, extension: str) -> Extracted:
    """Like `extract`, in a process of its own that may hang, crash or ask for too much memory."""
    command = [sys.executable, "-m", "portal.core.extraction", str(path), extension]
    root = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, arguments are no shell
            command, cwd=root, capture_output=True, timeout=SECONDS + 10, check=True
        )
        return Extracted(**json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return Extracted(error="Das Lesen der Datei hat zu lange gedauert.")
    except (subprocess.CalledProcessError, ValueError):
        return Extracted(error="Die Datei ließ sich nicht lesen; sie ist beschädigt oder zu groß.")


if __name__ == "__main__":
    _limit()
    sys.stdout.write(json.dumps(asdict(extract(Path(sys.argv[1]), sys.argv[2]))))
