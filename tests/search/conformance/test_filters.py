"""Filters, counts, order and help without hits, asked of each engine: the same hits, the same counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, TestCase
from django.utils import timezone
from wagtail.models import Page

from knowledge.models import ArticlePage
from portal.core.visibility import Visibility
from search.changes import record
from search.cluster_follower import ClusterFollower
from search.engines import index_in_use
from search.engines.base import FollowingIndex, Order, SearchQuery, SearchResults
from search.engines.cluster import cluster_in_use
from search.engines.elastic import ElasticIndex
from search.finding import Found
from search.follower import Follower
from search.models import SteeringRule
from search.narrowing import REVIEWED_MONTHS, Filters
from search.query import parse, plan
from search.rebuild import inspect
from search.steering.services import save_rule
from tests.search.conformance.conftest import ask
from tests.search.conftest import Library, Shelf, fill_shelf

pytestmark = pytest.mark.django_db

NO_FILTER = Filters()


@pytest.fixture
def shelf(both: Library, follow_both: Callable[[], None]) -> Shelf:
    made = fill_shelf(both)
    follow_both()
    return made


def search(filters: Filters = NO_FILTER, words: str = "Zuckerrüben", **values: Any) -> Found:
    return ask(words, filters=replace(filters, **values))


def names(found: Found) -> set[str]:
    return {result.title.removeprefix("Zuckerrüben ") for result in found.results}


def page_of(client: Client, query: str) -> str:
    response = client.get(f"/suche/?{query}")
    assert response.status_code == 200
    return response.content.decode()


def engine_index() -> FollowingIndex:
    """The index that answers."""
    if not settings.ELASTICSEARCH_URL:
        return index_in_use()
    cluster = cluster_in_use()
    return ElasticIndex(cluster.client, cluster.current())


# -- what is found --------------------------------------------------------------------------------------

NARROWED: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"Alt", "Mittel", "Neu", "Ungeprüft"}),
    ({"audiences": ("it",)}, {"Alt", "Mittel"}),
    ({"audiences": ("it", "kasse")}, {"Alt", "Mittel", "Neu"}),
    ({"acts": ("dsgvo",)}, {"Mittel", "Neu"}),
    ({"acts": ("ozg", "dsgvo")}, {"Alt", "Mittel", "Neu"}),
    ({"audiences": ("it",), "acts": ("dsgvo",)}, {"Mittel"}),
    ({"reviewed_months": 3}, {"Neu"}),
    ({"reviewed_months": 6}, {"Neu", "Mittel"}),
    ({"reviewed_months": 12}, {"Neu", "Mittel", "Alt"}),
    ({"reviewed_months": 12, "audiences": ("kasse",)}, {"Neu"}),
    ({"audiences": ("redaktion",)}, set()),
]


def test_filters_narrow(shelf: Shelf, subtests: pytest.Subtests) -> None:
    for values, expected in NARROWED:
        with subtests.test(values=values):
            found = search(**values)
            assert names(found) == expected
            assert found.total == len(expected)


def test_every_count_is_what_choosing_it_finds(shelf: Shelf, library: Library) -> None:
    chosen = [
        Filters(),
        Filters(audiences=("it",)),
        Filters(acts=("dsgvo",)),
        Filters(reviewed_months=6),
        Filters(topic=library.registers.pk),
        Filters(kinds=("article",), audiences=("it",), reviewed_months=12),
    ]
    for filters in chosen:
        found = search(filters)
        for audience, count in found.audience_counts.items():
            assert search(filters, audiences=(audience,)).total == count
        for act, count in found.act_counts.items():
            assert search(filters, acts=(act,)).total == count
        for months, count in found.reviewed_counts.items():
            assert search(filters, reviewed_months=months).total == count
        for kind, count in found.kind_counts.items():
            assert search(filters, kinds=(kind,)).total == count
        for topic, count in found.topic_counts.items():
            assert search(filters, topic=topic).total == count


def test_counts_of_a_filter_ignore_that_filter_alone(shelf: Shelf) -> None:
    everything = search()
    assert everything.audience_counts == {"it": 2, "leitung": 1, "kasse": 1}
    assert everything.act_counts == {"ozg": 2, "dsgvo": 2}
    assert everything.reviewed_counts == {3: 1, 6: 2, 12: 3}
    narrowed = search(audiences=("kasse",))
    assert narrowed.audience_counts == everything.audience_counts
    assert narrowed.act_counts == {"dsgvo": 1}
    assert narrowed.reviewed_counts == {3: 1, 6: 1, 12: 1}


def test_a_closed_page_is_in_no_count(shelf: Shelf, follow_both: Callable[[], None]) -> None:
    shelf["Neu"].visibility = Visibility.CENTRE
    shelf["Neu"].save()
    follow_both()
    assert "kasse" not in search().audience_counts
    assert search().reviewed_counts == {3: 0, 6: 1, 12: 2}
    assert ask("Zuckerrüben", Visibility.CENTRE).audience_counts["kasse"] == 1


def test_the_index_holds_what_the_database_says(shelf: Shelf) -> None:
    assert inspect(engine_index()) == []


# -- order ----------------------------------------------------------------------------------------------


def test_by_date_the_newest_comes_first(shelf: Shelf) -> None:
    found = search(order=Order.DATE)
    dates = [result.reviewed or result.changed for result in found.results]
    assert dates == sorted(dates, reverse=True)
    assert found.total == 4
    assert [r.title for r in found.results][-2:] == ["Zuckerrüben Mittel", "Zuckerrüben Alt"]


def test_pages_by_date_neither_overlap_nor_leave_out(both: Library, follow_both: Callable[[], None]) -> None:
    for number in range(23):  # all of one day
        both.add_article(f"Hopfen {number}", "Anbau.")
    follow_both()
    pages = [ask("Hopfen", filters=Filters(order=Order.DATE), page=page).results for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [10, 10, 3]
    assert len({result.key for page in pages for result in page}) == 23


def pin(words: str, target: str) -> None:
    rule = SteeringRule(kind=SteeringRule.Kind.PIN, words=words, target=target)
    with TestCase.captureOnCommitCallbacks(execute=True):
        save_rule(rule=rule, actor=None)


def test_by_date_the_same_is_found_and_pins_stand_at_their_date(
    shelf: Shelf, both: Library, follow_both: Callable[[], None]
) -> None:
    """The one pinned page has the words, the other only the pin."""
    old = both.add_article("Futtermittel", "Ohne das Wort.", audience=["kasse"])
    moment = timezone.now() - timedelta(days=200)
    ArticlePage.objects.filter(pk=old.pk).update(reviewed_at=moment)
    record(Page, [old.pk])
    follow_both()
    pin("Zuckerrüben", f"article:{shelf['Alt'].pk}")
    pin("Zuckerrüben", f"article:{old.pk}")
    ranked, dated = search(), search(order=Order.DATE)
    assert {ranked.results[0].title, ranked.results[1].title} == {"Zuckerrüben Alt", "Futtermittel"}
    assert [result.title for result in dated.results] == [
        "Zuckerrüben Ungeprüft", "Zuckerrüben Neu", "Zuckerrüben Mittel", "Futtermittel", "Zuckerrüben Alt",
    ]  # fmt: skip
    assert ranked.total == dated.total == 5
    for facet in ("kind", "audience", "act", "topic", "reviewed"):
        assert dated.counts(facet) == ranked.counts(facet)
    for audience, number in dated.audience_counts.items():
        assert search(order=Order.DATE, audiences=(audience,)).total == number
    assert names(search(order=Order.DATE, audiences=("it",))) == {"Alt", "Mittel"}


def test_pages_by_date_with_pins_neither_overlap_nor_leave_out(
    both: Library, follow_both: Callable[[], None]
) -> None:
    days = {}
    for number in range(23):
        page = both.add_article(f"Hopfen {number}", "Anbau.")
        days[page.pk] = number % 9
    others = [both.add_article(f"Gerste {number}", "Anbau.") for number in range(3)]
    days |= {page.pk: 3 * number for number, page in enumerate(others)}
    for pk, number in days.items():
        ArticlePage.objects.filter(pk=pk).update(reviewed_at=timezone.now() - timedelta(days=number))
    record(Page, [*days])
    follow_both()
    for pk in (others[0].pk, others[1].pk, others[2].pk, min(days)):
        pin("Hopfen", f"article:{pk}")
    for order in Order:
        pages = [ask("Hopfen", filters=Filters(order=order), page=page) for page in (1, 2, 3)]
        rows = [result for page in pages for result in page.results]
        assert [len(page.results) for page in pages] == [10, 10, 6]
        assert {page.total for page in pages} == {26}
        assert {result.key for result in rows} == {f"article:{pk}" for pk in days}
    dates = [row.reviewed for row in rows]
    assert dates == sorted(dates, reverse=True)


# -- one engine beside the other ------------------------------------------------------------------------

COUNTS = ("kind_counts", "topic_counts", "audience_counts", "act_counts", "reviewed_counts")


def queries(library: Library) -> Iterator[SearchQuery]:
    """Every combination of values of all filters, for two levels and both orders."""
    choices: dict[str, tuple[Any, ...]] = {
        "kinds": ((), ("article",), ("question", "topic")),
        "topic": (None, library.registers.pk, library.efa.pk),
        "audiences": ((), ("it",), ("it", "kasse")),
        "acts": ((), ("dsgvo",), ("ozg", "dsgvo")),
        "reviewed_months": (None, 6),
    }
    for values in product(*choices.values()):
        filters = Filters(**dict(zip(choices, values, strict=True)))
        for words, level in (("Zuckerrüben", Visibility.PUBLIC), ("efa Anbau", Visibility.CENTRE)):
            query = filters.narrow(plan(parse(words), level=level))
            yield replace(query, limit=50)


def compared(results: SearchResults) -> dict[str, Any]:
    hits = {hit.key for hit in results.hits}
    return {"hits": hits, "total": results.total, **{name: getattr(results, name) for name in COUNTS}}


@pytest.mark.elasticsearch
@pytest.mark.usefixtures("cluster")
def test_all_combinations_give_the_same_hits_and_counts(library: Library) -> None:
    fill_shelf(library)
    for follower in (Follower(), ClusterFollower(cluster_in_use())):
        while follower.step():
            pass
        follower.close()
    here, there = index_in_use(), engine_index()
    assert isinstance(there, ElasticIndex)
    found = 0
    for query in queries(library):
        mine, theirs = here.search(query), there.search(query)
        assert compared(theirs) == compared(mine), query
        assert len(mine.reviewed_counts) == len(REVIEWED_MONTHS)
        found += mine.total
        ordered = replace(query, order=Order.DATE, facets=False)
        first, second = here.search(ordered), there.search(ordered)
        assert [hit.key for hit in first.hits] == [hit.key for hit in second.hits], query
    assert found


# -- without hits ---------------------------------------------------------------------------------------


def test_without_hits_each_filter_says_what_it_keeps_away(client: Client, shelf: Shelf) -> None:
    found = search(audiences=("kasse",), acts=("ozg",))
    assert found.total == 0
    assert found.relief == {"audience": 2, "act": 1, "": 4}
    html = page_of(client, "q=Zuckerrüben&fuer=kasse&recht=ozg")
    assert "Ohne „Kämmerei und Kasse“ suchen</a> (2 Treffer)" in html
    assert "Ohne „OZG“ suchen</a> (1 Treffer)" in html
    assert "Ohne Filter suchen</a> (4 Treffer)" in html


def test_one_filter_without_hits(client: Client, shelf: Shelf) -> None:
    assert search(audiences=("redaktion",)).relief == {"audience": 4}
    assert search(words="Quastenflosser", audiences=("redaktion",)).relief == {}
    assert "Ohne „Online-Redaktion“ suchen" in page_of(client, "q=Zuckerrüben&fuer=redaktion")


# -- bad input ------------------------------------------------------------------------------------------

STRANGE = [
    "fuer=unbekannt",
    "recht=%00",
    "recht=" + "x" * 5000,
    "geprueft=-3",
    "geprueft=7",
    "geprueft=²",
    "sortierung=preis",
    "seite=-1",
    "seite=1e9",
    "&".join(f"recht=act-{number}" for number in range(200)),
    "&".join(f"fuer=it&art=article&recht=ozg&x{number}=1" for number in range(50)),
    "&".join(f"filter{number}=wert" for number in range(200)),
]


def test_strange_filters_give_a_sensible_page(client: Client, shelf: Shelf, subtests: pytest.Subtests) -> None:
    for query in STRANGE:
        with subtests.test(query=query[:40]):
            html = page_of(client, f"q=Zuckerrüben&{query}")
            assert "Zuckerrüben" in html
            assert "filter7" not in html
            assert "Suchdienst antwortet gerade nicht" not in html
            assert client.get(f"/suche.md?q=Zuckerrüben&{query}").status_code == 200
