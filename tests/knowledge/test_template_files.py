"""A template is a file to be edited, whoever puts it there."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from knowledge.models.template import file_error
from portal.core.review.validation import rule_errors
from tests import factories
from tests.core import files
from tests.factories.content import document

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["a.docx", "B.XLSX", "c.odt"])
def test_what_can_be_edited_is_taken(name: str) -> None:
    assert file_error(name) == ""


def test_any_other_file_goes_not_live() -> None:
    page = factories.template(file=document("Merkblatt.pdf", files.pdf("Größe prüfen")))
    assert "Word (.docx), Excel (.xlsx) oder OpenDocument (.odt)" in dict(rule_errors(page))["file"]
    assert "file" not in dict(rule_errors(factories.template("Liste")))


def test_an_import_names_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = factories.template()
    call_command("export_content", str(tmp_path), verbosity=0)
    file = tmp_path / f"vorlagen/{page.slug}.md"
    other = tmp_path / "dateien/merkblatt.pdf"
    other.write_bytes(files.pdf("Größe prüfen"))
    lines = file.read_text().splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith("file:"))
    lines[number] = f"file: dateien/{other.name}"
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(CommandError):
        call_command("import_content", str(tmp_path), verbosity=0)
    assert f"{page.slug}.md:{number + 1}: Eine Vorlage ist" in capsys.readouterr().err
