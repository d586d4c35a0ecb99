"""The fact sheet as a file: what goes in comes out again, and what is wrong is said with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from wagtail.models import ModelLogEntry

from knowledge.content_io.exporter import export_directory
from knowledge.content_io.importer import Report, import_directory
from knowledge.models import Act, ArticlePage, Fact, GlossaryTerm, ImportRecord
from tests import factories
from tests.factories.files import ARTICLE, ARTICLE_FILE, folder, read_files, write_files

pytestmark = pytest.mark.django_db
SHEET = """# Faktenblatt: worauf sich die Aussagen der Seiten stützen (docs/facts.md).

[[fact]]
id = "K-01"
statement = "Er sagt \\"ja\\" \\\\ nein\\tund „doch“."
source = "Amtsblatt, 15.01.2025"
state = 2025-01-15
mark = "belegt"
unused = "Hintergrund."

[[fact]]
id = "O-12"
statement = "Am vierten Tag."
source = "§ 9 Abs. 1 OZG, Stand 19.08.2026"
url = "https://www.gesetze-im-internet.de/ozg/"
state = 2026-08-19
mark = "gesetzestext"
"""
NAMING = ARTICLE.replace("legal_basis", "facts: [O-12]\nlegal_basis")


def with_sheet(root: Path, sheet: str = SHEET, article: str = NAMING) -> Path:
    return write_files(folder(root), {"facts.toml": sheet, ARTICLE_FILE: article})


def run(root: Path, **options: Any) -> Report:
    report = import_directory(root, **options)
    assert not report.problems, [str(problem) for problem in report.problems]
    return report


def test_the_sheet_comes_in_before_the_pages_that_name_it(tmp_path: Path) -> None:
    run(with_sheet(tmp_path))

    fact = Fact.objects.get(identifier="O-12")
    assert (fact.statement, fact.state_date, fact.mark) == ("Am vierten Tag.", date(2026, 8, 19), "gesetzestext")
    assert Fact.objects.get(identifier="K-01").unused_reason == "Hintergrund."
    assert ArticlePage.objects.get().facts == ["O-12"]
    assert ModelLogEntry.objects.for_instance(fact).get().action == "wagtail.create"


def test_export_and_import_change_no_byte_and_nothing_stored(tmp_path: Path) -> None:
    run(with_sheet(tmp_path / "in"), starter=True)
    export_directory(tmp_path / "out")
    report = run(tmp_path / "out", starter=True)
    export_directory(tmp_path / "again")

    assert (tmp_path / "out" / "facts.toml").read_text(encoding="utf-8") == SHEET
    assert read_files(tmp_path / "again") == read_files(tmp_path / "out")
    assert report.written == report.skipped == 0


def test_a_portal_without_facts_exports_no_sheet(tmp_path: Path) -> None:
    export_directory(tmp_path)

    assert not (tmp_path / "facts.toml").exists()


def test_what_an_editor_has_changed_is_told_and_kept(tmp_path: Path) -> None:
    run(with_sheet(tmp_path))
    fact = Fact.objects.get(identifier="O-12")
    fact.statement = "Am vierten Tag nach der Bereitstellung."
    fact.save()
    write_files(tmp_path, {"facts.toml": SHEET.replace("Am vierten", "Spätestens am vierten")})

    assert run(tmp_path).edited == ["facts.toml (O-12)"]
    assert Fact.objects.get(identifier="O-12").statement == "Am vierten Tag nach der Bereitstellung."
    assert run(tmp_path, overwrite=True).changed == ["facts.toml (O-12)"]
    assert Fact.objects.get(identifier="O-12").statement == "Spätestens am vierten Tag."


def test_an_imported_change_sends_the_pages_to_review(tmp_path: Path) -> None:
    from portal.core.models import WorkItem

    run(with_sheet(tmp_path), starter=True)
    write_files(tmp_path, {"facts.toml": SHEET.replace("2026-08-19\n", "2026-11-01\n")})
    run(tmp_path, starter=True)

    item = WorkItem.objects.get(kind="review-fact")
    assert (item.page_id, item.note) == (ArticlePage.objects.get().pk, "O-12: Stand geändert (Stand 01.11.2026).")


def test_any_order_and_form_is_read_and_brought_into_the_one_form(tmp_path: Path) -> None:
    head, first, second = SHEET.split("[[fact]]\n")
    other = f"[[fact]]\n{second}\n# eine Notiz\n[[ fact ]]\n{first}".replace(
        '"Am vierten Tag."', '"""\nAm vierten Tag."""'
    )
    with_sheet(tmp_path, other.replace("\n", "\r\n"))
    call_command("format_content", str(tmp_path))

    assert (tmp_path / "facts.toml").read_text(encoding="utf-8") == SHEET
    assert head.startswith("#")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("statement = \"Am", "statment = \"Am", 13, "kennt der Typ fact nicht. Meinten Sie „statement“?"),
        ("state = 2026-08-19", "state = 2026-02-30", 16, "Das Datum gibt es nicht"),
        ("state = 2026-08-19", "state = 2026-13-01", 16, "Das Datum gibt es nicht"),
        ("state = 2026-08-19", "state = 19.08.2026", 16, "Form JJJJ-MM-TT"),
        ("state = 2026-08-19", "state = \"2026-02-30\"", 16, "„2026-02-30“ ist kein Datum"),
        ("state = 2026-08-19", "state = 2026-08-19T10:00:00", 16, "ist kein Datum"),
        ("state = 2026-08-19\n", "", 11, "Der Schlüssel „state“ fehlt"),
        ("source = \"§ 9 Abs. 1 OZG, Stand 19.08.2026\"\n", "", 11, "Der Schlüssel „source“ fehlt"),
        ('id = "O-12"', 'id = "K-01"', 12, "K-01 steht zweimal da, zuerst in Zeile 4."),
        ('id = "O-12"', 'id = "O12"', 12, "Die Kennung hat die Form „O-12“."),
        ('id = "O-12"\n', "", 11, "Der Schlüssel „id“ fehlt"),
        ('mark = "gesetzestext"', 'mark = "gesetzestxt"', 17, "Meinten Sie „gesetzestext“?"),
        ("https://www", "htp//www", 15, "„url“"),
        ('"Am vierten Tag."', f'"{"x" * 601}"', 13, "„statement“"),
        ('"Am vierten Tag."', '["a"]', 13, "Hier wird ein Text erwartet."),
        ('"Am vierten Tag."', "Am vierten Tag.", 13, "Texte stehen in Anführungszeichen."),
        ('"Am vierten Tag."', '"Am vierten Tag.', 13, "Anführungszeichen ist nicht geschlossen"),
        ('statement = "Am', 'statement "Am', 13, "fehlt ein Gleichheitszeichen"),
        ('mark = "gesetzestext"', 'mark = "gesetzestext"\nmark = "belegt"', 18, "Der Schlüssel steht zweimal da."),
        ('[[fact]]\nid = "O', '[[fakt]]\nid = "O', 11, "„fakt“ kennt sie nicht. Meinten Sie „fact“?"),
        ('[[fact]]\nid = "O', '[fact]\nid = "O', 11, "nicht lesbar"),
    ],
)  # fmt: skip
def test_a_fault_is_said_with_its_line_and_nothing_is_imported(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert old in SHEET
    found = [str(problem) for problem in import_directory(with_sheet(tmp_path, SHEET.replace(old, new))).problems]

    assert [text for text in found if text.startswith(f"facts.toml:{line}: ") and message in text], found
    assert not Fact.objects.exists() | ArticlePage.objects.exists() | ImportRecord.objects.exists()


def test_no_other_fault_is_made_up_where_the_sheet_cannot_be_read(tmp_path: Path) -> None:
    problems = import_directory(with_sheet(tmp_path, SHEET.replace("[[fact]]", "[[fact", 1))).problems

    assert [problem.file for problem in problems] == ["facts.toml"]
    (tmp_path / "facts.toml").write_bytes(b"\xff\xfe")
    assert [problem.file for problem in import_directory(tmp_path).problems] == ["facts.toml"]


@pytest.mark.parametrize("name", ["O-13", "QQQQ"])
def test_a_page_names_only_facts_that_exist(tmp_path: Path, name: str) -> None:
    root = with_sheet(tmp_path, article=NAMING.replace("[O-12]", f"[K-01, {name}]"))
    found = [str(problem) for problem in import_directory(root).problems]

    hint = "Meinten Sie „O-12“?" if name == "O-13" else "Alle Kennungen stehen im Faktenblatt."
    assert found == [f"{ARTICLE_FILE}:6: Den Fakt „{name}“ gibt es nicht. {hint}"]
    assert not Fact.objects.exists()


def test_a_page_may_name_a_fact_the_portal_has_already(tmp_path: Path) -> None:
    factories.fact("O-12")
    run(write_files(folder(tmp_path), {ARTICLE_FILE: NAMING}))

    assert ArticlePage.objects.get().facts == ["O-12"]


def test_a_fact_is_no_markdown_file(tmp_path: Path) -> None:
    write_files(folder(tmp_path), {"fakten/O-12.md": "---\ntype: fact\nid: O-12\n---\n"})
    found = [str(problem) for problem in import_directory(tmp_path).problems]

    assert found == ["fakten/O-12.md:2: Der Typ fact steht in der Datei facts.toml."]


def test_a_part_of_the_content_is_imported_with_the_facts_there_are(tmp_path: Path) -> None:
    with_sheet(tmp_path)
    report = import_directory(tmp_path, only="fakten")

    assert report.created == ["facts.toml (K-01)", "facts.toml (O-12)"]
    assert not ArticlePage.objects.exists()


TERM = """---
type: term
term: Postfach
facts: [O-12]
---

