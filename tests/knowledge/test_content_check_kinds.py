"""What each kind of article promises is asked for: parts, roles and reasons, the page's readers, the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.content_check.checks.next_steps import MAX_SHARED
from knowledge.content_check.checks.roles import audiences_in
from knowledge.content_check.registry import Finding, Severity
from knowledge.content_check.run import check_folder
from tests.factories.files import ARTICLE_FILE, BASE, write_files

pytestmark = pytest.mark.django_db
HEAD = """---
type: article
title: Bescheide zustellen
kind: {kind}
short_answer: So geht es.
audience: [fachamt]
legal_basis: {basis}
---

"""
BODY = 10  # the first line below the head
LIST = """:::checkliste Zustellen
- [ ] Anmeldung prüfen
  Rolle: {role}
  Grund: {reason}
:::
"""
GOOD_LIST = LIST.format(role="Fachamt", reason="§ 9 Abs. 1 OZG.")
OVERVIEW = """:::tabelle Auf einen Blick
| Frage | Antwort |
|---|---|
| Welche Pflicht gilt? | Keine. |
| Bis wann? | Offen. |
| Was kostet es? | Nicht belegt. |
| Was ist der Nutzen? | Zeit. |
| Was entscheiden Sie? | Wer es tut. |
:::
"""
GUIDE = "## Wer mitwirkt\n\nDas Fachamt.\n\n## Was es kostet\n\nNicht belegt.\n"
CLAIM = "## „Es gilt nach drei Tagen“\n\n**Richtig ist:** am vierten.\n\n**Quelle:** § 9 Abs. 1 OZG.\n"


def page(kind: str, text: str, basis: str = "[§ 9 Abs. 1 OZG]") -> str:
    return HEAD.format(kind=kind, basis=basis) + text


def found(root: Path, files: dict[str, str], check: str) -> list[Finding]:
    write_files(root, {**BASE, **files})
    return check_folder(root, only=(check,)).findings


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("checkliste", GOOD_LIST),
        ("ueberblick", OVERVIEW),
        ("leitfaden", GUIDE),
        ("rechtsseite", "Text."),
        ("missverstaendnis", f"{CLAIM}\n## Was Sie tun\n\nNichts.\n"),
        ("praxis", "Text."),
    ],
)
def test_a_page_with_the_parts_of_its_kind_is_left_alone(tmp_path: Path, kind: str, text: str) -> None:
    assert found(tmp_path, {ARTICLE_FILE: page(kind, text)}, "arten") == []


@pytest.mark.parametrize(
    ("kind", "text", "line", "message"),
    [
        ("checkliste", "Text.", 4, "keinen Block „checkliste“"),
        ("checkliste", GOOD_LIST.replace("  Rolle: Fachamt\n", ""), BODY + 1, "„Anmeldung prüfen“ fehlt „Rolle“"),
        ("checkliste", GOOD_LIST.replace("  Grund: § 9 Abs. 1 OZG.\n", ""), BODY + 1, "fehlt „Grund“"),
        ("checkliste", GOOD_LIST.split("  Rolle")[0] + ":::\n", BODY + 1, "fehlt „Rolle“ und „Grund“"),
        (
            "ueberblick",
            OVERVIEW.replace("| Was kostet es? | Nicht belegt. |\n", ""),
            4,
            "nennt nicht: die Kosten.",
        ),
        ("leitfaden", GUIDE.replace("Wer mitwirkt", "Wer hilft"), 4, "fehlt der Abschnitt „Wer mitwirkt“"),
        ("missverstaendnis", "## Es gilt am vierten Tag\n\nText.\n", 4, "nennt keine Behauptung"),
        ("missverstaendnis", CLAIM.replace("**Quelle:** ", ""), BODY, "der mit „Quelle:“ beginnt"),
        ("missverstaendnis", CLAIM.replace("**Richtig ist:** ", ""), BODY, "der mit „Richtig ist:“ beginnt"),
        ("missverstaendnis", CLAIM.replace("Tagen“", "Tagen“ ist falsch"), BODY, "nicht nur die Behauptung"),
    ],
)
def test_what_a_kind_lacks_is_found(tmp_path: Path, kind: str, text: str, line: int, message: str) -> None:
    findings = found(tmp_path, {ARTICLE_FILE: page(kind, text)}, "arten")

    assert [(item.file, item.line) for item in findings] == [(ARTICLE_FILE, line)], findings
    assert message in findings[0].message
    assert (findings[0].severity is Severity.ERROR) is (kind == "checkliste")


def test_a_page_on_law_names_its_provisions(tmp_path: Path) -> None:
    findings = found(tmp_path, {ARTICLE_FILE: page("rechtsseite", "Text.", basis="keine")}, "arten")

    assert ["Eine Rechtsseite erklärt Vorschriften" in item.message for item in findings] == [True]


def test_who_has_a_task_is_among_the_readers_of_the_page(tmp_path: Path) -> None:
    text = LIST.format(role="Fachamt mit Kasse und Personalrat", reason="Buchung.")

    findings = found(tmp_path, {ARTICLE_FILE: page("checkliste", text)}, "rollen")

    assert [item.line for item in findings] == [BODY + 1]
    assert "die Seite ist nicht für „kasse“" in findings[0].message
    assert found(tmp_path, {ARTICLE_FILE: page("checkliste", GOOD_LIST)}, "rollen") == []


def test_the_words_for_roles_are_read_singly() -> None:
    assert audiences_in("Datenschutz und Informationssicherheit") == {"datenschutz"}
    assert audiences_in("Kasse mit IT, Redaktion") == {"kasse", "it", "redaktion"}
    assert audiences_in("Organisation") == set()


def test_few_articles_share_a_next_step(tmp_path: Path) -> None:
    step = "next_step:\n  label: Beratung anfragen\n  target: beratung\n---\n"
    text = page("praxis", "Text.").replace("---\n\n", step + "\n", 1)
    files = {f"themen/buergerbuero/seite-{number}.md": text for number in range(MAX_SHARED)}
    assert found(tmp_path, files, "naechster-schritt") == []

    findings = found(tmp_path, {**files, ARTICLE_FILE: text}, "naechster-schritt")

    assert len(findings) == MAX_SHARED + 1
    assert f"{MAX_SHARED + 1} Artikel führen" in findings[0].message


def test_a_next_step_leads_away(tmp_path: Path) -> None:
    step = f"next_step:\n  label: Weiter\n  target: {ARTICLE_FILE.removesuffix('.md')}\n---\n"

    findings = found(
        tmp_path, {ARTICLE_FILE: page("praxis", "Text.").replace("---\n\n", step + "\n", 1)}, "naechster-schritt"
    )

    assert ["führt auf dieselbe Seite" in item.message for item in findings] == [True]
