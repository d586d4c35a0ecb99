"""The rated queries on the starter content: a floor below which the ranking must not fall."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from search import index as search_index
from search.engines.embedded import EmbeddedIndex
from search.evaluation import evaluate, spelling_of
from search.index import open_current
from search.rated import SHIPPED, read_rated
from search.rebuild import rebuild
from search.registry import registry

RATED = Path(__file__).parent / "rated"
STARTER = Path(__file__).resolve().parents[2] / "knowledge" / "starter"
HALVES = (SHIPPED, RATED / "holdout.txt")


def test_both_halves_hold_enough_queries_and_share_none() -> None:
    halves = [read_rated(path) for path in HALVES]
    texts = [{row["text"] for row in half.queries} for half in halves]
    assert all(len(half.queries) == len(text) >= 100 for half, text in zip(halves, texts, strict=True))
    assert not texts[0] & texts[1]
    assert all(len(half.ratings) < len(half.queries) for half in halves)  # some have no answer


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.django_db
def test_the_hold_out_half_stays_above_its_floor() -> None:
    call_command("import_content", STARTER, starter=True, verbosity=0)
    rebuild()
    try:
        index = open_current()
        _all_rated_pages_exist(index)
        half = read_rated(HALVES[1])
        scores = evaluate(index, half.queries, half.ratings, spelling_of(index))
    finally:
        search_index._readers.index = None
    assert scores.ndcg_10 >= 0.85, scores
    assert scores.success_3 >= 0.92, scores


def _all_rated_pages_exist(index: EmbeddedIndex) -> None:
    addresses = {row.url for source in registry.sources for row in source.load(list(source.ids()))}
    for path in HALVES:
        rated = {address for pages in read_rated(path).ratings.values() for address in pages}
        assert rated <= addresses, sorted(rated - addresses)
