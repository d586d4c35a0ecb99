"""Both engines on the whole starter content: the same words, the same hits and counts, about the same order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from elasticsearch import Elasticsearch

from portal.core.visibility import Visibility
from search.analysis import analyse
from search.engines.base import Order, SearchEngine, SearchQuery, SearchResults
from search.engines.elastic import ElasticIndex
from search.engines.embedded import EmbeddedIndex
from search.evaluation import evaluate, spelling_of
from search.index import IndexHome
from search.query import parse, plan
from search.rated import read_rated
from search.reading import all_documents
from search.rebuild import rebuild
from tests.search.conformance.conftest import server_address, using_cluster
from tests.search.test_rated import HALVES, STARTER

pytestmark = [pytest.mark.elasticsearch, pytest.mark.django_db, pytest.mark.once]
# How far the engines may be apart in nDCG@10.
CLOSE = 0.02
# Days on which the starter content differs.
STEPS = tuple(date(2026, month, 1) for month in (11, 8, 3))


@dataclass
class Filled:
    """Both engines with the starter content."""

    here: EmbeddedIndex
    there: ElasticIndex
    client: Elasticsearch


@pytest.fixture(scope="module")
def filled(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filled]:
    from search.cluster_rebuild import rebuild_cluster

    address = server_address()
    home = IndexHome(tmp_path_factory.mktemp("index"))
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        from django.conf import settings

        patch.setattr(settings, "ELASTICSEARCH_URL", [address])
        with using_cluster(address, settings) as cluster:
            call_command("import_content", STARTER, starter=True, verbosity=0)
            here = EmbeddedIndex(rebuild(home).folder)
            rebuild_cluster(cluster)
            yield Filled(here, ElasticIndex(cluster.client, cluster.current()), cluster.client)
        transaction.set_rollback(True)


def queries() -> list[SearchQuery]:
    rows = [row for half in HALVES for row in read_rated(half).queries]
    return [replace(plan(parse(row["text"])), limit=50, reviewed_steps=STEPS) for row in rows]


def same_counts(mine: SearchResults, theirs: SearchResults) -> bool:
    names = ("kind_counts", "topic_counts", "audience_counts", "act_counts", "reviewed_counts")
    return all(getattr(mine, name) == getattr(theirs, name) for name in names)


def test_the_server_reads_words_as_we_do(filled: Filled) -> None:
    """Fields that the server analyses get the words that queries are made of."""
    for document in islice(all_documents(), 0, None, 3):
        text = f"{document.title}\n{document.summary}\n{document.text}"[:20_000]
        ours = analyse(text)
        for analyzer, expected in (("exact", ours.exact), ("stem", ours.stems)):
            answer = filled.client.indices.analyze(index=filled.there.index, analyzer=analyzer, text=text)
            assert [token["token"] for token in answer["tokens"]] == expected, document.key


def test_same_hits_and_counts(filled: Filled) -> None:
    for query in queries():
        mine, theirs = filled.here.search(query), filled.there.search(query)
        assert theirs.total == mine.total, query.text
        assert same_counts(mine, theirs), query.text


def test_same_hits_under_filters(filled: Filled) -> None:
    for query in queries()[::10]:
        counts = filled.here.search(query)
        for kind in list(counts.kind_counts)[:3]:
            for topic in list(counts.topic_counts)[:2]:
                narrow = replace(query, kinds=(kind,), topic=topic, level=Visibility.CENTRE, limit=100)
                mine, theirs = filled.here.search(narrow), filled.there.search(narrow)
                assert {hit.key for hit in theirs.hits} == {hit.key for hit in mine.hits}, query.text
                assert same_counts(mine, theirs), query.text


def test_same_hits_under_the_further_filters_and_in_the_order_of_dates(filled: Filled) -> None:
    for query in queries()[::10]:
        counts = filled.here.search(query)
        audiences, acts = list(counts.audience_counts)[:1], list(counts.act_counts)[:1]
        choices: list[dict[str, Any]] = [
            {"audiences": tuple(audiences)}, {"acts": tuple(acts)}, {"reviewed_since": STEPS[1]},
            {"audiences": tuple(audiences), "acts": tuple(acts)},
        ]  # fmt: skip
        for values in choices:
            narrow = replace(query, order=Order.DATE, limit=100, **values)
            mine, theirs = filled.here.search(narrow), filled.there.search(narrow)
            assert [hit.key for hit in theirs.hits] == [hit.key for hit in mine.hits], query.text
            assert same_counts(mine, theirs), query.text


def test_same_hits_without_what_is_left_out(filled: Filled) -> None:
    for query in queries()[::20]:
        out = tuple(hit.key for hit in filled.here.search(query).hits[:2])
        mine, theirs = (engine.search(replace(query, without=out)) for engine in (filled.here, filled.there))
        assert theirs.total == mine.total
        assert same_counts(mine, theirs)
        assert not {hit.key for hit in theirs.hits} & set(out)


def test_same_suggestions(filled: Filled) -> None:
    words = {word for row in read_rated(HALVES[0]).queries for word in row["text"].split() if len(word) > 3}
    for word in sorted(words)[::4]:
        for end in (2, 4):
            mine = filled.here.suggest(word[:end], limit=100)
            theirs = filled.there.suggest(word[:end], limit=100)
            assert {item.key for item in theirs} == {item.key for item in mine}, word[:end]


def test_the_rated_queries_stay_above_their_floor_and_close(filled: Filled) -> None:
    scores = {}
    for name in HALVES:
        rated = read_rated(name)
        engines: list[SearchEngine] = [filled.here, filled.there]
        mine, theirs = (evaluate(e, rated.queries, rated.ratings, spelling_of(filled.here)) for e in engines)
        assert abs(mine.ndcg_10 - theirs.ndcg_10) <= CLOSE, (name, mine, theirs)
        scores[name] = theirs
    assert scores[HALVES[1]].ndcg_10 >= 0.85
    assert scores[HALVES[1]].success_3 >= 0.92
