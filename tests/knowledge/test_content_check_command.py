"""`manage.py content_check`: reports, exit codes, options, and the starter content itself."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from knowledge.content_check.open_points import OpenPoint
from knowledge.content_check.rule_files import read_open_points
from knowledge.content_check.run import STARTER
from knowledge.models import Act
from tests import factories
from tests.factories.files import ARTICLE, ARTICLE_FILE, folder, write_files

pytestmark = pytest.mark.django_db


def run(*args: Any, **options: Any) -> tuple[str, int]:
    """Return what the command says, and its exit code."""
    out = StringIO()
    try:
        call_command("content_check", *args, stdout=out, **options)
    except SystemExit as stop:
        return out.getvalue(), int(str(stop.code))
    return out.getvalue(), 0


def test_the_report_is_grouped_by_file_and_errors_fail(tmp_path: Path) -> None:
    text, code = run(folder(tmp_path))

    assert code == 1
    assert f"\n{ARTICLE_FILE}\n  {ARTICLE_FILE}:1: Warnung [fakten]" in f"\n{text}"
    assert f"  {ARTICLE_FILE}:1: Fehler [quellen] Der Stand fehlt." in text
    assert "quellen: Quellen sind genannt und haben ein Datum" in text
    assert text.rstrip().endswith("6 Inhalte geprüft: 4 Fehler, 5 Warnungen.")


def test_warnings_fail_only_when_strict(tmp_path: Path) -> None:
    root = folder(tmp_path)

    assert run(root, only=["fakten"])[1] == 0
    assert run(root, only=["fakten"], strict=True)[1] == 1
    assert run(root, only=["links"], strict=True) == ("6 Inhalte geprüft: 0 Fehler, 0 Warnungen.\n", 0)


def test_programs_get_json(tmp_path: Path) -> None:
    text, code = run(folder(tmp_path), only=["quellen"], format="json")
    data = json.loads(text)

    assert (code, data["errors"], data["warnings"]) == (1, 4, 1)
    assert next(found for found in data["findings"] if found["file"] == ARTICLE_FILE) == {
        "file": ARTICLE_FILE,
        "line": 1,
        "check": "quellen",
        "severity": "error",
        "message": "Der Stand fehlt. Ergänzen Sie „content_as_of“ mit dem Datum der neuesten Aussage.",
    }


def test_a_folder_alone_does_not_know_the_portal_and_changes_nothing(tmp_path: Path) -> None:
    root = folder(tmp_path)
    factories.act("HEGovG")
    write_files(root, {ARTICLE_FILE: ARTICLE.replace("[§ 9 Abs. 1 OZG]", "[§ 1 HEGovG]")})

    assert "HEGovG" not in run(root, only=["einlesen"])[0]
    assert "„§ 1 HEGovG“ nennt keine bekannte Rechtsvorschrift" in run(root, only=["einlesen"], alone=True)[0]
    assert [act.abbreviation for act in Act.objects.all()] == ["HEGovG"]


def test_without_a_folder_the_portal_is_checked() -> None:
    assert run(portal=True) == run()
    assert "Inhalte geprüft: " in run()[0]


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        (["gibt-es-nicht"], {}, "Den Ordner „gibt-es-nicht“ gibt es nicht."),
        ([], {"laws": Path("nirgends")}, "Den Ordner „nirgends“ gibt es nicht."),
        ([], {"only": ["qellen"]}, "Meinten Sie „quellen“?"),
        ([], {"alone": True}, "--alone prüft einen Ordner."),
        ([str(STARTER)], {"portal": True}, "nicht beides"),
    ],
)
def test_wrong_options_are_refused_in_words(args: list[str], options: dict[str, Any], message: str) -> None:
    with pytest.raises(CommandError, match=message.replace("?", r"\?")):
        run(*args, **options)


@pytest.mark.once
@pytest.mark.slow
def test_the_starter_content_passes() -> None:
    text, code = run(STARTER, alone=True, strict=True)

    assert code == 0, text


CLAIMS = {
    "U-01": (
        "Die Beratung der Kompetenzstelle ist kostenlos.",
        "Ob die Beratung kostenlos ist, ist nicht bekannt.",
    ),
    "U-02": ("Der NOOTS-Staatsvertrag ist in Kraft.", "Ob der Staatsvertrag in Kraft ist, ist nicht belegt."),
    "U-03": ("Die DeutschlandID ist eingeführt.", "Ob die DeutschlandID eingeführt ist, ist nicht belegt."),
    "U-04": (
        "Das HVwVfG hat die Vier-Tage-Frist.",
        "Ob das HVwVfG die Vier-Tage-Frist übernommen hat, ist offen.",
    ),
    "U-05": ("Das Land trägt die Kosten der EfA-Dienste.", "Das Land trägt die Kosten der fünf Leistungen."),
    "U-06": ("Sie müssen die Seiten übersetzen.", "Müssen wir die Seiten übersetzen?"),
    "U-07": ("Modul 3 behandelt die Auswertung.", "Modul 3 ist in der Quelle nicht beschrieben."),
    "U-08": ("Die Protokollpflicht gilt seit Juli.", "Ob die Protokollpflicht gilt, ist offen."),
}


def test_each_open_point_of_the_starter_content_knows_a_claim_from_a_question() -> None:
    rules = read_open_points(STARTER)
    points = {row.part: OpenPoint(row.document.meta) for row in rules.rows if row.document}

    assert not rules.problems
    assert set(points) == set(CLAIMS)
    for name, (claim, question) in CLAIMS.items():
        assert points[name].says(claim), claim
        assert not points[name].says(question), question
