"""Word files for tests: made by python-docx, then changed part by part where it cannot make what is needed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from docx import Document
from PIL import Image

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def png(colour: str = "red", size: tuple[int, int] = (30, 20)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "PNG")
    return content.getvalue()


def saved(document: Any) -> io.BytesIO:
    content = io.BytesIO()
    document.save(content)
    content.seek(0)
    return content


def report() -> io.BytesIO:
    """A report with title, headings, emphasis, lists, a table and an image with a caption."""
    document = Document()
    document.add_heading("Prüfung der Größe", 0)
    document.add_heading("Ablauf & Übergänge", 1)
    paragraph = document.add_paragraph("Die Behörde prüft ")
    paragraph.add_run("sorgfältig").bold = True
    paragraph.add_run(" und ")
    paragraph.add_run("schnell").italic = True
    paragraph.add_run(".")
    document.add_paragraph("Antrag lesen", style="List Bullet")
    document.add_paragraph("Antrag prüfen", style="List Bullet")
    document.add_paragraph("Zuerst", style="List Number")
    table = document.add_table(2, 2)
    for cell, text in zip(
        (*table.rows[0].cells, *table.rows[1].cells), ("Frist", "Stelle", "A|B", "Amt"), strict=True
    ):
        cell.text = text
    document.add_heading("Bilder", 2)
    document.add_picture(io.BytesIO(png()))
    document.add_paragraph("Abbildung 1: Ablaufplan", style="Caption")
    return saved(document)


def body(xml: str, **parts: str | bytes) -> io.BytesIO:
    """A Word file whose body is this WordprocessingML (prefixes w, r, m, wp, a, mc, wps, v)."""
    namespaces = (
        f'xmlns:w="{W}" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:o="urn:schemas-microsoft-com:office:office"'
    )
    content = f"<w:document {namespaces}><w:body>{xml}</w:body></w:document>"
    return changed(saved(Document()), {"word/document.xml": content, **parts})


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"


def changed(file: io.BytesIO, parts: Mapping[str, str | bytes]) -> io.BytesIO:
    """Return a copy of a ZIP file with parts added or replaced."""
    copy = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    copy.seek(0)
    return copy


def zipped(files: Mapping[str, bytes]) -> io.BytesIO:
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    copy.seek(0)
    return copy
