"""Deadlines as a file: what goes in comes out again, and what is wrong is said with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from wagtail.models import Revision

from knowledge.content_io.exporter import export_directory
from knowledge.content_io.importer import Report, import_directory
from knowledge.deadlines.services import settle_passed
from knowledge.models import ArticlePage, Deadline, GoneDeadline, ImportRecord
from tests import factories
from tests.factories.files import ARTICLE_FILE, folder, read_files, write_files

pytestmark = pytest.mark.django_db
PAGE = ARTICLE_FILE.removesuffix(".md")
TOPIC = PAGE.rpartition("/")[0]
SHEET = f"""# Fristen: was wann fällig ist oder gilt, wen es bindet und worauf es beruht (docs/deadlines.md).

[[deadline]]
id = "idnr"
title = "Nummer speichern"
kind = "pflicht"
date = 2026-12-31
binds = ["bund", "kommune"]
status = "kommt"
text = "Register **führen** die Nummer."
topic = "{TOPIC}"
legal_basis = ["§ 9 Abs. 1 OZG"]
state = 2026-08-19
facts = ["O-12"]
articles = ["{PAGE}"]

[[deadline]]
id = "konten"
title = "Länderkonten"
kind = "befristung"
without_date = "drei Jahre ab Bekanntmachung"
binds = ["land"]
status = "offen"
text = "Noch offen."
source = "Amtsblatt"
url = "https://example.org/"
state = 2026-08-19
"""


def with_sheet(root: Path, sheet: str = SHEET) -> Path:
    return write_files(folder(root), {"deadlines.toml": sheet})


def run(root: Path, **options: Any) -> Report:
    report = import_directory(root, **options)
    assert not report.problems, [str(problem) for problem in report.problems]
    return report


@pytest.fixture(autouse=True)
def _fact() -> None:
    factories.fact("O-12")


def test_the_sheet_comes_in_with_pages_topic_and_versions(tmp_path: Path) -> None:
    run(with_sheet(tmp_path), starter=True)

    found = Deadline.objects.get(slug="idnr")
    assert (found.day, found.binds, found.live) == (date(2026, 12, 31), ["bund", "kommune"], True)
    assert [row.target_id for row in found.articles.all()] == [ArticlePage.objects.get().pk]
    assert found.topic.slug == TOPIC.rpartition("/")[2]
    assert found.live_revision is not None
    assert found.sequence == 0
    assert Deadline.objects.get(slug="konten").day_note == "drei Jahre ab Bekanntmachung"


def test_what_is_no_starter_content_waits_for_its_review(tmp_path: Path) -> None:
    run(with_sheet(tmp_path))

    assert not Deadline.objects.filter(live=True).exists()
    export_directory(tmp_path / "live")
    export_directory(tmp_path / "all", drafts=True)
    assert not (tmp_path / "live" / "deadlines.toml").exists()
    assert (tmp_path / "all" / "deadlines.toml").read_text(encoding="utf-8") == SHEET


def test_export_and_import_change_no_byte_and_make_no_version(tmp_path: Path) -> None:
    run(with_sheet(tmp_path / "in"), starter=True)
    export_directory(tmp_path / "out")
    revisions = Revision.objects.count()
    report = run(tmp_path / "out", starter=True)
    export_directory(tmp_path / "again")

    assert (tmp_path / "out" / "deadlines.toml").read_text(encoding="utf-8") == SHEET
    assert read_files(tmp_path / "again") == read_files(tmp_path / "out")
    assert (report.written, report.skipped, Revision.objects.count()) == (0, 0, revisions)


def test_a_portal_built_anew_hands_out_the_same_calendar_entries(tmp_path: Path) -> None:
    run(with_sheet(tmp_path / "in"), starter=True)
    old = Deadline.objects.get(slug="idnr")
    Deadline.objects.filter(pk=old.pk).update(uid=uuid4(), uid_host="alt.example", sequence=3)
    Deadline.objects.filter(slug="konten").update(slug="umbenannt")
    before = {row.slug: (row.calendar_uid, row.sequence) for row in Deadline.objects.all()}
    assert run(tmp_path / "in", only="fristen/idnr").edited == []  # neither of them is an edit

    export_directory(tmp_path / "out")
    assert run(tmp_path / "out").written == 0
    for model in (Deadline, GoneDeadline, ImportRecord):
        model.objects.all().delete()
    run(tmp_path / "out", starter=True)
    assert {row.slug: (row.calendar_uid, row.sequence) for row in Deadline.objects.all()} == before
    export_directory(tmp_path / "again")
    assert read_files(tmp_path / "again") == read_files(tmp_path / "out")


def test_what_is_made_again_from_its_file_is_newer_than_what_calendars_hold(tmp_path: Path) -> None:
    run(with_sheet(tmp_path), starter=True)
    Deadline.objects.filter(slug="idnr").update(sequence=3)
    uid = Deadline.objects.get(slug="idnr").calendar_uid
    Deadline.objects.all().delete()
    for number in ("", "sequence = 2\n", "sequence = 9\n"):
        with_sheet(tmp_path, SHEET.replace('facts = ["O-12"]\n', f'facts = ["O-12"]\n{number}'))
        run(tmp_path, starter=True, overwrite=True)
        made = Deadline.objects.get(slug="idnr")
        assert (made.calendar_uid, made.sequence) == (uid, {"": 4, "sequence = 2\n": 5}.get(number, 9))
        Deadline.objects.all().delete()


def test_a_uid_belongs_to_one_deadline(tmp_path: Path) -> None:
    uid = "frist-0c5bd3ac-35e9-5a41-8f0b-0a53c8c3a4a1@alt.example"
    sheet = SHEET.replace("state = 2026-08-19\n", f'state = 2026-08-19\nuid = "{uid}"\n')
    found = [str(problem) for problem in import_directory(with_sheet(tmp_path, sheet)).problems]

    assert found == [f"deadlines.toml:29: „{uid}“ gehört schon zu fristen/idnr."]
    assert not Deadline.objects.exists()


def test_a_passed_day_is_no_edit_and_a_later_file_still_comes_in(tmp_path: Path) -> None:
    run(with_sheet(tmp_path), starter=True)
    settle_passed(today=date(2027, 1, 1))

    assert run(tmp_path, starter=True).skipped == 0
    assert Deadline.objects.get(slug="idnr").status == "verstrichen"
    with_sheet(tmp_path, SHEET.replace("die Nummer.", "die neue Nummer."))
    assert run(tmp_path, starter=True).changed == ["deadlines.toml (idnr)"]
    assert settle_passed(today=date(2027, 1, 1)) == "1 Frist verstrichen"
    assert Deadline.objects.get(slug="idnr").text == "Register **führen** die neue Nummer."


def test_what_an_editor_has_changed_is_told_and_kept(tmp_path: Path) -> None:
    run(with_sheet(tmp_path), starter=True)
    deadline = Deadline.objects.get(slug="idnr")
    deadline.text = "Von Hand."
    deadline.save_revision().publish()
    with_sheet(tmp_path, SHEET.replace("die Nummer.", "die neue Nummer."))

    assert run(tmp_path, starter=True).edited == ["deadlines.toml (idnr)"]
    assert Deadline.objects.get(slug="idnr").text == "Von Hand."


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('id = "konten"', 'id = "idnr"', 18, "idnr steht zweimal da, zuerst in Zeile 4."),
        ('id = "konten"', 'id = "Länder Konten"', 18, "„id“"),
        ("date = 2026-12-31", "date = 31.02.2027", 7, "Das Datum gibt es nicht"),
        ("date = 2026-12-31", 'date = "31.02.2027"', 7, "„31.02.2027“ ist kein Datum der Form JJJJ-MM-TT."),
        ("date = 2026-12-31", "date = 0026-12-31", 7, "Das Jahr 26 kann nicht stimmen."),
        ("date = 2026-12-31", "date = 2027-02-31", 7, "Das Datum gibt es nicht"),
        ("date = 2026-12-31\n", "", 3, "Geben Sie ein Datum an, oder sagen Sie, wovon der Termin abhängt."),
        ("without_date", "date = 2027-01-01\nwithout_date", 22, "Es gibt schon ein Datum."),
        ("without_date", "without_dat", 21, "Meinten Sie „without_date“?"),
        ('["O-12"]', '["O-13"]', 14, "Den Fakt „O-13“ gibt es nicht. Meinten Sie „O-12“?"),
        ("§ 9 Abs. 1 OZG", "§ 9 Abs. 1 OGZ", 12, "nennt keine bekannte Rechtsvorschrift"),
        (f'articles = ["{PAGE}"]', f'articles = ["{PAGE}r"]', 15, "gibt es nicht. Meinten Sie"),
        (f'topic = "{TOPIC}"', f'topic = "{PAGE}"', 11, "erlaubt ist hier: topic"),
        ('status = "offen"', 'status = "abgelaufen"', 23, "ist hier nicht erlaubt"),
        ('status = "offen"', 'status = "verstrichen"', 23, "Termin verstrichen – Pflicht gilt weiter"),
        ('binds = ["land"]', "binds = []", 22, "Wählen Sie, wen die Frist bindet."),
        ('binds = ["land"]', 'binds = ["lant"]', 22, "Meinten Sie „land“?"),
        ('source = "Amtsblatt"\n', "", 17, "Nennen Sie die Rechtsgrundlage oder eine Quelle."),
        ('kind = "pflicht"', 'kind = "plicht"', 6, "Meinten Sie „pflicht“?"),
        ("state = 2026-08-19\nfacts", 'state = 2026-08-19\nuid = "quatsch"\nfacts', 14, "aus einem Export"),
    ],
)  # fmt: skip
def test_a_fault_is_said_with_its_line_and_nothing_is_imported(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert old in SHEET
    found = [str(problem) for problem in import_directory(with_sheet(tmp_path, SHEET.replace(old, new))).problems]

    here = [text for text in found if text.startswith(f"deadlines.toml:{line}: ")]
    assert [message in text for text in here] == [True], found
    assert not Deadline.objects.exists() | ArticlePage.objects.exists() | ImportRecord.objects.exists()


def test_a_threshold_to_come_is_not_open(tmp_path: Path) -> None:
    sheet = SHEET.replace('"pflicht"', '"schwelle"').replace("2026-12-31", "2126-12-31")
    sheet = sheet.replace('status = "kommt"', 'status = "offen"')
    (found,) = import_directory(with_sheet(tmp_path, sheet)).problems

    assert (found.file, found.line) == ("deadlines.toml", 9)
    assert "Der Tag der Schwelle kommt noch: Wählen Sie „kommt“." in found.message
