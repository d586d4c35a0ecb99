"""Values longer than their column: an error with file and line on every database, before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import models

from knowledge.content_io.importer import import_directory
from knowledge.models import Act, ArticlePage, GlossaryTerm
from portal.core.content_io import KINDS
from portal.core.content_io.keys import ChoiceKey, ChoicesKey, FlagKey, Key, WordsKey
from tests.factories.files import ARTICLE, ARTICLE_FILE, BASE, folder, write_files

pytestmark = pytest.mark.django_db


def problems(root: Path) -> list[str]:
    found = [str(problem) for problem in import_directory(root, starter=True).problems]
    assert not ArticlePage.objects.exists()
    assert not Act.objects.exists()
    assert not GlossaryTerm.objects.exists()
    return found


def test_a_tag(tmp_path: Path) -> None:
    tags = f"tags:\n  - Amt\n  - {'ö' * 101}\ntitle:"
    write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE.replace("title:", tags, 1)})

    assert problems(tmp_path) == [f"{ARTICLE_FILE}:5: „{'ö' * 40}…“ ist länger als 100 Zeichen."]


@pytest.mark.parametrize(("original", "at"), [("glossar/efa.md", "glossar"), ("recht/ozg.md", "recht")])
def test_the_address_of_a_term_or_act(tmp_path: Path, original: str, at: str) -> None:
    root = folder(tmp_path)
    (root / original).rename(root / at / f"{'a' * 121}.md")

    assert problems(root) == [
        f"{at}/{'a' * 121}.md:1: Die Adresse (der Name der Datei) ist länger als 120 Zeichen."
    ]


def test_a_path_deeper_than_can_be_recorded(tmp_path: Path) -> None:
    steps = ["themen", *("b" * 190 for _ in range(2)), "c" * 20]
    topic = BASE["themen/buergerbuero/index.md"]
    deep = {f"{'/'.join(steps[:end])}/index.md": topic for end in (2, 3, 4)}
    write_files(folder(tmp_path), deep)

    assert problems(tmp_path) == [f"{'/'.join(steps)}/index.md:1: Der Pfad der Datei ist länger als 400 Zeichen."]


def test_an_address_of_a_source(tmp_path: Path) -> None:
    source = f"sources: [{{title: Amt, url: 'https://example.org/{'x' * 500}'}}]\ntitle:"
    write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE.replace("title:", source, 1)})

    assert problems(tmp_path) == [f"{ARTICLE_FILE}:3: Die Adresse ist länger als 500 Zeichen."]


def test_every_text_key_of_every_kind_knows_the_limit_of_its_column() -> None:
    from knowledge.content_io.load import _field_faults
    from portal.core.content_io import Document

    checked = 0
    for kind in KINDS.values():
        columns = {field.name: field for field in kind.model._meta.concrete_fields}
        for key in kind.keys:
            column = columns.get(key.attribute)
            limit = getattr(column, "max_length", None)
            if not isinstance(column, models.CharField | models.TextField) or limit is None:
                continue
            if isinstance(key, ChoiceKey | ChoicesKey | FlagKey):
                continue
            value = ["x" * (limit + 1)] if isinstance(key, WordsKey) else "x" * (limit + 1)
            document = Document(kind, "x", {key.name: value})
            faults = [error for error in _field_faults(document, set()) if error.at == (key.name,)]
            assert faults, (kind.name, key.name)
            assert isinstance(key, Key)
            checked += 1
    assert checked > 30
