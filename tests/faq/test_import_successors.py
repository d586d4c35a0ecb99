"""Questions that replace each other in a circle are refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq.models import QuestionPage
from knowledge.content_io.importer import import_directory
from tests.factories.files import QUESTION, QUESTION_FILE, folder, write_files

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CIRCLE = "Die Fragen ersetzen einander im Kreis. Nennen Sie eine Frage, die selbst gültig ist."
TOPIC = "themen/buergerbuero"


def replaced_by(slug: str) -> str:
    return QUESTION.replace("legal_basis:", f"successor: {TOPIC}/{slug}\nlegal_basis:")


def problems(root: Path) -> list[str]:
    return [str(problem) for problem in import_directory(root, starter=True).problems]


def test_a_question_that_replaces_itself(tmp_path: Path) -> None:
    write_files(folder(tmp_path), {QUESTION_FILE: replaced_by("wie-oeffnen-wir")})

    assert problems(tmp_path) == [f"{QUESTION_FILE}:5: {CIRCLE}"]
    assert not QuestionPage.objects.exists()


def test_a_circle_within_the_folder_and_who_leads_into_it(tmp_path: Path) -> None:
    files = {"q1": replaced_by("q2"), "q2": replaced_by("q3"), "q3": replaced_by("q2")}
    write_files(folder(tmp_path), {f"{TOPIC}/{name}.md": text for name, text in files.items()})

    assert problems(tmp_path) == [f"{TOPIC}/q2.md:5: {CIRCLE}", f"{TOPIC}/q3.md:5: {CIRCLE}"]


def test_a_circle_through_a_question_of_the_portal(tmp_path: Path) -> None:
    first = write_files(folder(tmp_path / "a"), {f"{TOPIC}/q2.md": replaced_by("q3"), f"{TOPIC}/q3.md": QUESTION})
    assert not problems(first)

    second = write_files(tmp_path / "b", {f"{TOPIC}/q3.md": replaced_by("q2")})

    assert problems(second) == [f"{TOPIC}/q3.md:5: {CIRCLE}"]
    assert not problems(write_files(tmp_path / "c", {f"{TOPIC}/q2.md": QUESTION, f"{TOPIC}/q3.md": QUESTION}))
