"""Decision helps as files: bad trees with file and line, nothing half-imported, what comes out is what went in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wagtail.models import Revision

from knowledge.content_io.exporter import export_directory
from knowledge.content_io.importer import import_directory
from knowledge.models import ArticlePage, DecisionHelpPage
from tests import factories
from tests.factories.decisions import nodes
from tests.factories.files import folder, read_files, write_files

pytestmark = pytest.mark.django_db

FILE = "entscheidungshilfen/uebergroesse.md"
INDEX = "---\ntype: decision_index\ntitle: Entscheidungshilfen\n---\n"
HELP = """---
type: decision
title: Brauchen wir Übergröße?
short_answer: Zwei Fragen zur Größe.
legal_basis: [§ 9 Abs. 1 OZG]
nodes:
  - key: recht
    question: Welches Recht führen Sie aus?
    help: |-
      Sehen Sie nach.

      Es steht im **Gesetz**.
    answers:
      - label: Bundesrecht
        next: ersetzt
      - label: Landesrecht
        next: pruefen
  - key: ersetzt
    result: Sie brauchen keine Übergröße.
    why: So steht es im Gesetz.
    legal_basis: [§ 9 Abs. 1 OZG]
    todo:
      - Streichen Sie das Feld, wenn es zu groß ist.
      - 'Halten Sie fest: Größe und Maß, und warum das Feld nach dem Gesetz nicht nötig ist.'
    articles: [themen/buergerbuero/aemter-oeffnen]
    advice: Übergröße
  - key: pruefen
    result: Gesondert prüfen.
    sources:
      - title: Amtsblatt, 19.08.2026
        url: https://example.org/
