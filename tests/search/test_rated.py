"""The rated queries on the starter content (rated/*.txt): a floor below which the ranking must not fall."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command

from search import index as search_index
from search.engines.embedded import EmbeddedIndex
from search.evaluation import evaluate, spelling_of
from search.index import open_current
from search.rebuild import rebuild
from search.registry import registry

RATED = Path(__file__).parent / "rated"
STARTER = Path(__file__).resolve().parents[2] / "knowledge" / "starter"
OUTSIDE_TOPICS = {"recht", "glossar", "fristen", "vorlagen", "rollen", "entscheidungshilfen"}


@dataclass(frozen=True)
class Rated:
    """Queries, and for each the addresses that answer it (2) or help (1); none for those without an answer."""

    queries: list[dict[str, str]]
    ratings: dict[str, dict[str, int]]


def _address(path: str) -> str:
    page, _, anchor = path.partition("#")
    prefix = "" if page.split("/")[0] in OUTSIDE_TOPICS else "themen/"
    return f"/{prefix}{page}/" + (f"#{anchor}" if anchor else "")


def read_rated(name: str) -> Rated:
    """Read a half: "query | pages with the answer ; pages that help"."""
    rated = Rated([], {})
    for line in (RATED / name).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        query, _, pages = line.partition("|")
        identity = str(len(rated.queries))
        rated.queries.append({"id": identity, "text": query.strip()})
        for grade, part in zip((2, 1), pages.split(";"), strict=False):
            for path in filter(None, (item.strip() for item in part.split(","))):
                rated.ratings.setdefault(identity, {})[_address(path)] = grade
    return rated


def test_both_halves_hold_enough_queries_and_share_none() -> None:
    halves = [read_rated("tuning.txt"), read_rated("holdout.txt")]
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
        scores = evaluate(
            index, read_rated("holdout.txt").queries, read_rated("holdout.txt").ratings, spelling_of(index)
        )
    finally:
        search_index._readers.index = None
    assert scores.ndcg_10 >= 0.85, scores
    assert scores.success_3 >= 0.92, scores


def _all_rated_pages_exist(index: EmbeddedIndex) -> None:
    addresses = {row.url for source in registry.sources for row in source.load(list(source.ids()))}
    for name in ("tuning.txt", "holdout.txt"):
        rated = {address for pages in read_rated(name).ratings.values() for address in pages}
        assert rated <= addresses, sorted(rated - addresses)
