"""Make the Word templates whose text stands as TOML beside their pages under `vorlagen/`.

Run with python-docx installed:

    python -m knowledge.starter.make_documents

A text has title, name (footer), subject, version_date, landscape, intro and sections of heading, text, bullets
and a table (head, widths in cm, rows). Equal text gives equal bytes.
"""

from __future__ import annotations

import io
import tomllib
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.shared import Cm

from knowledge.starter.office import (
    AUTHOR,
    LEGAL_STATE,
    NOTICE,
    TARGET,
    VERSION,
    drop_thumbnail,
    set_footer,
    set_properties,
    set_styles,
    table,
    write_repeatably,
)

TEXTS = Path(__file__).parent / "vorlagen"


def _page(document: Any, *, landscape: bool) -> Any:
    section = document.sections[0]
    width, height = (Cm(29.7), Cm(21.0)) if landscape else (Cm(21.0), Cm(29.7))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = width, height
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin = section.bottom_margin = Cm(1.8)
    return section


def _section(document: Any, part: dict[str, Any]) -> None:
    document.add_heading(part["heading"], 1)
    has_table = bool(part.get("rows"))
    for number, line in enumerate(part.get("text", ()), 1):
        paragraph = document.add_paragraph(line)
        paragraph.paragraph_format.keep_with_next = has_table and number == len(part["text"])
    for line in part.get("bullets", ()):
        document.add_paragraph(line, style="List Bullet")
    if has_table:
        rows = [tuple(row) for row in part["rows"]]
        table(document, tuple(part["head"]), rows, tuple(part["widths"]))


def make_document(text: Path, target: Path = TARGET) -> Path:
    """Write the Word file of one text and return where it stands."""
    content = tomllib.loads(text.read_text(encoding="utf-8"))
    date = content["version_date"]
    document = docx.Document()
    drop_thumbnail(document)
    section = _page(document, landscape=content["landscape"])
    set_styles(document)
    set_properties(document, title=content["title"], subject=content["subject"], date=date)
    document.add_paragraph(content["title"], style="Title")
    document.add_paragraph(content["intro"].strip())
    for part in content["section"]:
        _section(document, part)
    document.add_paragraph(
        f"Version {VERSION} vom {date}. Rechtsstand: {LEGAL_STATE}. Herausgeberin: {AUTHOR}. {NOTICE}"
    )
    set_footer(section, content["name"], date)
    buffer = io.BytesIO()
    document.save(buffer)
    path = target / f"{text.stem}.docx"
    write_repeatably(path, buffer.getvalue())
    return path


def make(target: Path = TARGET) -> list[Path]:
    return [make_document(text, target) for text in sorted(TEXTS.glob("*.toml"))]


if __name__ == "__main__":
    make()