---
"""


def with_help(root: Path, text: str = HELP) -> Path:
    return write_files(folder(root), {"entscheidungshilfen/index.md": INDEX, FILE: text})


def test_what_was_imported_is_exported_to_the_byte_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    report = import_directory(with_help(tmp_path / "a"), starter=True)
    assert report.problems == []
    page = DecisionHelpPage.objects.get()
    assert [node.key for node in page.tree.nodes] == ["recht", "ersetzt", "pruefen"]
    assert page.tree.faults == []
    assert [child["value"] for child in page.body.raw_data[1]["value"]["articles"]] == [
        ArticlePage.objects.get().pk
    ]
    export_directory(tmp_path / "b")
    assert read_files(tmp_path / "b")[FILE].decode() == HELP
    before = Revision.objects.count()
    again = import_directory(tmp_path / "b", starter=True)
    assert (again.written, again.problems, Revision.objects.count()) == (0, [], before)


def test_ids_an_editor_made_are_kept(tmp_path: Path) -> None:
    factories.act()
    page = factories.decision(body=nodes())
    page.save_revision().publish()
    before = page.body.get_prep_value()
    export_directory(tmp_path)
    report = import_directory(tmp_path, overwrite=True, starter=True)
    assert (report.written, report.problems) == (0, [])
    file = tmp_path / f"entscheidungshilfen/{page.slug}.md"
    assert f"id: {before[0]['id']}" in file.read_text()
    assert f"id: {before[0]['value']['answers'][0]['id']}" in file.read_text()
    file.write_text(file.read_text().replace("Feld streichen.", "Feld ganz streichen."))
    assert import_directory(tmp_path, overwrite=True, starter=True).changed
    after = DecisionHelpPage.objects.get(pk=page.pk).body.get_prep_value()
    assert [node["id"] for node in after] == [node["id"] for node in before]
    assert [row["id"] for row in after[0]["value"]["answers"]] == [
        row["id"] for row in before[0]["value"]["answers"]
    ]
    assert after[2]["value"]["todo"].startswith("Feld ganz")


def test_a_dry_run_writes_nothing_and_an_edit_is_not_overwritten(tmp_path: Path) -> None:
    root = with_help(tmp_path)
    assert import_directory(root, starter=True, dry_run=True).written
    assert not DecisionHelpPage.objects.exists()
    import_directory(root, starter=True)
    page = DecisionHelpPage.objects.get()
    page.short_answer = "Von Hand geändert."
    page.save_revision().publish()
    (root / FILE).write_text(HELP.replace("Gesondert prüfen.", "Anders prüfen."))
    report = import_directory(root, starter=True)
    assert report.edited == [FILE]
    assert DecisionHelpPage.objects.get().short_answer == "Von Hand geändert."


def test_an_article_that_is_not_published_is_not_lost(tmp_path: Path) -> None:
    """The export of what is published cannot name it; the import of the changed file puts it back."""
    import_directory(with_help(tmp_path / "a"), starter=True)
    ArticlePage.objects.get().unpublish()
    export_directory(tmp_path / "b")
    file = tmp_path / "b" / FILE
    assert "aemter-oeffnen" not in file.read_text()
    file.write_text(file.read_text().replace("Sie brauchen keine", "Sie brauchen gar keine"))
    assert import_directory(tmp_path / "b", overwrite=True, starter=True).changed
    page = DecisionHelpPage.objects.get()
    assert [node.key for node in page.tree.nodes] == ["recht", "ersetzt", "pruefen"]
    assert len(page.body.raw_data[1]["value"]["articles"]) == 1
    assert page.tree.nodes[1].title.startswith("Sie brauchen gar")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("next: pruefen", "next: recht", 17, "im Kreis: recht → recht"),
        ("        next: pruefen\n", "", 16, "Sackgasse"),
        ("next: pruefen", "next: pruefn", 17, "Meinten Sie „pruefen“?"),
        ("next: pruefen", "next: ersetzt", 27, "„pruefen“ erreicht niemand"),
        ("key: pruefen", "key: ersetzt", 27, "„ersetzt“ steht zweimal da"),
        ("    legal_basis: [§ 9 Abs. 1 OZG]\n    todo", "    todo", 18, "keine Rechtsgrundlage und keine Quelle"),
        ("    legal_basis: [§ 9 Abs. 1 OZG]\n    todo", "    legal_basis: [§ 1 XYZG]\n    todo", 21, "keine bek"),
        ("articles: [themen", "articles: [thema", 25, "gibt es nicht"),
        ("aemter-oeffnen]", "wie-oeffnen-wir, recht/ozg]", 25, "gibt es nicht"),
        ("    question: Welches", "    frage: Welches", 8, "„frage“ ist hier nicht bekannt"),
        ("    result: Gesondert", "    resutl: Gesondert", 28, "nicht bekannt"),
        ("      - label: Landesrecht", "      - lable: Landesrecht", 16, "Meinten Sie „label“?"),
        ("https://example.org/", "javascript:alert(1)", 31, "keine Adresse"),
        ("label: Landesrecht", "label: Bundesrecht!", 16, "gibt es bei dieser Frage schon"),
        ("question: Welches Recht führen Sie aus?", "question: " + "ä" * 400, 8, "länger als 300 Zeichen"),
        ("key: recht", "key: Größe", 7, "ist kein Kürzel"),
        ("    answers:\n", "    id: '!'\n    answers:\n", 13, "keine Kennung eines Blocks"),
        ("nodes:\n", "nodes: []\nxnodes:\n", 7, "Meinten Sie „nodes“?"),
        ("  - key: recht\n    question", "  - Unsinn\n  - key: recht\n    question", 7, "besteht aus Zeilen"),
    ],
)  # fmt: skip
def test_a_bad_tree_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in HELP
    found = [
        str(problem)
        for problem in import_directory(with_help(tmp_path, HELP.replace(old, new)), starter=True).problems
    ]
    assert not DecisionHelpPage.objects.exists()
    assert not ArticlePage.objects.exists()
    assert any(text.startswith(f"{FILE}:{line}: ") and message in text for text in found), found


def test_a_page_below_the_wrong_parent_is_refused(tmp_path: Path) -> None:
    root = write_files(folder(tmp_path), {"themen/uebergroesse.md": HELP})
    found: list[Any] = import_directory(root, starter=True).problems
    assert any("steht nur unter: decision_index" in str(problem) for problem in found)
