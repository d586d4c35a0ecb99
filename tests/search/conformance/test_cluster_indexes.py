"""The indexes of installations and releases that share a cluster: whose they are, which may be gone back to."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.core.management import call_command
from elasticsearch import BadRequestError

from portal.core.visibility import Visibility
from search import cluster_follower
from search import index as search_index
from search.cluster_follower import ClusterFollower
from search.cluster_rebuild import is_proven, keep_position, position_of, rebuild_cluster, roll_back
from search.compounds import Splitter
from search.documents import SearchDocument
from search.engines import cluster as cluster_module
from search.engines.base import EngineError
from search.engines.cluster import Cluster
from search.engines.elastic import ElasticIndex
from search.engines.elastic_client import BULK_SECONDS
from search.engines.elastic_mapping import elastic_version, index_template
from search.finding import find
from search.follower import newest_change
from search.index import Position, now_iso
from search.rebuild import GateError, inspect
from tests.search.conformance.conftest import answered_by_cluster, clean, said_about_indexes
from tests.search.conftest import Library

pytestmark = [pytest.mark.elasticsearch, pytest.mark.django_db]
OTHER_VERSION = "1-5-0badcafe"
Inside = Callable[[], contextlib.AbstractContextManager[None]]


def half_filled(cluster: Cluster) -> str:
    """What a build leaves that is killed while it fills: behind the write alias, with a position, unproven."""
    name = cluster.make()
    index = ElasticIndex(cluster.client, name, splitter=Splitter({}))
    index.save_vocabulary({})
    keep_position(index, Position(newest_change(), now_iso()))
    cluster.follow(name)
    return name


def work_off_all(follower: ClusterFollower) -> None:
    follower.close()
    while follower.step():
        pass


# -- going back ----------------------------------------------------------------------------------------


def test_a_half_filled_index_is_never_gone_back_to(cluster: Cluster) -> None:
    first = cluster.current()
    rebuild_cluster(cluster)
    left = half_filled(cluster)
    assert cluster.behind(cluster.write)[0] == left
    assert is_proven(cluster, first)
    assert not is_proven(cluster, left)
    assert roll_back(cluster) == first == cluster.current()


def test_without_a_proven_index_there_is_none_to_go_back_to(cluster: Cluster) -> None:
    before = cluster.current()
    half_filled(cluster)
    with pytest.raises(EngineError, match="keinen früheren Index"):
        roll_back(cluster)
    assert cluster.current() == before


def test_the_next_build_removes_what_a_killed_one_has_left(cluster: Cluster) -> None:
    before, left = cluster.current(), half_filled(cluster)
    rebuild_cluster(cluster)
    assert cluster.indexes() == [cluster.current(), before]
    assert left not in cluster.behind(cluster.write)


def test_an_index_that_differs_from_the_database_is_not_gone_back_to(cluster: Cluster) -> None:
    first = cluster.current()
    rebuild_cluster(cluster)
    second, index = cluster.current(), ElasticIndex(cluster.client, first)
    index.put([SearchDocument(key="article:7003", kind="article", title="Zu viel", url="/")], version=1)
    index.commit()
    with pytest.raises(GateError, match="zu viel: 1"):
        roll_back(cluster)
    assert cluster.current() == second


def test_an_index_of_an_earlier_release_is_proven_by_having_answered(cluster: Cluster) -> None:
    before = cluster.current()
    cluster.client.delete(index=before, id="_proven")
    rebuild_cluster(cluster)
    assert is_proven(cluster, before)
    assert roll_back(cluster) == before


# -- one that cannot be read ----------------------------------------------------------------------------


def test_a_closed_index_before_holds_up_no_change(
    cluster: Cluster, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    before = cluster.current()
    rebuild_cluster(cluster)
    cluster.client.indices.close(index=before)
    assert before in cluster.indexes()
    follower = ClusterFollower(cluster)
    for title in ("Wohngeldantrag digital", "Hundesteuer online"):
        library.add_article(title, "Der Antrag.")
        work_off_all(follower)
    assert inspect(ElasticIndex(cluster.client, cluster.current())) == []
    assert [record.__dict__["index"] for record in said_about_indexes(caplog)] == [before]
    rebuild_cluster(cluster)
    assert before not in cluster.indexes()


def test_a_blocked_index_before_holds_up_no_change_and_catches_up(
    cluster: Cluster, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cluster.current()
    rebuild_cluster(cluster)
    follower = ClusterFollower(cluster)
    follower.step()
    cluster.client.indices.put_settings(index=before, settings={"blocks.write": True})
    library.add_article("Wohngeldantrag digital", "Der Antrag.")
    assert follower.step() > 0
    assert inspect(ElasticIndex(cluster.client, cluster.current())) == []
    cluster.client.indices.put_settings(index=before, settings={"blocks.write": None})
    monkeypatch.setattr(follower, "_resting", {})  # as after a minute
    work_off_all(follower)
    assert inspect(ElasticIndex(cluster.client, before)) == []


def test_a_closed_index_that_answers_is_trouble_and_then_built_anew(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = cluster.current()
    cluster.client.indices.close(index=index)
    follower = ClusterFollower(cluster)
    for _ in range(2):
        with pytest.raises(EngineError):
            follower.step()
    monkeypatch.setattr(cluster_follower, "LOST_SECONDS", 0.0)
    work_off_all(follower)
    assert cluster.indexes() == [cluster.current()] != [index]


# -- two releases --------------------------------------------------------------------------------------


@pytest.fixture
def other_release(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Inside:
    """What happens inside is done by a machine with another release: all it bakes into an index differs."""

    @contextlib.contextmanager
    def inside() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(cluster_module, "elastic_version", lambda: OTHER_VERSION)
            yield

    return inside


def test_followers_of_two_releases_do_not_take_the_cluster_from_one_another(
    cluster: Cluster,
    library: Library,
    other_release: Inside,
    caplog: pytest.LogCaptureFixture,
) -> None:
    old, mine, theirs = cluster.current(), ClusterFollower(cluster), ClusterFollower(cluster)
    with other_release():
        work_off_all(theirs)
        assert cluster.behind(cluster.read) == [old]
        with pytest.raises(EngineError, match="another version"):
            cluster.current()  # its readers are answered by its own index
        call_command("search_rebuild", engine="elasticsearch", if_missing=True, stdout=io.StringIO())
        new = cluster.current()
    assert new != old
    library.add_article("Wohngeldantrag digital", "Der Antrag.")
    for _ in range(3):
        work_off_all(mine)
        with other_release():
            work_off_all(theirs)
    assert cluster.behind(cluster.read) == [new]
    assert cluster.indexes() == [new, old]
    # Each has followed its own: the old release can be gone back to.
    for name in (new, old):
        assert inspect(ElasticIndex(cluster.client, name)) == []
    assert [record.__dict__["index"] for record in said_about_indexes(caplog)] == [old, new]
    assert roll_back(cluster) == old


def test_readers_of_the_release_that_waits_are_told(cluster: Cluster, other_release: Inside) -> None:
    with other_release():
        rebuild_cluster(cluster)
    cluster.client.indices.delete(index=[name for name in cluster.indexes() if elastic_version() in name])
    assert not answered_by_cluster(seconds=1.0)
    found = find("noots", level=Visibility.PUBLIC)
    assert found.stand_in
    assert found.results
    rebuild_cluster(cluster)
    assert answered_by_cluster()
    search_index._readers.index = None


def test_an_index_of_another_release_that_cannot_be_read_is_nobodys(
    cluster: Cluster, other_release: Inside
) -> None:
    with other_release():
        rebuild_cluster(cluster)
        theirs = cluster.current()
    cluster.client.indices.close(index=theirs)
    work_off_all(ClusterFollower(cluster))
    assert cluster.is_current(cluster.current())


# -- two installations ---------------------------------------------------------------------------------


@pytest.fixture
def longer(cluster: Cluster) -> Iterator[Cluster]:
    """An installation in the same cluster whose prefix begins with the first one's."""
    prefix = f"{cluster.address.prefix}-test"
    made = Cluster(replace(cluster.address, prefix=prefix), seconds=BULK_SECONDS)
    yield made
    clean(made.client, prefix)


