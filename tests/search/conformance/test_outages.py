"""A real server is killed, stopped and blocked while the portal uses it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from elasticsearch import AuthorizationException, Elasticsearch

from scripts.elastic_server import Node, throw_away_node, unpacked
from scripts.run_tests import free_port
from search import cluster_follower
from search import index as search_index
from search.checking import check
from search.cluster_follower import ClusterFollower
from search.cluster_rebuild import rebuild_cluster, roll_back
from search.documents import SearchDocument
from search.engines.base import EngineError
from search.engines.cluster import Cluster
from search.engines.elastic import ElasticIndex
from search.follower import Follower, newest_change
from search.query import parse, plan
from search.rebuild import inspect, rebuild
from tests.search.conformance.conftest import (
    HOW,
    answered_by_cluster,
    said_about_indexes,
    server_address,
    using_cluster,
)
from tests.search.conftest import Library

pytestmark = [pytest.mark.elasticsearch, pytest.mark.django_db, pytest.mark.once]
NOTICE = "Der Suchdienst antwortet gerade nicht"
LONGEST_SECONDS = 2.0
# Who comes without a key may do everything: the tests themselves. The portal comes with a key of its own.
# The server lifts blocks by itself where it finds room on the disk; here they are the test's.
SECURED = """\
xpack.security.enabled: true
xpack.security.authc.anonymous.roles: superuser
cluster.info.update.interval: 60m
"""


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """A server of these tests' own; the one that all tests share stays in peace."""
    server_address()
    if not unpacked():
        (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)(f"No Elasticsearch: {HOW}.")
    with throw_away_node(free_port(), extra=SECURED) as made:
        yield made


@pytest.fixture
def cluster(node: Node, library: Library, settings: Any) -> Iterator[Cluster]:
    """The library in the cluster and in the embedded index; whatever a test did to the server is undone."""
    node.send(signal.SIGCONT)
    node.start()
    with using_cluster(node.url, settings, make_key=lambda prefix: limited_key(node, prefix)) as made:
        rebuild()
        rebuild_cluster(made)
        assert answered_by_cluster()
        yield made
        node.send(signal.SIGCONT)
        node.start()
    search_index._readers.index = None


@pytest.fixture
def admin(node: Node) -> Elasticsearch:
    return Elasticsearch(node.url)


def limited_key(node: Node, prefix: str) -> str:
    """A key with what docs/search.md says is needed, and no more."""
    rights = {"cluster": [], "indices": [{"names": [f"{prefix}-*"], "privileges": ["read", "write", "manage"]}]}
    made = Elasticsearch(node.url).security.create_api_key(name="portal", role_descriptors={"portal": rights})
    return str(made["encoded"])


def page(client: Client, text: str = "noots") -> tuple[str, float]:
    """Return the page of results and the seconds it took; it is always a page."""
    started = time.monotonic()
    response = client.get("/suche/", {"q": text})
    seconds = time.monotonic() - started
    assert response.status_code == 200
    return response.content.decode(), seconds


def assert_stood_in_for(client: Client) -> None:
    html, seconds = page(client)
    assert NOTICE in html
    assert "Anschluss vorbereiten" in html
    assert seconds < LONGEST_SECONDS
    # From now on nobody waits.
    html, seconds = page(client)
    assert NOTICE in html
    assert seconds < LONGEST_SECONDS / 2
    assert client.get("/suche/vorschlaege/", {"q": "noo"}).json()["suggestions"]


def assert_back(client: Client) -> None:
    assert answered_by_cluster()
    assert NOTICE not in page(client)[0]


