from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from portal.core.visibility import Visibility
from search.engines.base import EngineError, SearchQuery
from search.engines.embedded import EmbeddedIndex, engine_boundary
from search.finding import find
from search.query import LONGEST_QUERY, parse
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db

NASTY = [
    "x" * 10_000,
    "register " * 2_000,
    '"',
    '"noots',
    'noots"',
    '""',
    '"" ""',
    '"noots"',
    '"§"',
    "'",
    "\x00noots\x00",
    "noots\x00",
    "((((",
    "a AND (b OR",
    "title:noots",
    "*",
    "?",
    "[a TO b]",
    "\\",
    "^~!",
    "{}",
    "<script>alert(1)</script>",
    "'; DROP TABLE x; --",
    "\u202enoots\u202c",
    "🙂",
    "🙂🙂 noots",
    "12345",
    "wer wie was",
    "a",
    "§",
    "§§§",
    "§ 9",
    "ß",
    "ÄÖÜ",
    "\ud800",
    "noots\r\nSet-Cookie: a=b",
    "%s %d {0}",
    "ozg " * 60,
    "\u00ad\u200d",
    "/" * 300,
    "-" * 300,
    "1.2.3.4/5:6,7",
    "§ 99999 OZG",
    "Art. 0 OZG",
    "noots " + '"' * 51,
    "Donaudampfschifffahrt" * 40,
]


def test_page_answers_sensibly(client: Client, indexed: Library, subtests: pytest.Subtests) -> None:
    for text in NASTY:
        with subtests.test(text=ascii(text[:40])):
            data = {"q": text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
            response = client.get("/suche/", data)
            assert response.status_code == 200
            assert "<script>alert" not in response.content.decode()
            assert client.get("/suche/vorschlaege/", data).status_code == 200


STRANGE = (
    "seite=-1",
    "seite=0",
    "seite=x",
    "seite=²",
    "thema=abc",
    "thema=²",
    "thema=99999999999",
    "art=unbekannt",
    "&".join(["art=article"] * 200),
    "q=%FF%FE",
    "q[]=1",
    "thema=%00",
)


def test_unknown_parameters_are_harmless(client: Client, indexed: Library, subtests: pytest.Subtests) -> None:
    for query in STRANGE:
        with subtests.test(query=query[:40]):
            assert client.get(f"/suche/?q=noots&{query}").status_code == 200


def test_only_reading_is_answered(client: Client, indexed: Library) -> None:
    assert client.post("/suche/", {"q": "noots"}).status_code == 405


def test_long_query_is_cut_at_a_word_and_says_so(client: Client, indexed: Library) -> None:
    typed = parse("Registermodernisierung " * 100)
    assert typed.shortened
    assert len(typed.text) <= LONGEST_QUERY
    assert not typed.text.endswith("Registermod")
    assert "Ihre Eingabe war sehr lang" in client.get("/suche/", {"q": "register " * 400}).content.decode()


def test_unbalanced_quotes_become_words() -> None:
    typed = parse('"EfA-Dienst" betreiben "wer')
    assert typed.phrases == ("EfA-Dienst",)
    assert '"' not in typed.words


def test_control_and_direction_characters_vanish() -> None:
    assert parse("no\u202eots\x00 \u00adregis\u00adter\t").text == "noots register"


def test_native_panic_becomes_an_engine_error(tmp_path: Path) -> None:
    index = EmbeddedIndex(tmp_path / "a")
    index.open_writer()
    native = index._builder.matching(SearchQuery())
    with pytest.raises(EngineError, match="native code gave up"), engine_boundary("probe"):
        index._index.searcher().search(native, limit=0)
    with pytest.raises(EngineError):
        EmbeddedIndex(tmp_path / "a").open_writer()


def test_missing_index_gives_the_plain_search_with_a_notice(client: Client, library: Library) -> None:
    html = client.get("/suche/", {"q": "noots"}).content.decode()
    assert "NOOTS" in html
    assert "arbeitet gerade eingeschränkt" in html
    assert client.get("/suche/vorschlaege/", {"q": "noots"}).json() == {"suggestions": []}


def test_broken_index_gives_the_plain_search(client: Client, indexed: Library) -> None:
    from search import index as search_index

    search_index._readers.index = None
    folder = next(path for path in (Path(settings.SEARCH_INDEX_DIR) / "embedded").iterdir() if path.is_dir())
    (folder / "meta.json").write_text("{broken")
    response = client.get("/suche/", {"q": "noots"})
    assert response.status_code == 200
    assert "arbeitet gerade eingeschränkt" in response.content.decode()


def test_plain_search_obeys_restrictions(library: Library) -> None:
    library.article.visibility = Visibility.CENTRE
    library.article.save()
    assert not [hit for hit in find("noots", level=Visibility.PUBLIC).results if hit.kind.code == "article"]
    assert [hit for hit in find("noots", level=Visibility.CENTRE).results if hit.kind.code == "article"]


def test_links_repeat_only_what_was_understood(client: Client, indexed: Library) -> None:
    query = {"q": "efa " * 2500, "art": ["unsinn", "question", "question"], "thema": "gibt-es-nicht"}
    html = client.get("/suche/", query).content.decode()
    links = re.findall(r'href="(/suche/\?[^"]*)"', html)
    assert links
    assert max(map(len, links)) < 500
    assert not any("unsinn" in link or "gibt-es-nicht" in link for link in links)


def test_a_page_behind_the_last_one_shows_the_last(
    client: Client, indexed: Library, subtests: pytest.Subtests
) -> None:
    for page in ("2", "16", "1000"):
        with subtests.test(page=page):
            html = client.get("/suche/", {"q": "efa", "seite": page}).content.decode()
            assert "Keine Treffer" not in html
            assert "Wer betreibt den" in html