def test_a_prefix_may_begin_with_another(cluster: Cluster, longer: Cluster) -> None:
    mine, left = cluster.current(), half_filled(cluster)
    rebuild_cluster(longer)
    theirs = longer.current()
    templates = cluster.client.indices.get_index_template(name=f"{cluster.address.prefix}*")["index_templates"]
    priorities = {row["name"]: row["index_template"]["priority"] for row in templates}
    assert priorities[f"{longer.address.prefix}-search"] > priorities[f"{cluster.address.prefix}-search"]
    rebuild_cluster(cluster)
    assert longer.indexes() == longer.behind(longer.write) == [theirs]
    assert cluster.indexes() == [cluster.current(), mine]
    assert left not in cluster.indexes()
    assert position_of(ElasticIndex(longer.client, theirs)) is not None
    assert roll_back(cluster) == mine


def test_what_is_not_named_like_an_index_of_ours_is_left_alone(cluster: Cluster) -> None:
    strange = f"{cluster.address.prefix}-{elastic_version()}-notes"
    cluster.client.indices.create(index=strange)
    rebuild_cluster(cluster)
    assert strange not in cluster.indexes()
    assert cluster.client.indices.exists(index=strange)


def test_a_template_that_overlaps_is_told_and_stops_nothing(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    prefix = cluster.address.prefix
    cluster.client.indices.delete_index_template(name=f"{prefix}-search")
    body = index_template(prefix, shards=1, replicas=0).to_dict()
    cluster.client.indices.put_index_template(name=f"{prefix}-operator", **body)
    with pytest.raises(BadRequestError):
        cluster.client.indices.put_index_template(name=f"{prefix}-search", **body)
    try:
        rebuild_cluster(cluster)
    finally:
        cluster.client.indices.delete_index_template(name=f"{prefix}-operator")
        cluster.client.indices.put_index_template(name=f"{prefix}-search", **body)
    assert "search.elastic_template_refused" in caplog.messages
    assert inspect(ElasticIndex(cluster.client, cluster.current())) == []
