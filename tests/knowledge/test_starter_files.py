"""Pictures and templates of the starter content: made from reviewed texts, equal each time, accessible."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

import docx
import pytest
from defusedxml import ElementTree
from docx.oxml.ns import qn
from openpyxl import load_workbook

from knowledge.content_check.checks.roles import audiences_in
from knowledge.starter import make_documents, make_pictures, office
from portal.core.uploads import check_document, check_svg

FILES = office.TARGET
TEXTS = sorted(make_documents.TEXTS.glob("*.toml"))
PICTURES = sorted(FILES.glob("*.svg"))
DOCUMENTS = sorted(FILES.glob("*.docx"))
SVG = "{http://www.w3.org/2000/svg}"
pytestmark = pytest.mark.once


def test_there_are_five_pictures_and_eight_templates() -> None:
    assert len(PICTURES) >= 5
    assert len(DOCUMENTS) + len(list(FILES.glob("*.xlsx"))) >= 8
    assert {text.stem for text in TEXTS} <= {document.stem for document in DOCUMENTS}


def test_pictures_are_made_again_with_the_same_bytes(tmp_path: Path) -> None:
    made = make_pictures.make(tmp_path)

    assert {path.name for path in made} == {path.name for path in PICTURES}
    for path in made:
        assert path.read_bytes() == (FILES / path.name).read_bytes(), "python -m knowledge.starter.make_pictures"


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_speaks_fetches_nothing_and_is_large_enough_for_small_screens(path: Path) -> None:
    with path.open("rb") as stream:
        check_svg(stream)
    root: Any = ElementTree.parse(path).getroot()
    width = float(root.attrib["viewBox"].split()[2])
    for name in ("title", "desc"):
        assert root.findtext(f"{SVG}{name}"), name
    assert root.attrib["lang"] == "de"
    assert not re.search(r"https?://|url\(|<image|<style", path.read_text(encoding="utf-8").replace(SVG[1:-1], ""))
    for text in root.iter(f"{SVG}text"):
        # a screen of 320 pixels with a scroll bar leaves 271 for the picture
        assert float(text.attrib["font-size"]) * 271 / width >= 12, text.text


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_a_template_is_made_again_with_the_same_bytes(text: Path, tmp_path: Path) -> None:
    made = make_documents.make_document(text, tmp_path)

    assert made.read_bytes() == (FILES / made.name).read_bytes(), "python -m knowledge.starter.make_documents"


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_the_tables_of_a_text_fit_the_page(text: Path) -> None:
    content = tomllib.loads(text.read_text(encoding="utf-8"))
    room = 25.7 if content["landscape"] else 17.0
    for part in content["section"]:
        assert part.get("text") or part.get("bullets") or part.get("rows"), part["heading"]
        if part.get("rows"):
            assert {len(row) for row in part["rows"]} == {len(part["head"])} == {len(part["widths"])}, part[
                "heading"
            ]
            assert sum(part["widths"]) <= room + 0.01, part["heading"]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_each_item_of_a_word_checklist_has_role_and_reason(text: Path) -> None:
    for part in tomllib.loads(text.read_text(encoding="utf-8"))["section"]:
        head = part.get("head", [])
        for row in part.get("rows", []):
            if "Erledigt" in head:
                given = dict(zip(head, row, strict=True))
                assert given["Rolle"], given
                assert given["Grund"], given


def _roles_with_tasks(path: Path) -> set[str]:
    """Return the roles to which the tables of a Word file give tasks."""
    found: set[str] = set()
    for table in docx.Document(str(path)).tables:
        head = [cell.text for cell in table.rows[0].cells]
        if "Rolle" in head:
            found |= {word for row in table.rows[1:] for word in audiences_in(row.cells[head.index("Rolle")].text)}
    return found


@pytest.mark.parametrize("name", ["go-live-checkliste", "projektplan-efa-anschluss"])
def test_who_has_a_task_in_a_template_finds_it_on_the_page_of_the_role(name: str) -> None:
    page = (make_documents.TEXTS / f"{name}.md").read_text(encoding="utf-8")
    audience = re.search(r"^audience: \[(.*)\]$", page, re.MULTILINE)
    roles = _roles_with_tasks(FILES / f"{name}.docx")

    assert audience
    assert len(roles) >= 6
    assert roles <= set(audience[1].split(", "))


def _headings(document: Any) -> list[int]:
    names: list[str] = [paragraph.style.name for paragraph in document.paragraphs]
    return [int(name[-1]) for name in names if name.startswith("Heading")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_word_template_has_title_language_headings_and_marked_table_headers(path: Path) -> None:
    with path.open("rb") as stream:
        check_document(stream, path.name)
    document: Any = docx.Document(str(path))
    levels = _headings(document)

    assert document.core_properties.title
    assert document.core_properties.language == "de-DE"
    assert {lang.get(qn("w:val")) for lang in document.styles.element.iter(qn("w:lang"))} == {"de-DE"}
    assert document.paragraphs[0].style.name == "Title"
    assert levels
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    for table in document.tables:
        assert table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None


def test_the_register_inventory_has_title_language_and_a_real_table() -> None:
    book = load_workbook(FILES / "registerinventar.xlsx")

    assert book.properties.title
    assert book.properties.language == "de-DE"
    assert book["Registerinventar"].tables


def test_the_register_inventory_names_the_numbers_of_the_registers() -> None:
    sheet = load_workbook(FILES / "registerinventar.xlsx")["Registerinventar"]
    head = [cell.value for cell in sheet[1]]
    column = [row[head.index("Nr. der Anlage zum IDNrG")].value for row in sheet.iter_rows(min_row=2, max_row=16)]

    assert {int(number) for value in column for number in str(value).split(",")} == {
        1, 2, 11, 13, 21, 22, 23, 25, 29, 30, 33, 34, 35, 36, 38, 42,
    }  # fmt: skip
