"""What may be uploaded: the content must be what the name says, and unpacking it must not hurt."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any

import puremagic
from defusedxml import DefusedXmlException, ElementTree
from django.core.exceptions import ValidationError

MAX_UNPACKED = 300 * 1024 * 1024
MAX_ENTRIES = 10_000
MAX_RATIO = 300
RATIO_FROM = 10 * 1024 * 1024
HEAD = 8192

_OFFICE_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
_OPEN_DOCUMENT = {
    "odt": b"application/vnd.oasis.opendocument.text",
    "ods": b"application/vnd.oasis.opendocument.spreadsheet",
    "odp": b"application/vnd.oasis.opendocument.presentation",
}
_MACRO = re.compile(r"(^|/)(vbaProject\.bin|vbaData\.xml)$|^(Basic|Scripts)/", re.IGNORECASE)
_LABELS = {
    "docx": "Word-Datei (.docx)", "xlsx": "Excel-Datei (.xlsx)", "pptx": "PowerPoint-Datei (.pptx)",
    "odt": "OpenDocument-Textdatei (.odt)", "ods": "OpenDocument-Tabelle (.ods)",
    "odp": "OpenDocument-Präsentation (.odp)", "pdf": "PDF-Datei", "zip": "ZIP-Datei", "mp4": "MP4-Videodatei",
    "vtt": "Untertiteldatei (.vtt)", "ics": "Kalenderdatei (.ics)", "txt": "Textdatei", "csv": "CSV-Datei",
}  # fmt: skip


def _label(extension: str) -> str:
    return _LABELS.get(extension, f".{extension}-Datei")


def _not_what_it_says(extension: str, head: bytes) -> ValidationError:
    try:
        found = puremagic.from_string(head)
    except (puremagic.PureError, ValueError):
        found = ""
    seems = f" Dem Inhalt nach ist es eine „{found}“-Datei." if found and found != f".{extension}" else ""
    return ValidationError(
        f"Das ist keine gültige {_label(extension)}.{seems} "
        "Speichern Sie die Datei im richtigen Format und laden Sie sie erneut hoch.",
        code="content_mismatch",
    )


def check_archive(file: IO[bytes], extension: str) -> zipfile.ZipFile:
    """Return the opened ZIP archive, or say in German why it is refused."""
    try:
        archive = zipfile.ZipFile(file)
        entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        file.seek(0)
        raise _not_what_it_says(extension, file.read(HEAD)) from None
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED:
        raise ValidationError(
            "Die Datei ist entpackt zu groß. Erlaubt sind "
            f"{MAX_UNPACKED // 1024**2} MB und {MAX_ENTRIES} enthaltene Dateien.",
            code="archive_too_large",
        )
    if unpacked > RATIO_FROM and unpacked / packed > MAX_RATIO:
        raise ValidationError("Die Datei ist ungewöhnlich stark gepackt und wird abgelehnt.", code="archive_bomb")
    if any(entry.flag_bits & 1 for entry in entries):
        raise ValidationError(
            "Die Datei ist mit einem Passwort geschützt. Laden Sie sie ohne Passwort hoch.", code="encrypted"
        )
    return archive


# What reading a part of a damaged archive raises.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


def _part(archive: zipfile.ZipFile, name: str, extension: str) -> bytes:
    """Return one part of an office file; empty where it is missing."""
    try:
        return archive.read(name)
    except KeyError:
        return b""
    except _UNREADABLE:
        raise ValidationError(
            f"Diese {_label(extension)} ist beschädigt und lässt sich nicht lesen. Öffnen Sie sie in Ihrem "
            "Büroprogramm, speichern Sie sie neu und laden Sie sie erneut hoch.",
            code="damaged",
        ) from None


def _check_office(file: IO[bytes], extension: str) -> None:
    archive = check_archive(file, extension)
    names = set(archive.namelist())
    types = _part(archive, "[Content_Types].xml", extension)
    if extension in _OPEN_DOCUMENT:
        right = _part(archive, "mimetype", extension).strip() == _OPEN_DOCUMENT[extension]
        right = right and "content.xml" in names
    else:
        right = {"[Content_Types].xml", _OFFICE_PARTS[extension]} <= names
    if not right:
        file.seek(0)
        raise _not_what_it_says(extension, file.read(HEAD))
    if any(_MACRO.search(name) for name in names) or b"macroEnabled" in types:
        raise ValidationError(
            "Die Datei enthält Makros. Speichern Sie sie ohne Makros und laden Sie sie erneut hoch.", code="macros"
        )


def _check_zip(file: IO[bytes], extension: str) -> None:
    check_archive(file, extension)


def _check_pdf(file: IO[bytes], extension: str) -> None:
    """A PDF starts with its mark, has objects, and ends with the place of its table (ISO 32000-1, 7.5)."""
    head = file.read(max(HEAD, 2048))
    file.seek(-min(2048, _size(file)), 2)
    tail = file.read()
    if b"%PDF-" not in head[:1024] or b"%%EOF" not in tail or b"startxref" not in tail or b" obj" not in head:
        raise _not_what_it_says(extension, head[:HEAD])


def _size(file: IO[bytes]) -> int:
    return file.seek(0, 2)


def _check_mp4(file: IO[bytes], extension: str) -> None:
    head = file.read(HEAD)
    if head[4:8] != b"ftyp":
        raise _not_what_it_says(extension, head)


def _check_text(file: IO[bytes], extension: str) -> None:
    head = file.read(HEAD)
    starts = {"vtt": b"WEBVTT", "ics": b"BEGIN:VCALENDAR"}.get(extension, b"")
    if b"\x00" in head or not head.removeprefix(b"\xef\xbb\xbf").startswith(starts):
        raise _not_what_it_says(extension, head)


_CHECKS: dict[str, Callable[[IO[bytes], str], None]] = {
    **dict.fromkeys([*_OFFICE_PARTS, *_OPEN_DOCUMENT], _check_office),
    "zip": _check_zip,
    "pdf": _check_pdf,
    "mp4": _check_mp4,
    **dict.fromkeys(["txt", "csv", "vtt", "ics"], _check_text),
}


def check_document(file: IO[bytes], name: str) -> None:
    """Raise a German ValidationError unless the content is what the file's name says."""
    extension = name.rpartition(".")[2].lower()
    check = _CHECKS.get(extension)
    if check is None:
        return  # Wagtail has refused the extension already
    file.seek(0)
    try:
        check(file, extension)
    finally:
        file.seek(0)


