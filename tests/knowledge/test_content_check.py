"""The checks of the content: each finds what it is for, with file, line and what to do, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.content_check import checks
from knowledge.content_check.registry import CHECKS, Finding, Severity
from knowledge.content_check.run import check_folder, check_portal
from knowledge.content_io.importer import import_directory
from knowledge.law_import import store_law
from knowledge.law_text import parse_law
from knowledge.models import Deadline
from portal.core.content_io import KINDS, Key, Kind, PlainBody
from tests.core import files
from tests.factories.files import ARTICLE_FILE, BASE, write_files

pytestmark = pytest.mark.django_db
PAGE = """---
type: article
title: Bescheide zustellen
kind: praxis
short_answer: Ein Bescheid im Postfach gilt am vierten Tag als bekannt gegeben.
legal_basis: [§ 9 Abs. 1 OZG]
sources:
  - title: Onlinezugangsgesetz, Stand 19.08.2026
facts: [O-12]
content_as_of: 2026-08-19
---

## So geht es

Der Tag zählt ab der Bereitstellung.
"""
BODY = 15  # the line of the paragraph
FACTS = """[[fact]]
id = "O-12"
statement = "Am vierten Tag."
source = "§ 9 Abs. 1 OZG, Stand 19.08.2026"
state = 2026-08-19
mark = "gesetzestext"
"""
LAND = """---
type: act
abbreviation: HVwVfG
title: Hessisches Verwaltungsverfahrensgesetz
level: land
binds: ja
source_url: https://recht.example/
---
"""
FEDERAL = """---
type: act
abbreviation: VwVfG
title: Verwaltungsverfahrensgesetz
level: bund
binds: nein-landesrecht
counterpart: hvwvfg
provisions:
  - ref: § 41 Abs. 2
    summary: Bekanntgabe.
---
"""
HARD = "Verwaltungsverfahrensrechtliche Bekanntgabevoraussetzungen vorausgesetzt, gelten Bereitstellungszeitpunkte"
LONG = (
    "Dieser Absatz hat genug Wörter, damit er als Doppelung gilt, wenn er an zwei Stellen des Portals steht, ja."
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder in which no check finds anything."""
    pages = {ARTICLE_FILE: PAGE, "facts.toml": FACTS, "recht/vwvfg.md": FEDERAL, "recht/hvwvfg.md": LAND}
    return write_files(tmp_path, {**BASE, **pages})


def found(root: Path, *only: str) -> list[Finding]:
    return check_folder(root, only=only).findings


def with_text(text: str) -> str:
    return PAGE.replace("Der Tag zählt ab der Bereitstellung.", text)


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


# -- what binds municipalities ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Der Bescheid gilt.", 1),
        ("Ob das HVwVfG das übernommen hat, ist offen.", 0),
        ("Der Wortlaut des Landesrechts ist nicht geprüft.", 0),
        ("Der Wortlaut des EGovG ist nicht geprüft.", 1),
    ],
)
def test_a_federal_act_that_gives_way_does_not_stand_alone(root: Path, text: str, count: int) -> None:
    page = with_text(text).replace("[§ 9 Abs. 1 OZG]", "[§ 41 Abs. 2 VwVfG]")
    write_files(root, {ARTICLE_FILE: page})

    findings = found(root, "bindung")

    assert [(item.line, item.severity) for item in findings] == [(6, Severity.ERROR)] * count
    assert all("Nennen Sie HVwVfG dazu" in item.message for item in findings)


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


# -- facts, open points, exceptions ----------------------------------------------------------------------------


def test_facts_are_used_or_say_why_not(root: Path) -> None:
    unused = FACTS.replace("O-12", "O-13")
    write_files(root, {"facts.toml": f"{FACTS}\n{unused}"})
    assert [(item.line, item.message[:25]) for item in found(root)] == [(8, "O-13 wird nirgends benutz")]

    write_files(root, {"facts.toml": f'{FACTS}\n{unused}unused = "Hintergrund."\n'})
    assert found(root) == []

    write_files(root, {"facts.toml": f'{FACTS}unused = "Hintergrund."\n'})
    assert [(item.line, item.severity) for item in found(root)] == [(7, Severity.WARNING)]

    write_files(root, {ARTICLE_FILE: PAGE.replace("facts: [O-12]\n", "")})
    assert [(item.file, item.message[:28]) for item in found(root)] == [
        (ARTICLE_FILE, "Die Seite nennt keine Fakten")
    ]