Teil des Nutzerkontos.
"""
ACT = """---
type: act
abbreviation: SGB X
title: Zehntes Buch Sozialgesetzbuch
level: bund
facts: [O-12]
provisions:
  - ref: § 37 Abs. 2
    summary: Am vierten Tag.
---

Sozialverfahren.
"""


def test_terms_and_acts_name_facts_and_keep_them(tmp_path: Path) -> None:
    entries = {"glossar/postfach.md": TERM, "recht/sgb-x.md": ACT}
    run(write_files(with_sheet(tmp_path / "in"), entries))

    assert GlossaryTerm.objects.get(slug="postfach").facts == ["O-12"]
    assert Act.objects.get(slug="sgb-x").facts == ["O-12"]
    export_directory(tmp_path / "out", drafts=True)
    written = read_files(tmp_path / "out")
    assert {name: written[name].decode() for name in entries} == entries
    again = run(tmp_path / "out")
    assert (again.created, again.changed) == ([], [])
    for model in (GlossaryTerm, Act):
        model.objects.update(live=True)
    for address in ("/glossar/postfach.md", "/recht/sgb-x.md", "/recht/sgb-x/"):
        response = Client().get(address)
        assert response.status_code == 200
        assert "O-12" not in response.content.decode()


def test_an_entry_names_only_facts_that_exist(tmp_path: Path) -> None:
    files = {"glossar/postfach.md": TERM.replace("O-12", "O-13")}
    report = import_directory(write_files(with_sheet(tmp_path), files))

    found = [str(problem) for problem in report.problems]
    assert found == ["glossar/postfach.md:4: Den Fakt „O-13“ gibt es nicht. Meinten Sie „O-12“?"]
    assert not GlossaryTerm.objects.exists()