_SVG_ACTIVE = {"script", "foreignobject", "iframe", "embed", "object", "handler", "animate", "set"}
_SVG_ADDRESS = re.compile(r"""url\(\s*["']?\s*(?!["']?#)|@import|javascript:""", re.IGNORECASE)


def _acts(element: Any) -> bool:
    """True when an element of an SVG could run something or fetch something from elsewhere."""
    name = str(element.tag).rpartition("}")[2].lower()
    if name in _SVG_ACTIVE or (name == "style" and _SVG_ADDRESS.search(element.text or "")):
        return True
    for key, value in element.attrib.items():
        attribute = key.rpartition("}")[2].lower()
        if attribute.startswith("on") or _SVG_ADDRESS.search(value):
            return True
        if attribute in {"href", "src"} and not value.strip().startswith(("#", "data:image/")):
            return True
    return False


def check_svg(file: IO[bytes]) -> None:
    """Refuse SVG that could act: scripts, handlers, foreign content, addresses elsewhere."""
    file.seek(0)
    try:
        elements = list(ElementTree.parse(file).iter())
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        raise ValidationError(
            "Die SVG-Datei ist nicht lesbar oder enthält Verweise auf andere Dateien.", code="svg_broken"
        ) from None
    finally:
        file.seek(0)
    sheet = b"<?xml-stylesheet" in file.read()
    file.seek(0)
    if sheet or any(_acts(element) for element in elements):
        raise ValidationError(
            "Die SVG-Datei enthält aktive Inhalte oder Verweise. Speichern Sie sie als einfache Grafik.",
            code="svg_active",
        )
