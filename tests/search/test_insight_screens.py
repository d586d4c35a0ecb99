"""The report "Suche auswerten": who may, what is shown, actions and whether they helped."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import TestCase
from django.utils import timezone

from portal.core import work
from portal.core.models import WorkItem
from portal.core.visibility import STAFF_GROUPS
from search.insight import queries
from search.models import ResultDay, SearchDay, SteeringRule
from search.steering.rules import normal
from tests.people import PortalClient, make_user, signed_in
from tests.querycounts import count as queries_of
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db
INDEX, PAGES, ACT = "/cms/berichte/suche/", "/cms/berichte/suche/seiten/", "/cms/berichte/suche/handeln/"
READ = {"Redaktion", "Fachprüfung", "Koordination", "Leitung", "Administration"}
TODAY = timezone.localdate


@pytest.fixture
def editor() -> PortalClient:
    return signed_in(make_user("anna@kkv.example", role="Redaktion"))


def searched(text: str, count: int = 1, *, day: date | None = None, **values: Any) -> SearchDay:
    values = {"hits": 0 if values.get("nothing") else 4, "milliseconds": 5 * count, "slowest": 9, **values}
    return SearchDay.objects.create(
        day=day or TODAY(), normal=normal(text), engine="embedded", text=text, count=count, **values
    )


def listed(view: str) -> list[str]:
    return [row["last_text"] for row in queries.searches(view, today=TODAY(), days=28)]


@pytest.mark.parametrize("role", STAFF_GROUPS)
def test_who_may(role: str) -> None:
    searched("Wohngeld", nothing=1)
    client = signed_in(make_user("wer@kkv.example", role=role))
    for address in (INDEX, PAGES):
        assert (client.get(address).status_code == 200) is (role in READ), address
    client.post(ACT, {"suche": normal("Wohngeld"), "aktion": "artikel"})
    acts = role in {"Redaktion", "Administration"}
    assert WorkItem.objects.exists() is acts
    if role in READ:
        assert ("aktion" in client.get(INDEX).content.decode()) is acts


def test_a_search_with_hit_and_click_is_shown_from_the_third_time(editor: PortalClient) -> None:
    searched("Einmal", 2, clicks=1)
    searched("Dreimal", 3, clicks=1)
    searched("Ohne Klick")
    searched("Ohne Treffer", nothing=1)
    assert set(listed("haeufig")) == {"Dreimal", "Ohne Klick", "Ohne Treffer"}
    assert listed("ohne-treffer") == ["Ohne Treffer"]
    assert listed("ohne-klick") == ["Ohne Klick"]
    assert "Einmal" not in editor.get(INDEX).content.decode()


def test_days_and_forms_of_a_search_are_one_row(editor: PortalClient) -> None:
    searched("Umsetzung des OZG", 2, day=TODAY() - timedelta(days=3), hits=1)
    searched("OZG-Umsetzung", 5, clicks=2, ranks=5)
    searched("Langsam", slow=1, slowest=900)
    searched("Vor langer Zeit", 9, day=TODAY() - timedelta(days=40))
    (row,) = (row for row in queries.searches("haeufig", today=TODAY(), days=28) if row["total"] == 7)
    assert (row["last_text"], row["last_hits"], row["clicked"]) == ("OZG-Umsetzung", 4, 2)
    assert listed("haeufig") == ["OZG-Umsetzung", "Langsam"]
    assert listed("langsam") == ["Langsam"]
    text = editor.get(INDEX).content.decode()
    assert "im Mittel Platz 2,5" in text
    assert "Vor langer Zeit" in editor.get(f"{INDEX}?zeit=90&sicht=haeufig").content.decode()


@pytest.mark.parametrize("query", ["?sicht=x&zeit=0&p=-1", "?zeit=abc", "?p=99999", "?sicht=%00"])
def test_odd_addresses_show_the_report(editor: PortalClient, query: str) -> None:
    searched("Wohngeld", nothing=1)
    assert editor.get(INDEX + query).status_code == 200


def test_the_trend_is_drawn_and_tabled(editor: PortalClient) -> None:
    searched("Wohngeld", 4, nothing=2)
    searched("Register", 6, day=TODAY() - timedelta(days=1))
    steps = queries.trend(today=TODAY(), days=7)
    assert [step.searches for step in steps] == [0, 0, 0, 0, 0, 6, 4]
    assert (steps[-1].nothing, steps[-2].unclicked) == (2, 6)
    assert sum(step.searches for step in queries.trend(today=TODAY(), days=90)) == 10
    text = editor.get(f"{INDEX}?zeit=7").content.decode()
    assert text.count("<rect") == 4
    assert 'aria-label="Suchen: zusammen 10, höchstens 6.' in text
    assert "Verlauf als Tabelle" in text


def test_an_action_is_a_work_item(editor: PortalClient) -> None:
    searched("Wohngeld", 3, nothing=3)
    answer = editor.post(ACT, {"suche": normal("Wohngeld"), "aktion": "artikel", "sicht": "ohne-treffer"})
    assert answer["Location"] == f"{INDEX}?sicht=ohne-treffer"
    item = WorkItem.objects.get()
    assert (item.title, item.team) == ("Artikel schreiben zur Suche „Wohngeld“", "Redaktion")
    editor.post(ACT, {"suche": normal("Wohngeld"), "aktion": "artikel"})
    assert WorkItem.objects.count() == 1
    assert "Artikel schreiben: <a" in editor.get(INDEX).content.decode()


@pytest.mark.parametrize("data", [{}, {"suche": "x", "aktion": "artikel"}, {"suche": "wohngeld", "aktion": "x"}])
def test_what_is_no_action_is_not_found(editor: PortalClient, data: dict[str, str]) -> None:
    searched("Wohngeld", 3, nothing=3)
    assert editor.post(ACT, data).status_code == 404
    assert editor.get(ACT).status_code == 405


def test_nothing_to_do_takes_a_search_off_the_lists(editor: PortalClient) -> None:
    searched("Wohngeld", 3, nothing=3)
    editor.post(ACT, {"suche": normal("Wohngeld"), "aktion": "egal"})
    assert WorkItem.objects.get().state == WorkItem.State.DISMISSED
    assert listed("ohne-treffer") == []
    assert listed("haeufig") == ["Wohngeld"]


@pytest.mark.parametrize(("code", "kind"), [("gleich", "equal"), ("oben", "pin")])
def test_a_rule_is_begun_with_the_words_and_ends_the_item(
    editor: PortalClient, indexed: Library, code: str, kind: str
) -> None:
    searched("Nachweisautobahn", 3, nothing=3)
    answer = editor.post(ACT, {"suche": normal("Nachweisautobahn"), "aktion": code}, follow=True)
    form = answer.content.decode()
    assert f'name="kind" value="{kind}"' in form
    assert "Nachweisautobahn" in form
    assert WorkItem.objects.get().state == WorkItem.State.OPEN
    data = {"kind": kind, "words": "Nachweisautobahn", "note": "", "samples": "", "place": "1", "target": ""}
    more = {"words": "Nachweisautobahn\nNOOTS"} if kind == "equal" else {"page": indexed.article.pk}
    with TestCase.captureOnCommitCallbacks(execute=True):
        editor.post("/cms/suche-pflegen/new/", {**data, **more})
    assert SteeringRule.objects.exists()
    assert WorkItem.objects.get().state == WorkItem.State.DONE


def _ended(text: str, days_ago: int) -> None:
    item = work.open_item(kind="search_article", title="x", dedupe_key=normal(text))
    work.set_state(item=item, state=WorkItem.State.DONE)
    WorkItem.objects.filter(pk=item.pk).update(closed_at=timezone.now() - timedelta(days=days_ago))


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ({"nothing": 4, "hits": 0}, {"clicks": 3}, "Hat geholfen."),
        ({"clicks": 1}, {"clicks": 3}, "Hat geholfen."),
        ({"clicks": 3}, {"clicks": 1}, "Hat nicht geholfen."),
        ({}, {}, "Unverändert."),
        ({}, None, "Seither wurde nicht mehr danach gesucht."),
        (None, {}, "Von vorher gibt es keine Zahlen."),
    ],
)
def test_the_row_says_whether_it_helped(
    editor: PortalClient, before: dict[str, int] | None, after: dict[str, int] | None, verdict: str
) -> None:
    if before is not None:
        searched("Wohngeld", 4, day=TODAY() - timedelta(days=9), **before)
    if after is not None:
        searched("Wohngeld", 4, day=TODAY() - timedelta(days=1), **after)
    _ended("Wohngeld", 5)
    text = editor.get(INDEX).content.decode()
    assert "erledigt am" in text
    assert verdict in text


def test_one_search_and_one_click_are_said_in_the_singular(editor: PortalClient) -> None:
    searched("Wohngeld", 1, day=TODAY() - timedelta(days=9), clicks=1)
    searched("Wohngeld", 3, day=TODAY() - timedelta(days=1), clicks=2)
    _ended("Wohngeld", 5)
    text = editor.get(INDEX).content.decode()
    assert "Vorher: 1 Suche, 0 ohne Treffer, 1 Klick. Seither: 3 Suchen, 0 ohne Treffer, 2 Klicks." in text


def test_best_and_worst_pages(editor: PortalClient, library: Library) -> None:
    ResultDay.objects.create(day=TODAY(), key=f"article:{library.article.pk}", shown=10, top=8, clicks=6)
    ResultDay.objects.create(day=TODAY(), key=f"question:{library.question.pk}", shown=30, top=20, clicks=0)
    ResultDay.objects.create(day=TODAY(), key="article:999999", shown=9, top=9, clicks=1)
    best = queries.pages(today=TODAY(), days=28, best=True)
    assert [row["key"] for row in best] == [f"article:{library.article.pk}", "article:999999"]
    worst = queries.pages(today=TODAY(), days=28, best=False)
    assert [row["key"] for row in worst] == [f"question:{library.question.pk}", "article:999999"]
    text = editor.get(PAGES).content.decode()
    assert str(library.article.title) in text
    assert "60 %" in text
    assert "nicht mehr veröffentlicht" in text


@pytest.mark.slow
def test_the_report_costs_a_fixed_number_of_queries(editor: PortalClient, library: Library) -> None:
    def costs() -> list[int]:
        for address in (INDEX, PAGES):
            queries_of(address, editor)
        return [queries_of(address, editor) for address in (INDEX, PAGES)]

    searched("Suche a", 3, nothing=1)
    _ended("Suche a", 2)
    ResultDay.objects.create(day=TODAY(), key=f"article:{library.article.pk}", shown=10, top=8, clicks=6)
    few = costs()
    for number in range(20):
        searched(f"Suche b{number}x", 3, nothing=1)
        _ended(f"Suche b{number}x", 2)
        page = library.add_article(f"Seite {number}", "Text.")
        ResultDay.objects.create(day=TODAY(), key=f"article:{page.pk}", shown=10, top=8, clicks=6)
    assert costs() == few
    assert few[0] <= 15


def test_what_was_not_needed_is_not_said_to_be_done(editor: PortalClient) -> None:
    searched("Wohngeld", 3, nothing=3)
    editor.post(ACT, {"suche": normal("Wohngeld"), "aktion": "artikel"})
    work.set_state(item=WorkItem.objects.get(), state=WorkItem.State.DISMISSED)
    text = editor.get(f"{INDEX}?sicht=haeufig").content.decode()
    assert "nicht nötig, entschieden am" in text
    assert "erledigt am" not in text
    assert "geholfen" not in text


def test_a_rule_ends_the_items_it_does_and_no_others(editor: PortalClient, indexed: Library) -> None:
    searched("Nachweisautobahn", 3, nothing=3)
    for code in ("gleich", "oben"):
        editor.post(ACT, {"suche": normal("Nachweisautobahn"), "aktion": code})
    data = {"kind": "pin", "words": "Nachweisautobahn", "note": "", "samples": "", "place": "1", "target": ""}
    with TestCase.captureOnCommitCallbacks(execute=True):
        editor.post("/cms/suche-pflegen/new/", {**data, "page": indexed.article.pk})
    assert dict(WorkItem.objects.values_list("kind", "state")) == {"search_pin": "done", "search_synonym": "open"}