def test_what_is_common_knowledge_only_says_so_among_the_sources(root: Path) -> None:
    write_files(root, {"facts.toml": FACTS.replace("gesetzestext", "allgemeinwissen")})
    assert [(item.file, item.line, item.message[:28]) for item in found(root)] == [
        (ARTICLE_FILE, 9, "O-12: nur Allgemeinwissen, u")
    ]

    source = "  - title: Allgemeine fachliche Kenntnis, nicht durch eine Quelle belegt (22.11.2026)\nfacts"
    write_files(root, {ARTICLE_FILE: PAGE.replace("facts", source)})
    assert found(root) == []


VALUES = """
[[fact]]
id = "R-05"
statement = "Bis 31.12.2028 sind 50 Registern 868.320 Nummern zugeordnet, seit 2023."
source = "§ 9 Abs. 1 OZG, Stand 19.08.2026"
state = 2026-08-19
mark = "gesetzestext"
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Die Frist endet am 31.12.2028.", "31.12.2028"),
        ("Die Frist endet am 31. Dezember 2028.", "31. Dezember 2028"),
        ("Es sind 50 Register.", "50 Register"),
        ("Es sind 868.320 Nummern.", "868.320"),
        ("Das Verzeichnis hat den Stand 31.12.2028.", ""),
        ("Es sind 1.868.320 Nummern und 250 Register, 50 Prozent davon seit 2023.", ""),
        ("Bis 30.12.2028 oder Ende 2028.", ""),
    ],
)
def test_what_states_the_value_of_a_fact_names_it(root: Path, text: str, words: str) -> None:
    term = "---\ntype: term\nterm: Register\n{}---\n\n{}\n"
    deadline = (
        '[[deadline]]\nid = "a"\ntitle = "Eine Frist"\nkind = "pflicht"\nwithout_date = "offen"\n'
        'binds = ["bund"]\nstatus = "offen"\ntext = "Der Bund regelt das."\nlegal_basis = ["§ 9 Abs. 1 OZG"]\n'
        'state = 2026-08-19\nfacts = ["R-05"]\n'
    )
    sheets = {"facts.toml": f"{FACTS}{VALUES}", "deadlines.toml": deadline}
    write_files(root, {**sheets, "glossar/register.md": term.format("", text)})
    lines = [(item.file, item.line, item.severity, item.message) for item in found(root, "fakten")]
    said = f"„{words}“ steht im Faktenblatt unter R-05, und „facts“ nennt das nicht. "
    advice = "Ergänzen Sie die Kennung, wenn die Angabe gemeint ist."
    assert lines == ([("glossar/register.md", 6, Severity.WARNING, said + advice)] if words else [])

    write_files(root, {"glossar/register.md": term.format("facts: [R-05]\n", text)})
    assert found(root, "fakten") == []


POINT = """[[open-point]]
id = "U-03"
patterns = ["DeutschlandID.*eingeführt"]
unless = ["Entwurf"]
reason = "nicht belegt"
ask = "Bundesgesetzblatt"
"""


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Die DeutschlandID ist eingeführt. Ob das stimmt, ist offen.", 1),
        ("Ob die DeutschlandID eingeführt ist, prüfen Sie bitte.", 0),
        ("Nach dem Entwurf wird die DeutschlandID eingeführt.", 0),
    ],
)
def test_what_is_not_verified_is_no_statement(root: Path, text: str, count: int) -> None:
    write_files(root, {ARTICLE_FILE: with_text(text), "open-points.toml": POINT})

    findings = found(root, "gewissheit")

    assert [item.line for item in findings] == [BODY] * count
    assert all("U-03: nicht belegt" in item.message and "Bundesgesetzblatt" in item.message for item in findings)


DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">
<title>Konten</title>
<rect width="9" height="9"/>
<text x="1" y="4">Die DeutschlandID ist seit</text>
<text x="1" y="6">Mai <tspan>eingeführt</tspan>, § 99 OZG</text>
<text x="1" y="8">§ 1 XYZG</text>
</svg>
"""


