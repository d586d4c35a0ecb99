"""Federal acts that give way to Land law: what binds municipalities is what a page names."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.content_check.registry import Severity
from knowledge.models import Deadline
from tests.core import files
from tests.factories.checked import FEDERAL, LAND, PAGE, clean_folder, found, with_text
from tests.factories.files import ARTICLE_FILE, write_files

pytestmark = pytest.mark.django_db

# Another act of the Land, which says nothing about administrative procedure.
OTHER = LAND.replace("HVwVfG", "HEGovG").replace(
    "Hessisches Verwaltungsverfahrensgesetz", "Hessisches E-Government-Gesetz"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return clean_folder(tmp_path)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Der Bescheid gilt.", 1),
        ("Ob das HVwVfG das übernommen hat, ist offen.", 0),
        ("Der Wortlaut des Landesrechts ist nicht geprüft.", 0),
        ("Der Wortlaut des Landesrechts ist nicht geprüft, auch nicht der des HEGovG.", 0),
        ("Das hessische Recht ist hier nicht geprüft.", 0),
        ("Was das Hessische Verwaltungsverfahrensgesetz sagt, steht dort.", 0),
        ("Es gilt der Text des Hessischen Verwaltungsverfahrensgesetzes.", 0),
        ("Der Wortlaut des EGovG ist nicht geprüft.", 1),
        ("Das Hessische E-Government-Gesetz (HEGovG) gilt auch. Sein Wortlaut ist nicht geprüft.", 1),
        ("Der Wortlaut des Hessischen E-Government-Gesetzes ist nicht geprüft.", 1),
        ("Landesrecht darf abweichen. Der Wortlaut des HEGovG ist nicht geprüft.", 1),
        ("Der Wortlaut der Hessischen Gemeindeordnung ist nicht geprüft.", 1),
    ],
)
def test_a_federal_act_that_gives_way_does_not_stand_alone(root: Path, text: str, count: int) -> None:
    page = with_text(text).replace("[§ 9 Abs. 1 OZG]", "[§ 41 Abs. 2 VwVfG]")
    write_files(root, {ARTICLE_FILE: page, "recht/hegovg.md": OTHER})

    findings = found(root, "bindung")

    assert [(item.line, item.severity) for item in findings] == [(6, Severity.ERROR)] * count
    assert all("Nennen Sie HVwVfG dazu" in item.message for item in findings)


@pytest.mark.parametrize(("more", "count"), [("Mehr steht dort.", 1), ("Es gilt das HVwVfG.", 0)])
def test_a_file_to_download_names_the_law_of_the_land_itself(root: Path, more: str, count: int) -> None:
    write_files(root, {"dateien/antrag.docx": files.docx("Antrag", "Nach § 41 Abs. 2 VwVfG.", more)})
    said = [("dateien/antrag.docx", 2, Severity.WARNING)] * count
    assert [(item.file, item.line, item.severity) for item in found(root, "bindung")] == said


def test_the_data_of_the_act_decide_and_no_list(root: Path) -> None:
    other = FEDERAL.replace("binds: nein-landesrecht", "binds: ja")
    write_files(
        root, {ARTICLE_FILE: PAGE.replace("§ 9 Abs. 1 OZG]", "§ 41 Abs. 2 VwVfG]"), "recht/vwvfg.md": other}
    )

    assert found(root, "bindung") == []


def test_law_of_the_land_leads_to_its_wording(root: Path) -> None:
    write_files(root, {"recht/hvwvfg.md": LAND.replace("source_url: https://recht.example/\n", "")})

    assert [(item.file, item.line, item.check) for item in found(root)] == [("recht/hvwvfg.md", 1, "quellen")]


def test_what_binds_only_others_may_name_it(root: Path) -> None:
    row = (
        '[[deadline]]\nid = "a"\ntitle = "Eine Frist"\nkind = "pflicht"\nwithout_date = "offen"\nbinds = ["{}"]\n'
        'status = "offen"\ntext = "Der Bund muss das regeln."\nlegal_basis = ["§ 41 Abs. 2 VwVfG"]\n'
        'state = 2026-08-19\nfacts = ["O-12"]\n'
    )
    write_files(root, {"deadlines.toml": row.format(Deadline.Binds.BUND)})
    assert found(root) == []
    write_files(root, {"deadlines.toml": row.format(Deadline.Binds.MUNICIPALITY)})
    assert [(item.file, item.line) for item in found(root)] == [("deadlines.toml", 9)]


HELP = """---
type: decision
title: Wann gilt der Bescheid?
short_answer: Es gilt das HVwVfG, dessen Wortlaut hier nicht geprüft ist.
legal_basis: [§ 9 Abs. 1 OZG]
sources:
  - title: Onlinezugangsgesetz, Stand 19.08.2026
facts: [O-12]
content_as_of: 2026-08-19
nodes:
  - key: weg
    question: Auf welchem Weg kommt der Bescheid nach § 41 Abs. 2 VwVfG an?
    answers:
      - label: Mit der Post
        next: post
      - label: Im Netz
        next: netz
  - key: post
    result: Er gilt am vierten Tag.
    legal_basis: [§ 41 Abs. 2 VwVfG]
  - key: netz
    result: Er gilt am vierten Tag nach § 41 Abs. 2 VwVfG.
    legal_basis: [{}]
---
"""


@pytest.mark.parametrize(("basis", "lines"), [("§ 9 Abs. 1 OZG", [20, 22]), ("HVwVfG", [20])])
def test_each_result_of_a_decision_help_names_the_law_of_the_land_itself(
    root: Path, basis: str, lines: list[int]
) -> None:
    index = "---\ntype: decision_index\ntitle: Entscheidungshilfen\n---\n"
    name = "entscheidungshilfen/bescheid.md"
    write_files(root, {"entscheidungshilfen/index.md": index, name: HELP.replace("{}", basis)})

    said = [(item.file, item.line, item.severity) for item in found(root, "bindung")]

    kinds = {20: Severity.ERROR, 22: Severity.WARNING}
    assert said == [(name, line, kinds[line]) for line in lines]