def test_killed_while_people_search_and_the_alias_swaps(
    client: Client, node: Node, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    names = [cluster.current()]
    rebuild_cluster(cluster)
    names.append(cluster.current())
    swapping = threading.Thread(target=_swap, args=(cluster, names))
    swapping.start()
    assert NOTICE not in page(client)[0]
    node.stop(signal.SIGKILL)
    swapping.join()
    assert_stood_in_for(client)
    for _ in range(5):
        page(client, "geheimes Wort")
    said = [record for record in caplog.records if record.message == "search.elasticsearch_away"]
    assert len(said) == 1
    assert "geheim" not in caplog.text
    node.start()
    answering = cluster.behind(cluster.read)
    assert len(answering) == 1
    assert answering[0] in names
    assert_back(client)


def _swap(cluster: Cluster, names: list[str]) -> None:
    with contextlib.suppress(EngineError):
        for turn in range(100_000):
            cluster.swap(names[turn % 2])


def test_stopped_while_people_search(client: Client, node: Node, cluster: Cluster) -> None:
    node.send(signal.SIGSTOP)
    # The slowest way: words with a typing error, a phrase that occurs nowhere, each asked again.
    html, seconds = page(client, '"noots anschlus" vorbereitn')
    assert NOTICE in html
    assert seconds < LONGEST_SECONDS
    assert_stood_in_for(client)
    node.send(signal.SIGCONT)
    assert_back(client)


def test_red_cluster(client: Client, node: Node, cluster: Cluster, admin: Elasticsearch, library: Library) -> None:
    """A shard whose files are gone: nothing the server could put right by itself."""
    index = cluster.current()
    follower = ClusterFollower(cluster)
    follower.step()
    break_shard(node, admin, index)
    assert_stood_in_for(client)
    follower.close()
    library.add_article("Wohngeldantrag digital", "Der Antrag.")
    with pytest.raises(EngineError):
        follower.step()
    rebuild_cluster(cluster)
    assert_back(client)
    assert index not in cluster.indexes()  # nobody could go back to it
    library.add_article("Hundesteuer online", "Die Anmeldung.")
    while follower.step():
        pass
    assert "Hundesteuer" in page(client, "Hundesteuer")[0]
    assert inspect(ElasticIndex(cluster.client, cluster.current())) == []


def test_a_broken_index_before_holds_up_no_change(
    node: Node, cluster: Cluster, admin: Elasticsearch, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    before = cluster.current()
    rebuild_cluster(cluster)
    assert cluster.behind(cluster.write) == [cluster.current(), before]
    break_shard(node, admin, before)
    follower = ClusterFollower(cluster)
    for title in ("Wohngeldantrag digital", "Hundesteuer online"):
        library.add_article(title, "Der Antrag.")
        while follower.step():
            pass
        follower.close()
    assert inspect(ElasticIndex(cluster.client, cluster.current())) == []
    assert [record.__dict__["index"] for record in said_about_indexes(caplog)] == [before]
    with pytest.raises(EngineError, match="keinen früheren Index"):
        roll_back(cluster)
    rebuild_cluster(cluster)
    assert before not in cluster.indexes()


def test_an_index_that_stays_broken_is_built_anew(
    client: Client, node: Node, cluster: Cluster, admin: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = cluster.current()
    break_shard(node, admin, index)
    follower = ClusterFollower(cluster)
    with pytest.raises(EngineError):
        follower.step()
    assert cluster.behind(cluster.read) == [index]
    monkeypatch.setattr(cluster_follower, "LOST_SECONDS", 0.0)
    follower.close()
    follower.step()
    assert cluster.current() != index
    assert_back(client)


def break_shard(node: Node, admin: Elasticsearch, index: str) -> None:
    """Take away the files of an index; it is red afterwards."""
    uuid = admin.indices.get(index=index)[index]["settings"]["index"]["uuid"]
    admin.indices.close(index=index)
    for file in (node.folder / "data" / "indices" / uuid / "0" / "index").glob("segments_*"):
        file.unlink()
    admin.indices.open(index=index, wait_for_active_shards="0")
    end = time.monotonic() + 20
    while admin.cluster.health(index=index)["status"] != "red":
        assert time.monotonic() < end
        time.sleep(0.2)


def test_missing_index_is_built_again(client: Client, cluster: Cluster) -> None:
    cluster.remove(cluster.current())
    assert_stood_in_for(client)
    follower = ClusterFollower(cluster)
    follower.step()
    assert_back(client)
    assert inspect(ElasticIndex(cluster.client, cluster.current())) == []


def test_full_disk_loses_no_change(client: Client, cluster: Cluster, library: Library) -> None:
    followers: list[Any] = [Follower(), ClusterFollower(cluster)]
    cluster.client.indices.put_settings(index=cluster.current(), settings={"blocks.read_only_allow_delete": True})
    library.add_article("Wohngeldantrag digital", "Der Antrag.")
    followers[0].step()
    with pytest.raises(EngineError, match="refused"):
        followers[1].step()
    assert NOTICE not in page(client)[0]  # what is there can be read
    cluster.client.indices.put_settings(index=cluster.current(), settings={"blocks.read_only_allow_delete": None})
    followers[1].step()
    assert "Wohngeldantrag" in page(client, "Wohngeldantrag")[0]
    assert inspect(ElasticIndex(cluster.client, cluster.current())) == []
    followers[0].close()


def test_an_entry_that_never_fits_stops_no_other(
    cluster: Cluster, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    index = ElasticIndex(cluster.client, cluster.current())
    good = SearchDocument(key="article:7001", kind="article", title="Passt", url="/a/")
    # No word of a field that is kept whole may be longer than 32 kB.
    index.put([SearchDocument(key="article:7000", kind="x" * 40_000, title="Zu lang", url="/b/"), good], version=1)
    index.commit()
    found = index.keys_of(set(index.inventory()))
    assert "article:7001" in found
    assert "article:7000" not in found
    assert "search.elastic_refused" in caplog.messages


def test_newer_entries_are_never_overwritten(cluster: Cluster) -> None:
    """Two nodes follow: the slower one has read before a change and writes after it."""
    index = ElasticIndex(cluster.client, cluster.current())
    new = SearchDocument(key="article:7002", kind="article", title="Neu", url="/a/")
    index.put([new], version=10**6)
    index.put([SearchDocument(key="article:7002", kind="article", title="Alt", url="/a/")], version=10**6 - 1)
    index.delete(["article:7002"], version=10**6 - 1)
    index.commit()
    hits = index.search(plan(parse("neu"), synonyms=None)).hits
    assert [hit.title for hit in hits if hit.key == "article:7002"] == ["Neu"]


def test_killed_while_a_new_index_is_filled(client: Client, node: Node, cluster: Cluster) -> None:
    before = cluster.current()
    killer = threading.Timer(0.4, node.stop, [signal.SIGKILL])
    killer.start()
    with contextlib.suppress(EngineError):
        while killer.is_alive():  # a machine that fills faster than we kill fills again
            rebuild_cluster(cluster)
            before = cluster.current()
    killer.join()
    assert_stood_in_for(client)
    node.start()
    assert_back(client)
    assert cluster.current() == before
    assert not cache.get(f"search-building:{cluster.address.prefix}")
    assert inspect(ElasticIndex(cluster.client, before)) == []
    rebuild_cluster(cluster)
    assert len(cluster.behind(cluster.write)) == 2


def test_nobody_notices_a_swap(cluster: Cluster) -> None:
    """Searches go on while a new index is built and swapped in; it can be gone back to."""
    from search.engines import get_engine

    query, stop = plan(parse("noots")), threading.Event()
    answers: list[bool] = []
    engine = get_engine()

    def ask() -> None:
        while not stop.is_set():
            found = engine.search(query)
            answers.append(bool(found.total) and not found.stand_in)

    thread = threading.Thread(target=ask)
    thread.start()
    before = cluster.current()
    for _ in range(2):
        rebuild_cluster(cluster)
    after = cluster.current()
    stop.set()
    thread.join()
    assert len(answers) > 10
    assert all(answers)
    assert after != before
    assert roll_back(cluster) != after
    assert inspect(ElasticIndex(cluster.client, cluster.current())) == []


def test_reconciliation_repairs(cluster: Cluster, library: Library) -> None:
    index = ElasticIndex(cluster.client, cluster.current())
    key = f"article:{library.article.pk}"
    wrong = SearchDocument(key=key, kind="article", title="Falsch", url="/")
    surplus = SearchDocument(key="article:7003", kind="article", title="Zu viel", url="/")
    index.put([wrong, surplus], version=newest_change())
    index.delete([f"question:{library.question.pk}"], version=newest_change())
    index.commit()
    found = check("Elasticsearch", index, settle=0)
    assert set(found.wrong) == {key, "article:7003", f"question:{library.question.pk}"}
    ClusterFollower(cluster).step()
    assert inspect(index) == []


def test_a_key_reaches_no_other_installation(cluster: Cluster, admin: Elasticsearch) -> None:
    admin.indices.create(index="somebody-elses")
    with pytest.raises(AuthorizationException):
        cluster.client.search(index="somebody-elses")
    admin.indices.delete(index="somebody-elses")
    stranger = Cluster(replace(cluster.address, api_key="ZmFsc2NoOmZhbHNjaA=="), seconds=5)
    with pytest.raises(EngineError, match="401"):
        stranger.current()
