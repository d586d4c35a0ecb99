"""Facts, open points and accepted exceptions: the rules a content folder brings with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.content_check.registry import Severity
from knowledge.content_check.run import check_folder
from tests.core import files
from tests.factories.checked import BODY, FACTS, PAGE, POINT, clean_folder, found, with_text
from tests.factories.files import ARTICLE_FILE, write_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return clean_folder(tmp_path)


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


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Kennziffer.", 1),
        ("Ein Standard der Verwaltung von 2026.", 1),
        ("Kennziffer.\n\nQuelle: Leitfaden, 2026.", 0),
        ("Kennziffer (§ 9 Abs. 1 OZG, Stand 19.08.2026).", 0),
        ("Kennziffer (Stand Februar 2026).", 0),
    ],
)
def test_a_term_says_where_its_meaning_is_from(root: Path, text: str, count: int) -> None:
    write_files(root, {"glossar/register.md": f"---\ntype: term\nterm: Register\n---\n\n{text}\n"})
    said = [("glossar/register.md", 1, Severity.WARNING)] * count
    assert [(item.file, item.line, item.severity) for item in found(root, "quellen")] == said


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


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Die DeutschlandID ist eingeführt. Ob das stimmt, ist offen.", 1),
        ("Eingeführt ist die DeutschlandID seit Mai.", 1),
        ("Die DeutschlandID wird gebaut. Anderes ist eingeführt.", 0),
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


OPEN = POINT.replace(
    "reason", 'about = [["DeutschlandID"]]\nrests = ["drei Jahre"]\nwhom = ["Bundesgesetzblatt"]\nreason'
)
U_03 = (
    FACTS.replace("O-12", "U-03").replace("gesetzestext", "offen").replace("Am vierten Tag.", "Nicht verifiziert.")
)
UNANSWERED, UNNAMED = "lässt U-03 offen, ohne zu sagen", "beruht auf U-03, und „facts“ nennt das nicht."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ob die DeutschlandID eingeführt ist, ist hier nicht belegt.", UNANSWERED),
        (
            "Die DeutschlandID ist geplant. Das Gesetz nennt kein Datum. Ob sie da ist, ist nicht bekannt.",
            UNANSWERED,
        ),
        ("Zur DeutschlandID war nichts zu finden. Ob sie offen ist, steht im Bundesgesetzblatt.", ""),
        ("Ob die DeutschlandID eingeführt ist, ist offen. Prüfen Sie das im Bundesgesetzblatt.", ""),
        ("Ob die DeutschlandID eingeführt ist, ist offen.\n\nLesen Sie im Bundesgesetzblatt nach.", ""),
        ("Ob sie da ist, ist offen.\n\n## Anderes\n\nPrüfen Sie das im Bundesgesetzblatt.", ""),
        (
            "Ob die DeutschlandID da ist, ist offen.\n\n## Anderes\n\nPrüfen Sie das im Bundesgesetzblatt.",
            UNANSWERED,
        ),
        ("Ob die DeutschlandID da ist, ist offen; das Bundesgesetzblatt ist amtlich.", UNANSWERED),
        ("Die DeutschlandID soll kommen.", ""),
    ],
)
def test_what_is_left_open_says_where_to_look(root: Path, text: str, said: str) -> None:
    page = with_text(text).replace("[O-12]", "[O-12, U-03]")
    write_files(root, {ARTICLE_FILE: page, "open-points.toml": OPEN, "facts.toml": f"{FACTS}\n{U_03}"})

    findings = found(root, "offene-punkte")

    assert [(item.line, item.severity) for item in findings] == [(BODY, Severity.WARNING)] * bool(said)
    assert all(said in item.message and "Bundesgesetzblatt" in item.message for item in findings)


def test_a_heading_and_the_short_answer_are_part_of_what_is_asked(root: Path) -> None:
    page = with_text("Das ist nicht belegt.").replace("## So geht es", "## Gibt es die DeutschlandID?")
    short = page.replace("short_answer: Ein Bescheid", "short_answer: Ob es die DeutschlandID gibt, ist offen. Er")
    sheets = {"open-points.toml": OPEN, "facts.toml": f'{FACTS}\n{U_03}unused = "Nie als Aussage."\n'}
    write_files(root, {**sheets, ARTICLE_FILE: short})

    said = [(item.line, item.message) for item in found(root, "offene-punkte")]
    assert [line for line, message in said if UNANSWERED in message] == [5, BODY]
    assert [line for line, message in said if UNNAMED in message] == [5]

    # The answer below a heading is one for the short answer, too: that stands on the same page.
    answered = short.replace("Das ist nicht belegt.", "Das ist nicht belegt; prüfen Sie das Bundesgesetzblatt.")
    write_files(root, {ARTICLE_FILE: answered.replace("[O-12]", "[O-12, U-03]")})
    assert found(root, "offene-punkte", "fakten") == []


def test_what_changes_when_a_point_is_settled_names_it(root: Path) -> None:
    write_files(
        root,
        {
            ARTICLE_FILE: with_text("Konten gelten noch drei Jahre."),
            "open-points.toml": OPEN,
            "facts.toml": f"{FACTS}\n{U_03}",
        },
    )
    assert [(item.line, item.message) for item in found(root, "offene-punkte")] == [
        (BODY, f"„drei Jahre“ {UNNAMED} Ergänzen Sie die Kennung.")
    ]


def test_a_template_that_leaves_something_open_says_where_to_look(root: Path) -> None:
    asks = files.docx("Antrag", "Ob die DeutschlandID da ist, ist offen.")
    sheets = {"open-points.toml": OPEN, "facts.toml": f'{FACTS}\n{U_03}unused = "Nie als Aussage."\n'}
    write_files(root, {**sheets, ARTICLE_FILE: PAGE, "dateien/antrag.docx": asks})
    said = [(item.file, item.line, item.severity) for item in found(root, "offene-punkte")]
    assert said == [("dateien/antrag.docx", 2, Severity.WARNING)]
    told = files.docx("Antrag", "Ob die DeutschlandID da ist, ist offen.", "Prüfen Sie das im Bundesgesetzblatt.")
    write_files(root, {"dateien/antrag.docx": told})
    assert found(root, "offene-punkte") == []


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
    write_files(root, {"open-points.toml": POINT.replace("DeutschlandID", "(")})

    assert [(item.file, item.line) for item in found(root)] == [("open-points.toml", 3)]

    write_files(
        root, {"open-points.toml": POINT.replace('[["DeutschlandID", "eingeführt"]]', '["DeutschlandID"]')}
    )
    assert [(item.line, item.message) for item in found(root)] == [
        (3, "Eine Behauptung ist eine Liste von Ausdrücken.")
    ]
