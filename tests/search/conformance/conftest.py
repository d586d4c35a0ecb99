"""Both engines, one after the other, with the same content behind `find`, `suggest` and the pages."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from elasticsearch import Elasticsearch

from portal.core.visibility import Visibility
from search import index as search_index
from search.cluster_follower import ClusterFollower
from search.cluster_rebuild import rebuild_cluster
from search.engines.cluster import Cluster
from search.engines.elastic_client import BULK_SECONDS, cluster_address
from search.engines.serving import served_cluster
from search.finding import Found, find
from search.follower import Follower
from search.rebuild import rebuild
from tests.search.conftest import Library

HOW = "make elasticsearch, then set ELASTICSEARCH_URL to the address it says"
ENGINES = ["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]


def server_address() -> str:
    """The address of the server to test on; without one the test is left out, or fails where all must run."""
    if settings.TEST_ELASTICSEARCH_URL:
        return str(settings.TEST_ELASTICSEARCH_URL[0])
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"No Elasticsearch: {HOW}.")
    pytest.skip(f"No Elasticsearch: {HOW}.")


@contextlib.contextmanager
def using_cluster(url: str, changed: Any, make_key: Callable[[str], str] = lambda prefix: "") -> Iterator[Cluster]:
    """Let the portal use a cluster with a prefix of its own; nothing of it is left behind."""
    before = changed.ELASTICSEARCH_PREFIX
    prefix = f"{before}-{secrets.token_hex(3)}"
    changed.ELASTICSEARCH_URL, changed.ELASTICSEARCH_PREFIX = [url], prefix
    changed.ELASTICSEARCH_API_KEY = make_key(prefix)
    address = cluster_address()
    assert address is not None
    cluster = Cluster(address, seconds=BULK_SECONDS)
    try:
        yield cluster
    finally:
        clean(cluster.client, prefix)
        changed.ELASTICSEARCH_URL, changed.ELASTICSEARCH_PREFIX, changed.ELASTICSEARCH_API_KEY = [], before, ""


def ask(text: str, level: Visibility = Visibility.PUBLIC, **values: Any) -> Found:
    """Search, and make sure that the engine itself has answered."""
    found = find(text, level=level, **values)
    assert not found.degraded
    assert not found.stand_in
    return found


def clean(client: Elasticsearch, prefix: str) -> None:
    with contextlib.suppress(Exception):
        for name in client.indices.get(index=f"{prefix}-*", features="aliases").body:
            client.indices.delete(index=name)
        client.indices.delete_index_template(name=f"{prefix}-search")


def said_about_indexes(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What the follower has said about single indexes."""
    return [record for record in caplog.records if record.message == "search.follower.index"]


def answered_by_cluster(seconds: float = 30.0) -> bool:
    """Whether the cluster answers within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not find("noots", level=Visibility.PUBLIC).stand_in:
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def cluster(library: Library, settings: Any) -> Iterator[Cluster]:
    """The library in the cluster; the embedded index is there as well."""
    with using_cluster(server_address(), settings) as made:
        rebuild()
        rebuild_cluster(made)
        assert served_cluster() is not None
        assert answered_by_cluster()
        yield made
    search_index._readers.index = None


@pytest.fixture(params=ENGINES)
def both(request: pytest.FixtureRequest, library: Library) -> Iterator[Library]:
    """The library behind each engine."""
    if request.param == "embedded":
        rebuild()
    else:
        request.getfixturevalue("cluster")
    yield library
    search_index._readers.index = None


@pytest.fixture
def follow_both(both: Library, request: pytest.FixtureRequest) -> Iterator[Callable[[], None]]:
    """Work off the change log into every index there is."""
    followers: list[Any] = [Follower()]
    if settings.ELASTICSEARCH_URL:
        followers.append(ClusterFollower(request.getfixturevalue("cluster")))

    def work() -> None:
        for follower in followers:
            while follower.step():
                pass

    work()
    yield work
    for follower in followers:
        follower.close()
