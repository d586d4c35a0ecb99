"""Words that grow old and abbreviations: what excuses them, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

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
        "Seit Mitte 2026 ist das inzwischen so geregelt.",
        "Seit 2026 ist das inzwischen so geregelt.",
        "Bis 2025 war das noch nicht so geregelt.",
        "Das ist bislang nicht so geregelt.\n\nDas gilt alles so (Stand 19.08.2026).",
        "Fragen Sie dort nach dem aktuellen Stand der Dinge.",
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
        "Derzeit ist das hier so geregelt.\n\nDen Text haben wir im Februar 2026 gelesen.",
    ],
)
def test_no_date_to_come_and_none_elsewhere_excuses_a_time_word(root: Path, text: str) -> None:
    write_files(root, {ARTICLE_FILE: with_text(text)})
    assert [item.line for item in found(root, "zeitwoerter")] == [BODY]
