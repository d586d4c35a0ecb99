"""Words that grow old and abbreviations: what excuses them, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core import files
from tests.factories.checked import BODY, clean_folder, found, with_text
from tests.factories.files import ARTICLE_FILE, write_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return clean_folder(tmp_path)


# -- time words: the page is of 19.08.2026 -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Derzeit ist das hier so (Stand 19.08.2026).",
        "Derzeit ist das hier so, gelesen bis Februar 2026.",
        "Derzeit ist das nach Angaben aus 2025 so.",
        "Am 19. August 2026 war das noch nicht geregelt.",
        "Am 19.08.2026 war das noch nicht geregelt.",
        "Im Januar 2026 war das noch nicht geregelt.",
        "Derzeit ist das hier so (Bürgerkonto, Stand: August 2026).",
        "Nach dem Stand vom Januar 2026 soll das künftig so sein.",
        "Bis 2025 war das noch nicht so geregelt.",
        "Das ist bislang nicht so geregelt.\n\nDas gilt alles so (Stand 19.08.2026).",
        "Fragen Sie dort nach dem aktuellen Stand der Dinge.",
        "Bis zum 19.08.2026 war noch keine Bekanntmachung zu finden.",
    ],
)
def test_a_time_word_with_its_date_is_left_alone(root: Path, text: str) -> None:
    write_files(root, {ARTICLE_FILE: with_text(text)})
    assert found(root, "zeitwoerter") == []


@pytest.mark.parametrize(
    "text",
    [
        "Die Frist endet am 31.12.2028. Derzeit ist das hier so.",
        "Derzeit ist das hier so, aber nicht ab 2029.",
        "Derzeit ist das hier so, aber nur bis Ende 2026.",
        "Derzeit ist das hier so, aber nur bis 2026.",
        "Derzeit ist das hier so, aber nicht mehr ab Januar 2027.",
        "Derzeit entspricht das hier dem Stand der Technik.",
        "Derzeit hat das hier noch niemand gelesen.",
        "Derzeit ist das hier so, nicht am 31.02.2026 oder 0000.",
        "Derzeit ist das hier so geregelt.\n\nDas Gesetz gilt seit dem 24.07.2024.",
        "Das Gesetz vom 24.07.2024 gilt. Derzeit ist das hier so.",
        "Am 24.07.2024 trat das Gesetz in Kraft, derzeit gilt es auch hier.",
        "Im Juli 2024 trat das Gesetz in Kraft und gilt derzeit auch hier.",
        "Seit 2026 ist das inzwischen so geregelt.",
        "Seit Mitte 2026 ist das inzwischen so geregelt.",
        "Die Frist endet künftig am Freitag, früher am Donnerstag.",
        "Derzeit entspricht das hier dem Stand der Technik von 2024.",
        "Derzeit ist das hier so (Stand Januar 2999).",
        "Derzeit ist das hier so geregelt.\n\nDen Text haben wir im Februar 2026 gelesen.",
    ],
)
def test_no_date_to_come_and_none_elsewhere_excuses_a_time_word(root: Path, text: str) -> None:
    write_files(root, {ARTICLE_FILE: with_text(text)})
    assert [item.line for item in found(root, "zeitwoerter")] == [BODY]


# -- abbreviations -----------------------------------------------------------------------------------------------

KEY = "---\ntype: term\nterm: EfA-Schlüssel\nsynonyms: [Leistungsschlüssel]\nfacts: [O-12]\n---\n\nKennziffer.\n"
ACCOUNT = (
    "---\ntype: term\nterm: MUK\nexpansion: Mein Unternehmenskonto\nexplain: false\n"
    "synonyms: [Unternehmenskonto, Organisationskonto]\nfacts: [O-12]\n---\n\nKonto.\n"
)
DECISION = """---
type: decision
title: BundID oder MUK?
short_answer: Mein Unternehmenskonto (MUK) oder nicht, das ist hier die Frage.
legal_basis: [§ 9 Abs. 1 OZG]
sources:
  - title: Onlinezugangsgesetz, Stand 19.08.2026
facts: [O-12]
content_as_of: 2026-08-19
nodes:
  - key: wer
    question: Wer nutzt MUK?
    answers:
      - label: Alle
        next: alle
      - label: Sonst jemand
        next: wenige
  - key: alle
    result: Binden Sie MUK ein.
    legal_basis: [§ 9 Abs. 1 OZG]
    todo: [Fragen Sie nach MUK.]
  - key: wenige
    result: Das Organisationskonto ist hier keine Pflicht.
    legal_basis: [§ 9 Abs. 1 OZG]
    todo:
      - Denken Sie trotzdem an MUK.
---
"""
HELP_INDEX = "---\ntype: decision_index\ntitle: Entscheidungshilfen\n---\n"


def test_each_step_of_a_decision_help_is_a_page_of_its_own(root: Path) -> None:
    name = "entscheidungshilfen/konto.md"
    folder = {"entscheidungshilfen/index.md": HELP_INDEX, "glossar/muk.md": ACCOUNT}
    write_files(root, {**folder, name: DECISION})
    said = [(item.file, item.line) for item in found(root, "abkuerzungen")]
    assert said == [(name, 19), (name, 26)]  # the first question stands below the short answer

    mended = DECISION.replace("Sie MUK ein", "Sie Mein Unternehmenskonto (MUK) ein")
    write_files(root, {name: mended.replace("an MUK", "an das Unternehmenskonto (MUK)")})
    assert found(root, "abkuerzungen", "einlesen") == []


def test_a_file_to_download_explains_its_abbreviations_itself(root: Path) -> None:
    lines = ["MUK-Antrag", "Nach § 9 OZG.", "Das Unternehmenskonto (MUK).", "EfA-Schlüssel", "MUK und EfA"]
    write_files(
        root, {"glossar/muk.md": ACCOUNT, "glossar/key.md": KEY, "dateien/antrag.docx": files.docx(*lines)}
    )
    said = [(item.file, item.line, item.message.split("“")[0]) for item in found(root, "abkuerzungen")]
    assert said == [("dateien/antrag.docx", 2, "„OZG"), ("dateien/antrag.docx", 4, "„EfA")]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Das Organisationskonto heißt MUK.", 1),
        ("Das Unternehmenskonto heißt MUK.", 0),
        ("Der EfA-Schlüssel steht dort.", 1),
        ("Der EfA-Schlüssel (Einer für Alle) steht dort.", 0),
    ],
)
def test_a_synonym_does_not_say_what_the_letters_stand_for(root: Path, text: str, count: int) -> None:
    quiet = (
        "---\ntype: term\nterm: EfA\nexpansion: Einer für Alle\nexplain: false\nfacts: [O-12]\n---\n\nDienst.\n"
    )
    key = KEY.replace("facts", "explain: false\nfacts")
    terms = {"glossar/muk.md": ACCOUNT, "glossar/key.md": key, "glossar/efa.md": quiet}
    write_files(root, {**terms, ARTICLE_FILE: with_text(text)})
    assert len(found(root, "abkuerzungen")) == count
