"""The search by meaning on both engines: the same nearest entries, under the same rights and filters."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, TestCase

from portal.core.visibility import Visibility
from search.cluster_follower import ClusterFollower
from search.cluster_rebuild import rebuild_cluster
from search.engines import get_engine, index_in_use
from search.engines.base import Order, SearchQuery
from search.engines.cluster import Cluster, cluster_in_use
from search.engines.elastic import ElasticIndex
from search.engines.elastic_mapping import elastic_version, index_definition
from search.explaining import explain
from search.finding import Found
from search.follower import Follower
from search.models import PassageVector
from search.narrowing import Filters
from search.query import parse, plan
from search.ranking import ranking
from search.rebuild import inspect
from search.semantic.fusion import DEPTH, current_store
from search.semantic.work import renew_vectors
from tests.search.conformance.conftest import answered_by_cluster, ask
from tests.search.conftest import Library, fill_shelf
from tests.search.embeddings import Embeddings, vector_of

pytestmark = pytest.mark.django_db


def make_vectors() -> None:
    """Run the job as if what it has written were committed."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        renew_vectors()


@pytest.fixture
def meant(
    switched_on: str, both: Library, follow_both: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> Iterator[Library]:
    """The library with vectors, as the job and the followers bring them into each engine; each answers itself."""
    make_vectors()
    follow_both()
    yield both
    assert "search.elasticsearch_refused" not in caplog.messages
    assert "search.elasticsearch_away" not in caplog.messages


def titles(text: str, level: Visibility = Visibility.PUBLIC, **values: Any) -> list[str]:
    return [result.title for result in ask(text, level, **values).results]


def numbered(found: Found) -> list[str]:
    """The results of which there are many."""
    return [result.title for result in found.results if re.fullmatch(r"Hopfen \d+", result.title)]


# -- what is found -------------------------------------------------------------------------------------


def test_what_means_the_same_is_found_beside_the_words(meant: Library) -> None:
    assert titles("Nachweise Kommunen")[0] == "NOOTS-Anschluss vorbereiten"
    assert "NOOTS-Anschluss vorbereiten" not in titles('"Kommunen"')


def test_without_words_only_what_is_very_near_counts(meant: Library, follow_both: Callable[[], None]) -> None:
    meant.add_article("Hopfen", "Hopfen")
    follow_both()
    assert titles("Malz") == []
    make_vectors()
    follow_both()
    assert titles("Malz") == ["Hopfen"]
    assert titles("Quastenflosser") == []
    # Words in quotes, provisions and dates are matters of words alone; the page about the ranking says so.
    assert titles('"Malz"') == []
    assert titles("Malz", filters=Filters(order=Order.DATE)) == []


def test_a_change_has_new_vectors_and_known_texts_cost_nothing(
    meant: Library, follow_both: Callable[[], None]
) -> None:
    page = meant.add_article("Hopfen", "Hopfen")
    make_vectors()
    follow_both()
    assert titles("Malz") == ["Hopfen"]
    page.title = page.short_answer = "Gerste"
    page.save_revision().publish()
    follow_both()
    make_vectors()
    follow_both()
    assert titles("Malz") == []
    page.title = page.short_answer = "Hopfen"
    page.save_revision().publish()
    Embeddings.texts.clear()
    follow_both()  # the text of before: its vectors are known, the cluster has them at once
    make_vectors()
    follow_both()
    assert titles("Malz") == ["Hopfen"]
    assert set(Embeddings.texts) <= {"Malz"}


def test_why_a_result_is_found_tells_its_place_by_meaning(meant: Library) -> None:
    explained = explain("Nachweise Behörde", f"article:{meant.article.pk}", level=Visibility.CENTRE)
    assert explained is not None
    assert any("Bedeutung der Eingabe steht dieser Treffer auf Platz 1;" in remark for remark in explained.remarks)
    quoted = explain('"Register Ihrer Behörde"', f"article:{meant.article.pk}", level=Visibility.CENTRE)
    assert quoted is not None
    assert not any("Bedeutung" in remark for remark in quoted.remarks)


# -- who finds it --------------------------------------------------------------------------------------


@pytest.fixture
def closed(meant: Library, follow_both: Callable[[], None]) -> Library:
    """Far more closed pages than are joined, all of them nearer than the one that everybody may read."""
    for number in range(DEPTH + 20):
        meant.add_article(f"Hopfen {number}", "Hopfen", visibility=Visibility.CENTRE)
    meant.add_article("Hopfen für alle Leser", "Hopfen im Garten", audience=["it"])
    make_vectors()
    follow_both()
    return meant


def test_rights_and_filters_hold_before_the_nearest_are_chosen(closed: Library) -> None:
    public = ask("Malz Behörde")
    assert "Hopfen für alle Leser" in [result.title for result in public.results]
    assert numbered(public) == []
    everything = ask("Malz Behörde", Visibility.CENTRE)
    assert numbered(everything) != []
    # What words do not find comes from the ten nearest.
    assert everything.total <= public.total + ranking().semantic["added"]
    narrowed = ask("Malz Behörde", Visibility.CENTRE, filters=Filters(audiences=("it",)))
    assert "Hopfen für alle Leser" in [result.title for result in narrowed.results]
    assert not any(
        result.title.startswith("Hopfen ") and result.title[7:].isdigit() for result in narrowed.results
    )


def test_a_page_that_is_closed_is_gone_at_once(closed: Library, follow_both: Callable[[], None]) -> None:
    page = closed.add_article("Malzfabrik", "Malz")
    make_vectors()
    follow_both()
    assert "Malzfabrik" in titles("Hopfen Register")
    page.visibility = Visibility.CENTRE
    page.save_revision().publish()
    assert "Malzfabrik" not in titles("Hopfen Register")  # the second look
    follow_both()
    assert "Malzfabrik" not in titles("Hopfen Register")
    assert "Malzfabrik" in titles("Malzfabrik", Visibility.CENTRE)


def test_pages_of_results_part_the_joined_list(closed: Library) -> None:
    first = ask("Hopfen Register", Visibility.CENTRE)
    pages = [ask("Hopfen Register", Visibility.CENTRE, page=page) for page in range(1, first.total // 10 + 2)]
    keys = [result.key for page in pages for result in page.results]
    assert {page.total for page in pages} == {first.total}
    assert len(keys) == len(set(keys)) == first.total


# -- one engine beside the other -----------------------------------------------------------------------


@pytest.mark.elasticsearch
def test_the_same_entries_are_nearest(switched_on: str, cluster: Cluster, library: Library) -> None:
    fill_shelf(library)
    for number in range(40):
        library.add_article(
            f"Hopfen {number}", f"Malz und {number} Register", visibility=list(Visibility)[number % 3]
        )
    make_vectors()
    for follower in (Follower(), ClusterFollower(cluster)):
        while follower.step():
            pass
        follower.close()
    here, there = index_in_use(), ElasticIndex(cluster.client, cluster.current())
    store = current_store()
    assert store is not None
    narrowings: list[dict[str, Any]] = [
        {},
        {"kinds": ("question", "topic")},
        {"topic": library.efa.pk},
        {"audiences": ("it",)},
        {"acts": ("ozg",)},
        {"without": (f"article:{library.article.pk}",)},
        {"kinds": ("article",), "acts": ("dsgvo",)},
    ]
    for text in ("Hopfen", "Nachweise", "Register 7", "Wer betreibt den Dienst"):
        for level in Visibility:
            for narrowing in narrowings:
                query = replace(plan(parse(text), level=level), **narrowing)
                assert_same(query, here.nearest(query, store.meaning(text), limit=200),
                            there.nearest(query, store.meaning(text), limit=200))  # fmt: skip


def assert_same(query: SearchQuery, mine: list[Any], theirs: list[Any]) -> None:
    """The same entries with the same likeness, and in its order; entries of equal likeness in any."""
    near = {hit.key: pytest.approx(hit.score, abs=2e-3) for hit in mine}
    assert {hit.key: hit.score for hit in theirs} == near, query
    assert len(mine) == len(near)
    for hits in (mine, theirs):
        scores = [round(hit.score, 3) for hit in hits]
        assert scores == sorted(scores, reverse=True)


# -- off, and in trouble -------------------------------------------------------------------------------


def test_off_the_index_is_what_it_always_was(both: Library) -> None:
    assert PassageVector.objects.count() == 0
    off = index_definition("x", shards=1, replicas=0).to_dict()
    assert "passages" not in off["mappings"]["properties"]
    assert "v" not in elastic_version().split("-")[0]
    assert titles("Malz") == []


def test_an_encoder_that_is_away_leaves_the_words_of_the_same_engine(meant: Library, client: Client) -> None:
    Embeddings.broken = True
    assert titles("Register")[0] == "Registermodernisierung"
    html = client.get("/suche/", {"q": "Anschluss Register"}).content.decode()
    assert "vorbereiten</a>" in html
    assert "Suchdienst antwortet gerade nicht" not in html


def test_before_any_vector_is_made_the_words_answer(switched_on: str, both: Library) -> None:
    assert titles("Register")[0] == "Registermodernisierung"
    assert titles("Malz") == []


def test_vectors_are_no_difference_to_the_database(meant: Library) -> None:
    index: Any = index_in_use()
    if settings.ELASTICSEARCH_URL:
        cluster = cluster_in_use()
        index = ElasticIndex(cluster.client, cluster.current())
    assert inspect(index) == []


@pytest.mark.elasticsearch
def test_one_setting_turns_it_on_and_off(
    cluster: Cluster, library: Library, switched_on: str, settings: Any
) -> None:
    """The setting comes after the index: a rebuild makes one with room for vectors, and one without again.

    The follower does not: to it, an index of another version is that of another machine's release.
    """
    address, off = settings.SEARCH_SEMANTIC, cluster.behind(cluster.read)
    follower = ClusterFollower(cluster)
    follower.step()
    assert cluster.behind(cluster.read) == off
    call_command("search_rebuild", engine="elasticsearch", if_missing=True, stdout=io.StringIO())
    follower.close()
    on = cluster.behind(cluster.read)
    assert on != off
    assert cluster.client.indices.get_mapping(index=on[0])[on[0]]["mappings"]["properties"]["passages"]
    make_vectors()
    while follower.step():
        pass
    assert answered_by_cluster()
    assert titles("Nachweise Kommunen")[0] == "NOOTS-Anschluss vorbereiten"
    settings.SEARCH_SEMANTIC = ""
    follower.close()
    follower.step()
    assert cluster.behind(cluster.read) == on
    rebuild_cluster(cluster)
    again = cluster.behind(cluster.read)
    assert again != on
    assert "passages" not in cluster.client.indices.get_mapping(index=again[0])[again[0]]["mappings"]["properties"]
    # Vectors that are there already are in a new index from its first moment on.
    settings.SEARCH_SEMANTIC = address
    Embeddings.texts.clear()
    rebuild_cluster(cluster)
    index = ElasticIndex(cluster.client, cluster.current())
    store = current_store()
    assert store is not None
    assert index.nearest(plan(parse("Nachweise")), store.meaning("Nachweise"), limit=1)
    assert Embeddings.texts == ["Nachweise"]
    follower.close()


@pytest.mark.elasticsearch
def test_vectors_that_do_not_fit_take_no_words_away(switched_on: str, cluster: Cluster, library: Library) -> None:
    """An encoder that suddenly gives other numbers is refused by the cluster; that is no reason to leave it."""
    make_vectors()
    follower = ClusterFollower(cluster)
    while follower.step():
        pass
    follower.close()

    class Short:
        vector = vector_of("Register")[:8]

        def ranked(self, start: int, stop: int) -> list[tuple[str, float]]:
            return []

    query = plan(parse("Register"))
    assert get_engine().nearest(query, Short(), limit=5) == []
    assert not get_engine().search(query).stand_in


def test_rated_sets_are_scored_by_meaning_on_each_engine(switched_on: str, both: Library, tmp_path: Path) -> None:
    texts = {"a": "Hopfen anbauen", "b": "Personalausweis beantragen", "c": "Wohngeld für Mieter"}
    files = [tmp_path / name for name in ("docs.jsonl", "queries.jsonl", "qrels.tsv")]
    documents = [{"id": name, "title": text, "text": ""} for name, text in texts.items()]
    files[0].write_text("\n".join(map(json.dumps, documents)))
    files[1].write_text('{"id": 1, "text": "Malz anbauen"}\n{"id": 2, "text": "Malz Mieter"}')
    files[2].write_text("1\t0\ta\t1\n2\t0\ta\t1\n")
    engine = "elasticsearch" if settings.ELASTICSEARCH_URL else "embedded"
    scores = {}
    for semantic in (False, True):
        out = tmp_path / f"out-{semantic}"
        call_command(
            "search_evaluate", *files, engine=engine, semantic=semantic, json_file=out, stdout=io.StringIO()
        )
        scores[semantic] = json.loads(out.read_text())
    assert scores[False]["found"]["2"] == ["c"]
    assert set(scores[True]["found"]["2"]) >= {"a", "c"}
    assert scores[True]["recall_10"] == 1.0
    assert PassageVector.objects.count() == 0
