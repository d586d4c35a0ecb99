"""The checks of the content: each finds what it is for, with file, line and what to do, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.content_check import checks
from knowledge.content_check.registry import CHECKS
from knowledge.content_check.run import check_folder, check_portal
from knowledge.content_io.importer import import_directory
from knowledge.law_import import store_law
from knowledge.law_text import parse_law
from portal.core.content_io import KINDS, Key, Kind, PlainBody
from tests.factories.checked import BODY, PAGE, clean_folder, found, with_text
from tests.factories.files import ARTICLE_FILE, write_files

pytestmark = pytest.mark.django_db
HARD = "Verwaltungsverfahrensrechtliche Bekanntgabevoraussetzungen vorausgesetzt, gelten Bereitstellungszeitpunkte"
LONG = (
    "Dieser Absatz hat genug Wörter, damit er als Doppelung gilt, wenn er an zwei Stellen des Portals steht, ja."
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return clean_folder(tmp_path)


def test_nothing_is_found_where_nothing_is_wrong(root: Path) -> None:
    assert found(root) == []


@pytest.mark.parametrize(
    ("check", "page", "line", "message"),
    [
        ("einlesen", PAGE.replace("short_answer", "short_anwser"), 5, "Meinten Sie „short_answer“?"),
        ("einlesen", PAGE.replace("[O-12]", "[O-13]"), 9, "Den Fakt „O-13“ gibt es nicht. Meinten Sie „O-12“?"),
        ("fundstellen", with_text("Nach § 99 OZG."), BODY, "„§ 99 OZG“ gibt es nicht."),
        ("fundstellen", with_text("Nach § 9 Abs. 7 OZG."), BODY, "„§ 9 Abs. 7 OZG“ gibt es nicht."),
        ("fundstellen", with_text("Nach § 1 XYZG."), BODY, "„§ 1 XYZG“: Diese Rechtsvorschrift ist nicht"),
        ("fundstellen", with_text("Nach § 2 der Gemeindeordnung."), BODY, "„§ 2 der Gemeindeordnung“"),
        ("fundstellen", PAGE.replace("§ 9 Abs. 1 OZG]", "§ 98 OZG]"), 6, "„§ 98 OZG“ gibt es nicht."),
        ("vorschriften", with_text("Nach § 10 OZG."), BODY, "„§ 10 OZG“ hat keine Kurzfassung."),
        ("links", with_text("Siehe [dort](/themen/nichts/)."), BODY, "führt ins Leere"),
        ("links", with_text("Siehe [dort](nichts)."), BODY, "ist keine vollständige Adresse"),
        ("links", with_text("Siehe [dort](/glossar/nichts/)."), BODY, "führt ins Leere"),
        ("links", with_text("Siehe [dort](#anderswo)."), BODY, "Diese Stelle gibt es auf der Zielseite nicht."),
        ("links", with_text("[OZG](/recht/ozg/#p-3)"), BODY, "Diese Stelle gibt es auf der Zielseite nicht."),
        ("quellen", PAGE.replace(", Stand 19.08.2026", ""), 8, "„Onlinezugangsgesetz“ hat kein Datum."),
        ("quellen", PAGE.replace("Onlinezugangsgesetz, Stand 19.08.2026", "VO (EU) 2018/1724"), 8, "kein Datum"),
        ("quellen", PAGE.replace("content_as_of: 2026-08-19\n", ""), 1, "Der Stand fehlt."),
        ("zeitwoerter", with_text("Derzeit ist das alles\nbislang nicht so."), BODY, "„Derzeit“ veraltet."),
        ("abkuerzungen", with_text("Das Amt\nfragt die KVZ."), BODY + 1, "Schreiben Sie „Langform (KVZ)“."),
        ("lesbarkeit", PAGE.replace("Ein Bescheid im Postfach gilt am vierten Tag", HARD), 5, "schwer zu lesen"),
        ("bilder", with_text("![](/media/a.png)"), BODY, "Das Bild hat keinen Alternativtext."),
        ("bilder", with_text("![bild.png](/media/a.png)"), BODY, "„bild.png“ sagt nichts."),
        ("doppelungen", with_text(f"{LONG}\n\n## Noch einmal\n\n{LONG}"), BODY + 4, f"Zeile {BODY}."),
    ],
)  # fmt: skip
def test_each_check_finds_its_own(root: Path, check: str, page: str, line: int, message: str) -> None:
    assert page != PAGE
    write_files(root, {ARTICLE_FILE: page})

    findings = [item for item in found(root, check) if "fehlt oder ist leer" not in item.message]

    assert [(item.file, item.line, item.check) for item in findings] == [(ARTICLE_FILE, line, check)], findings
    assert message in findings[0].message


@pytest.mark.parametrize(
    "text",
    [
        "Siehe [oben](#so-geht-es), [Gesetz](/recht/ozg/#p-9-abs-1), [EfA](/glossar/efa/), [Suche](/suche/?q=a).",
        "Derzeit gilt das (Stand 19.08.2026).",
        "Halten Sie die Angaben aktuell.",
        "Das Onlinezugangsgesetz (OZG) gilt; das OZG gilt.",
        "Nach § 9 Abs. 1 OZG gilt das; § 1 der Verordnung sagt mehr.",
        "Die EfA und Anhang II, XPassAusweis, IT und EU, DIGITAL-Award.",
        "Das Unternehmensregister (UR) und die KVZ (Kommunale Verrechnungszentrale).",
        "```\nDerzeit [dort](/nichts/) KVZ\n```",
        "![Ein Kreis mit drei Teilen](/media/a.png)",
    ],
)
def test_what_is_right_is_left_alone(root: Path, text: str) -> None:
    write_files(root, {ARTICLE_FILE: with_text(text)})

    assert found(root) == []


# -- texts of the law, the portal, new kinds -------------------------------------------------------------------

LAW = "% Gesetz  (Onlinezugangsgesetz - OZG)\n% Ausfertigungsdatum: 14.08.2017\n\n# § 9 – Post\n\n(1) A.\n"


def test_a_given_text_counts_and_then_an_imported_one(root: Path, tmp_path: Path) -> None:
    laws = write_files(
        tmp_path.with_name("gesetze"), {"OZG-BJNR1.md": f"{LAW}\n(2a) B.\n\n# § 77 – Neu\n\nEin Satz.\n"}
    )
    write_files(root, {ARTICLE_FILE: with_text("Nach § 77 OZG, § 9 Abs. 2a OZG und § 9 Abs. 2 OZG.")})

    assert [item.message[:20] for item in check_folder(root, only=["fundstellen"], laws=laws).findings] == [
        "„§ 9 Abs. 2 OZG“ gib"
    ]
    assert not import_directory(root, starter=True).problems
    store_law(parse_law(LAW), state=date(2026, 8, 19))
    assert {item.message.split("“")[0] for item in found(root, "fundstellen")} == {
        "„§ 77 OZG", "„§ 9 Abs. 2a OZG", "„§ 9 Abs. 2 OZG",
    }  # fmt: skip


def test_what_the_portal_has_published_is_checked_in_the_same_form(root: Path) -> None:
    write_files(root, {ARTICLE_FILE: with_text("Derzeit ist das hier so geregelt.")})
    assert not import_directory(root, starter=True).problems

    result = check_portal()

    assert [(item.file, item.check) for item in result.findings] == [(ARTICLE_FILE, "zeitwoerter")]
    assert result.findings == found(root)


class _Nodes(Key):
    """A key whose lists stand deep in the head."""

    def parse(self, raw: Any) -> Any:
        return raw

    def check(self, value: Any, world: Any) -> list[Any]:
        return []

    def assign(self, instance: Any, value: Any, context: Any) -> None:
        pass


@pytest.fixture
def new_kind() -> Iterator[None]:
    """A kind no check has ever heard of."""
    from knowledge.models import GlossaryTerm

    keys = (Key("term", required=True), Key("help", "expansion"), _Nodes("nodes"))
    KINDS["tree"] = Kind("tree", GlossaryTerm, keys, PlainBody("meaning"), folder="hilfen", name_key="term")
    yield
    del KINDS["tree"]


@pytest.mark.usefixtures("new_kind")
def test_a_new_kind_of_content_is_covered_without_a_change(root: Path) -> None:
    head = "---\ntype: tree\nterm: Wahl\nhelp: Derzeit fragt in diesem Amt die KVZ.\nnodes:\n"
    head += "  - result: Ende\n    legal_basis: [§ 97 OZG]\n---\n\n"
    tree = f"{head}Nach § 99 OZG, siehe [dort](/nichts/).\n"
    write_files(root, {"hilfen/wahl.md": tree})

    assert [(item.line, item.check) for item in found(root)] == [
        (4, "abkuerzungen"), (4, "zeitwoerter"), (7, "fundstellen"), (7, "vorschriften"),
        (10, "fundstellen"), (10, "links"), (10, "vorschriften"),
    ]  # fmt: skip


def test_every_check_has_a_name_and_says_what_it_looks_for() -> None:
    checks.register_all()

    assert len(CHECKS) >= 13
    assert all(check.name == name and check.title for name, check in CHECKS.items())
