"""Ways in by role as files: what goes in comes out again, and what is wrong is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.content_io.exporter import export_directory
from knowledge.content_io.importer import import_directory
from knowledge.models import RolePage
from tests import factories
from tests.factories.files import ARTICLE_FILE, folder, read_files, write_files

pytestmark = pytest.mark.django_db
PAGE = ARTICLE_FILE.removesuffix(".md")
IT = f"""---
type: role
title: Einstieg für die IT
role: it
phrase: in der IT
summary: Schnittstellen und Standards.
first: [{PAGE}]
facts: [O-12]
---
"""
INDEX = "---\ntype: role_index\ntitle: Einstieg nach Rolle\n---\n"


@pytest.fixture(autouse=True)
def _fact() -> None:
    factories.fact("O-12")


def with_roles(root: Path, **files: str) -> Path:
    return write_files(folder(root), {"rollen/index.md": INDEX, **{f"rollen/{k}.md": v for k, v in files.items()}})


def test_what_goes_in_comes_out_again(tmp_path: Path) -> None:
    root = with_roles(tmp_path / "in", it=IT)
    report = import_directory(root, starter=True)
    assert not report.problems, [str(problem) for problem in report.problems]
    page = RolePage.objects.get(role="it")
    assert [row.target.slug for row in page.first_pages.all()] == [PAGE.rpartition("/")[2]]
    export_directory(tmp_path / "out")
    out = read_files(tmp_path / "out")
    assert out["rollen/it.md"].decode() == IT
    assert out["rollen/index.md"].decode() == INDEX
    assert import_directory(tmp_path / "out").written == 0


@pytest.mark.parametrize(
    ("changed", "line", "words"),
    [
        (IT.replace("role: it", "role: itt"), 4, "Meinten Sie „it“?"),
        (IT.replace("role: it\n", ""), 1, "Der Schlüssel „role“ fehlt"),
        (IT.replace("facts:", "fakts:"), 8, "Meinten Sie „facts“?"),
        (IT.replace(f"[{PAGE}]", "[themen/gibt-es-nicht]"), 7, "gibt es nicht"),
        (IT.replace(f"[{PAGE}]", f"[{', '.join([PAGE] * 4)}]"), 7, "Höchstens 3 Seiten"),
        (IT.replace("O-12", "Z-99"), 8, "Z-99"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, changed: str, line: int, words: str) -> None:
    report = import_directory(with_roles(tmp_path, it=changed))
    found = [problem for problem in report.problems if problem.file == "rollen/it.md"]
    assert len(found) == 1, [str(problem) for problem in report.problems]
    assert found[0].line == line
    assert words in found[0].message
    assert not RolePage.objects.exists()


def test_two_pages_for_one_role_are_refused(tmp_path: Path) -> None:
    report = import_directory(with_roles(tmp_path, it=IT, technik=IT.replace("für die IT", "für Technik")))
    assert {problem.file for problem in report.problems} == {"rollen/it.md", "rollen/technik.md"}
    assert all("schon eine Seite" in problem.message for problem in report.problems)
    assert not RolePage.objects.exists()


def test_a_role_of_the_portal_is_not_taken_by_another_page(tmp_path: Path) -> None:
    import_directory(with_roles(tmp_path / "one", it=IT))
    report = import_directory(with_roles(tmp_path / "two", technik=IT))
    assert [problem.file for problem in report.problems] == ["rollen/technik.md"]