def test_templates_and_drawings_are_read_too(root: Path) -> None:
    words = ("Antrag", "Die DeutschlandID ist eingeführt.", "Nach § 99 OZG und § 1 XYZG.")
    attached: dict[str, str | bytes] = {
        "dateien/bild.svg": DRAWING,
        "dateien/antrag.docx": files.docx(*words),
        "dateien/liste.xlsx": files.xlsx((words[1], 5), (None, words[2])),
        "dateien/kaputt.docx": b"PK",
    }
    write_files(root, {"open-points.toml": POINT, **attached})

    said = [(item.file, item.line, item.message[:14]) for item in found(root, "fundstellen", "gewissheit")]
    assert said == [
        ("dateien/antrag.docx", 2, "„DeutschlandID"),
        ("dateien/antrag.docx", 3, "„§ 1 XYZG“: Di"),
        ("dateien/antrag.docx", 3, "„§ 99 OZG“ gib"),
        ("dateien/bild.svg", 4, "„§ 1 XYZG“: Di"),
        ("dateien/bild.svg", 4, "„§ 99 OZG“ gib"),
        ("dateien/bild.svg", 4, "„DeutschlandID"),
        ("dateien/kaputt.docx", 1, "Der Text der D"),
        ("dateien/liste.xlsx", 2, "„DeutschlandID"),
        ("dateien/liste.xlsx", 3, "„§ 1 XYZG“: Di"),
        ("dateien/liste.xlsx", 3, "„§ 99 OZG“ gib"),
    ]


def test_a_claim_that_is_put_right_below_is_no_statement(root: Path) -> None:
    claim = PAGE.replace("## So geht es", "## „Die DeutschlandID ist eingeführt“")
    write_files(root, {ARTICLE_FILE: claim, "open-points.toml": POINT})
    assert [item.line for item in found(root, "gewissheit")] == [BODY - 2]

    write_files(root, {ARTICLE_FILE: claim.replace("kind: praxis", "kind: missverstaendnis")})
    assert found(root, "gewissheit") == []


EXCEPTION = '[[exception]]\ncheck = "zeitwoerter"\nfile = "themen/*"\ncontains = "„Derzeit“"\nreason = "Zitat."\n'


def test_an_accepted_exception_is_taken_out_and_reported_once_it_matches_nothing(root: Path) -> None:
    write_files(root, {ARTICLE_FILE: with_text("Derzeit ist das hier so geregelt."), "exceptions.toml": EXCEPTION})
    result = check_folder(root)
    assert (result.findings, result.excepted) == ([], 1)

    write_files(root, {ARTICLE_FILE: PAGE})
    assert [(item.file, item.line, item.check) for item in found(root)] == [("exceptions.toml", 2, "ausnahmen")]
    assert found(root, "links") == []


@pytest.mark.parametrize(
    ("rules", "line", "message"),
    [
        (EXCEPTION.replace('reason = "Zitat."\n', ""), 1, "Der Schlüssel „reason“ fehlt"),
        (EXCEPTION.replace("zeitwoerter", "zeitworte"), 2, "Meinten Sie „zeitwoerter“?"),
        (EXCEPTION.replace("reason", "resaon"), 5, "Meinten Sie „reason“?"),
        (EXCEPTION.replace('"Zitat."', "Zitat."), 5, "Texte stehen in Anführungszeichen."),
    ],
)
def test_a_bad_exception_is_said_with_its_line(root: Path, rules: str, line: int, message: str) -> None:
    write_files(root, {"exceptions.toml": rules})

    findings = found(root)

    assert [item for item in findings if item.line == line and message in item.message], findings


def test_a_pattern_that_is_none_is_said_with_its_line(root: Path) -> None:
    write_files(root, {"open-points.toml": POINT.replace("DeutschlandID.*", "(")})

    assert [(item.file, item.line) for item in found(root)] == [("open-points.toml", 3)]


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
