"""Own search words of a page: found by them, kept over export and import, compared between versions."""

from __future__ import annotations

import pytest

from knowledge.versions.compare import FIELDS
from portal.core.content_io.kinds import KINDS
from portal.core.visibility import Visibility
from search.finding import find
from search.rebuild import rebuild
from tests.search.conftest import Library, make_library

pytestmark = pytest.mark.django_db


def titles(text: str) -> list[str]:
    return [result.title for result in find(text, level=Visibility.PUBLIC).results]


def test_pages_and_questions_are_found_by_their_own_words() -> None:
    library: Library = make_library()
    pages = ((library.article, "Datenautobahn, Einmal statt zweimal"), (library.question, "Nachnutzung"))
    for page, words in pages:
        page.search_words = words
        page.save_revision().publish()
    rebuild()
    assert titles("Datenautobahn") == [library.article.title]
    assert titles("einmal statt zweimal")[0] == library.article.title
    assert titles("Nachnutzung") == [library.question.title]


def test_they_are_a_field_like_the_others() -> None:
    assert "search_words" in FIELDS
    for kind in ("article", "question", "template", "decision"):
        assert "search_words" in {key.name for key in KINDS[kind].keys}, kind
