"""Rules of the style sheets and scripts that no linter knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHEETS = [path for path in sorted((ROOT / "static" / "css").glob("*.css")) if path.name != "pdf.css"]
TEMPLATES = [
    path
    for folder in ("portal", "knowledge", "faq", "search", "consultations")
    for path in sorted((ROOT / folder).glob("**/templates/**/*.html"))
]
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\b(?:rgba?|hsla?|oklch|hwb|lab|lch)\(")
# WeasyPrint and mails cannot read KERN's tokens.
OWN_STYLE = ("/pdf.html", "/email/")


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_colours_come_from_the_design_system(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert COLOUR.findall(text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_templates_have_no_inline_style_or_script(path: Path) -> None:
    if any(part in path.as_posix() for part in OWN_STYLE):
        pytest.skip("not a page of the portal")
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", text)
    for attributes in re.findall(r"<script([^>]*)>", text):
        assert "src=" in attributes or "json" in attributes
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)


@pytest.mark.parametrize(
    "path", [*SHEETS, *sorted((ROOT / "static" / "js").glob("*.js"))], ids=lambda path: path.name
)
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 400


def test_lock_file_names_no_download_addresses() -> None:
    text = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity"' in text
