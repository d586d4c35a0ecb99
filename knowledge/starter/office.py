"""How the office files of the starter content are set: real styles, marked table heads, equal bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

TARGET = Path(__file__).parent / "dateien"
VERSION = "1.0"
VERSION_DATE = "23.11.2026"
LEGAL_STATE = "19.08.2026"
MADE_AT = datetime(2026, 11, 23, tzinfo=UTC)
AUTHOR = "Kompetenzstelle kommunale Verwaltungsdigitalisierung (KKV)"
NOTICE = "Allgemeine Information, keine Rechtsberatung. Lizenz: CC0 1.0."
HEADER_FILL = "1F3A5F"
LABEL_FILL = "E8EDF4"


def write_repeatably(path: Path, content: bytes) -> None:
    """Write an Office file with fixed times, so that equal text gives equal bytes."""
    stamp = MADE_AT.strftime("%Y-%m-%dT%H:%M:%SZ")
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target,
    ):
        names = source.namelist()
        # [Content_Types].xml first, as Office writes it; the rest by name
        for name in sorted(names, key=lambda n: (n != "[Content_Types].xml", n)):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(
                    rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)",
                    lambda m: m[1] + stamp.encode() + m[3],
                    data,
                )
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            target.writestr(info, data)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(out.getvalue())


def flag(parent: Any, name: str, **attributes: str) -> None:
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    parent.append(element)


def shade(cell: Any, colour: str) -> None:
    flag(cell._tc.get_or_add_tcPr(), "w:shd", val="clear", color="auto", fill=colour)


def cell_text(cell: Any, text: str, *, bold: bool = False, white: bool = False) -> None:
    run = cell.paragraphs[0].add_run(text)
    run.bold = bold
    if white:
        run.font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF)


def table(document: Any, header: tuple[str, ...], rows: list[tuple[str, ...]], widths: tuple[float, ...]) -> None:
    """A table whose first row is marked as its header and repeats on each page."""
    table = document.add_table(rows=1, cols=len(header))
    table.style = "Table Grid"
    table.autofit = False
    for cell, text in zip(table.rows[0].cells, header, strict=True):
        cell_text(cell, text, bold=True, white=True)
        shade(cell, HEADER_FILL)
    flag(table.rows[0]._tr.get_or_add_trPr(), "w:cantSplit")
    flag(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")
    for row in rows:
        cells = table.add_row().cells
        for number, (cell, text) in enumerate(zip(cells, row, strict=True)):
            cell_text(cell, text, bold=number == 0 and len(header) == 2)
            if number == 0 and len(header) == 2:
                shade(cell, LABEL_FILL)
        flag(table.rows[-1]._tr.get_or_add_trPr(), "w:cantSplit")
    for row_ in table.rows:
        for cell, width in zip(row_.cells, widths, strict=True):
            cell.width = Cm(width)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)


def page_field(paragraph: Any, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("value", "1"), ("end", "")):
        run = paragraph.add_run()
        if kind in ("begin", "separate", "end"):
            flag(run._r, "w:fldChar", fldCharType=kind)
        elif kind == "value":
            run.text = text
        else:
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {text} "
            run._r.append(instruction)


def drop_thumbnail(document: Any) -> None:
    """The library's blank document brings a preview picture of another document."""
    relations = document.part.package.rels
    for key in [k for k, r in relations.items() if r.reltype.endswith("/thumbnail")]:
        del relations[key]


def set_styles(document: Any) -> None:
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "List Bullet"):
        style = document.styles[name]
        style.font.name = "Arial"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in list(fonts.attrib):
            if attribute.endswith("Theme"):
                del fonts.attrib[attribute]
        for attribute in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(attribute), "Arial")
        if name != "Normal":
            style.font.color.rgb = RGBColor(0x1F, 0x3A, 0x5F)
    document.styles["List Bullet"].font.color.rgb = RGBColor(0, 0, 0)
    document.styles["Normal"].font.size = Pt(10.5)
    document.styles["Title"].font.size = Pt(22)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "de-DE")


def set_properties(document: Any, *, title: str, subject: str, date: str = VERSION_DATE) -> None:
    properties = document.core_properties
    properties.title = title
    properties.author = properties.last_modified_by = AUTHOR
    properties.subject = subject
    properties.language = "de-DE"
    properties.comments = f"Version {VERSION} vom {date}. {NOTICE}"
    properties.created = properties.modified = MADE_AT.replace(tzinfo=None)
    properties.revision = 1


def set_footer(section: Any, name: str, date: str = VERSION_DATE) -> None:
    footer = section.footer.paragraphs[0]
    footer.add_run(f"{name}, Version {VERSION} vom {date}. {NOTICE} Seite ")
    page_field(footer, "PAGE")
    footer.add_run(" von ")
    page_field(footer, "NUMPAGES")
    for run in footer.runs:
        run.font.size = Pt(8.5)
