"""What is counted of searches and clicks: by words and day, masked, beside the requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from portal.core.visibility import Visibility
from search import index as search_index
from search.finding import find
from search.insight import recorder as recording
from search.insight import services
from search.insight.recorder import Clicked, Recorder, Searched, recorder
from search.models import ResultDay, SearchDay
from search.narrowing import read_filters
from search.rebuild import rebuild
from tests.people import make_user, signed_in
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    recorder._reset()
    yield
    recorder._reset()


def look_for(text: str, client: Client | None = None, **extra: Any) -> None:
    response = (client or Client()).get("/suche/", {"q": text, **extra}, headers=BROWSER)
    assert response.status_code == 200


def click(page: Any, came: str, client: Client | None = None) -> None:
    headers = {**BROWSER, "Referer": came}
    (client or Client()).get(page if isinstance(page, str) else page.get_url(), headers=headers)


def test_a_search_is_counted_by_day_and_words(indexed: Library, django_assert_num_queries: Any) -> None:
    for text in ("NOOTS-Anschluss", "anschluss noots", "Quastenflosser"):
        look_for(text)
    assert not SearchDay.objects.exists()
    assert recorder.flush() == 3
    row = SearchDay.objects.get(text__icontains="noots")
    assert (row.day, row.count, row.nothing, row.engine) == (timezone.localdate(), 2, 0, "embedded")
    assert row.hits > 0
    nothing = SearchDay.objects.get(text="Quastenflosser")
    assert (nothing.count, nothing.hits, nothing.nothing) == (1, 0, 1)
    shown = ResultDay.objects.get(key=f"article:{indexed.article.pk}")
    assert (shown.shown, shown.top, shown.clicks) == (2, 2, 0)


def test_no_column_could_hold_a_person() -> None:
    names = {field.name for model in (SearchDay, ResultDay) for field in model._meta.get_fields()}
    assert names == {
        "id", "day", "normal", "engine", "text", "count", "hits", "nothing", "slow", "milliseconds", "slowest",
        "clicks", "ranks", "key", "shown", "top",
    }  # fmt: skip


def test_what_is_not_counted(indexed: Library) -> None:
    look_for("NOOTS", art="article")
    look_for("NOOTS", seite="2")
    look_for("")
    Client().get("/suche/?q=NOOTS", headers={"User-Agent": "Googlebot/2.1"})
    Client().get("/suche/?q=NOOTS", headers={**BROWSER, "Sec-Purpose": "prefetch"})
    look_for("NOOTS", signed_in(make_user("anna@kkv.example", role="Redaktion")))
    recorder.flush()
    assert {row.text for row in SearchDay.objects.all()} <= {"NOOTS"}
    assert sum(SearchDay.objects.values_list("count", flat=True)) <= 1  # a page behind the last is the first


def test_a_click_is_counted_with_its_place(indexed: Library) -> None:
    look_for("NOOTS-Anschluss")
    click(indexed.article, "http://testserver/suche/?q=NOOTS-Anschluss")
    recorder.flush()
    row = SearchDay.objects.get()
    assert (row.count, row.clicks, row.ranks) == (1, 1, 1)
    assert ResultDay.objects.get(key=f"article:{indexed.article.pk}").clicks == 1


@pytest.mark.parametrize("narrowed", ["sortierung=datum", "art=article", "thema=register-noots", "geprueft=24"])
def test_the_place_is_the_one_that_the_reader_saw(indexed: Library, narrowed: str) -> None:
    """Order and filters are asked again as they stood in the address."""
    asked = QueryDict(f"q=register&{narrowed}")
    found = find("register", level=Visibility.PUBLIC, filters=read_filters(asked, Visibility.PUBLIC))
    for place, result in enumerate(found.results, start=1):
        SearchDay.objects.all().delete()
        click(urlsplit(result.url).path, f"http://testserver/suche/?{asked.urlencode()}")
        recorder.flush()
        row = SearchDay.objects.get()
        assert (row.clicks, row.ranks) == (1, place), result.url


@pytest.mark.parametrize(
    "came",
    [
        "https://anderswo.example/suche/?q=NOOTS-Anschluss",
        "http://testserver/suche/?q=",
        "http://testserver/suche/",
        "http://testserver/themen/?q=NOOTS-Anschluss",
        "http://testserver/suche/?q=Quastenflosser",
        "http://[kaputt/suche/?q=NOOTS-Anschluss",
        "http://testserver/suche/?q=NOOTS-Anschluss&thema=999999999999&seite=-1&art=" + "x" * 3000,
    ],
)
def test_what_is_no_click_on_a_result(indexed: Library, came: str) -> None:
    click(indexed.article, came)
    recorder.flush()
    assert not SearchDay.objects.exists()


def tell(search: str, path: str, client: Client | None = None, headers: dict[str, str] | None = None) -> int:
    """Send the message that static/js/result-clicks.js sends."""
    sent = {**BROWSER, "Sec-Fetch-Site": "same-origin", **(headers or {})}
    return (client or Client()).post("/suche/geoeffnet/", {"von": search, "zu": path}, headers=sent).status_code


@pytest.mark.parametrize(
    "named", [{}, {"Referer": "http://testserver/"}, {"Referer": "https://anderswo.example/"}]
)
def test_without_the_name_of_the_page_a_click_is_counted_by_its_message(
    indexed: Library, named: dict[str, str]
) -> None:
    assert tell("?q=NOOTS-Anschluss", indexed.article.get_url(), headers=named) == 204
    recorder.flush()
    row = SearchDay.objects.get()
    assert (row.text, row.count, row.clicks, row.ranks) == ("NOOTS-Anschluss", 0, 1, 1)
    assert ResultDay.objects.get().clicks == 1


def test_a_click_counts_once_where_the_browser_names_the_page(indexed: Library) -> None:
    came = "http://testserver/suche/?q=NOOTS-Anschluss"
    assert tell("?q=NOOTS-Anschluss", indexed.article.get_url(), headers={"Referer": came}) == 204
    click(indexed.article, came)
    recorder.flush()
    assert SearchDay.objects.get().clicks == 1


def test_the_place_of_a_click_counts_over_pages_and_filters(library: Library) -> None:
    pages = [library.add_article(f"Hundesteuer {number}", "Anmeldung der Hunde.") for number in range(12)]
    rebuild()
    third = find("Hundesteuer", level=Visibility.PUBLIC, page=2).results[1]
    assert third.key in {f"article:{page.pk}" for page in pages}
    tell("?q=Hundesteuer&seite=2&art=article", third.url)
    recorder.flush()
    assert SearchDay.objects.get().ranks == 12
    search_index._readers.index = None


def test_messages_of_others_and_of_nonsense_are_not_counted(indexed: Library) -> None:
    path = indexed.article.get_url()
    assert tell("?q=NOOTS-Anschluss", path, headers={"Sec-Fetch-Site": "cross-site"}) == 403
    assert tell("?q=NOOTS-Anschluss", path, headers={"Sec-Fetch-Site": "none"}) == 403
    foreign = Client().post("/suche/geoeffnet/", {"von": "?q=NOOTS", "zu": path}, headers=BROWSER)
    assert foreign.status_code == 403
    assert Client().get("/suche/geoeffnet/").status_code == 405
    editor = signed_in(make_user("anna@kkv.example", role="Redaktion"))
    assert tell("?q=NOOTS-Anschluss", path, editor) == 204
    assert tell("?q=NOOTS-Anschluss", path, headers={"User-Agent": "Googlebot/2.1"}) == 204
    for search, opened in [
        ("", path), ("?q=", path), ("?q=NOOTS-Anschluss", ""), ("?q=NOOTS-Anschluss", "/kontakt/"),
        ("?q=" + "x" * 3000, path), ("?q=NOOTS-Anschluss", "/" + "x" * 3000), ("\x00%00[&=;q", "%ff%00"),
    ]:  # fmt: skip
        assert tell(search, opened) == 204
    recorder.flush()
    assert not ResultDay.objects.exists()


def test_a_message_costs_no_query(indexed: Library, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        tell("?q=NOOTS-Anschluss", "/themen/")


def test_odd_filters_of_the_page_it_came_from_do_no_harm(indexed: Library) -> None:
    click(indexed.article, "http://testserver/suche/?q=NOOTS-Anschluss&seite=0&art=x&thema=%00")
    click("/kontakt/", "http://testserver/suche/?q=NOOTS-Anschluss")
    recorder.flush()
    assert SearchDay.objects.count() <= 1


def test_clicks_of_the_centre_are_not_counted(indexed: Library) -> None:
    editor = signed_in(make_user("anna@kkv.example", role="Redaktion"))
    click(indexed.article, "http://testserver/suche/?q=NOOTS-Anschluss", editor)
    recorder.flush()
    assert not SearchDay.objects.exists()


def test_nothing_is_stored_before_it_is_masked(indexed: Library) -> None:
    look_for("Bescheid Max Mustermann")
    recorder.flush()
    row = SearchDay.objects.get()
    assert "ustermann" not in row.text + row.normal


def test_a_burst_is_bounded_and_costs_no_query(
    indexed: Library, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST", 50)
    monkeypatch.setattr(services, "MOST_A_DAY", 20)
    own = Recorder()
    with django_assert_num_queries(0):
        for number in range(500):
            own.note(Searched(f"Quastenflosser{chr(97 + number % 26)}", 0, "embedded", 3, ()))
        for number in range(30):
            own.note(Searched("Wort" + chr(97 + number % 26) * 3, 0, "embedded", 3, ()))
    assert own.flush() == 50
    assert SearchDay.objects.count() <= 20
    assert own.flush() == 0


def test_a_database_that_is_away_costs_the_counts_and_nothing_else(
    indexed: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(gathered: Any) -> None:
        raise OSError

    own = Recorder()
    own.note(Searched("Quastenflosser", 0, "embedded", 3, ()))
    monkeypatch.setattr(services, "store", away)
    assert own.flush() == 0
    assert not SearchDay.objects.exists()


def test_writing_adds_to_what_is_there(indexed: Library) -> None:
    own = Recorder()
    for milliseconds in (4, 700):
        own.note(Searched("Quastenflosser", 0, "embedded", milliseconds, ()))
        own.flush()
    row = SearchDay.objects.get()
    assert (row.count, row.slow, row.milliseconds, row.slowest) == (2, 1, 704, 700)


def test_clicks_are_bounded(indexed: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_CLICKS", 2)
    own = Recorder()
    path = indexed.article.get_url()
    for _ in range(5):
        own.note(Clicked("NOOTS-Anschluss", path, level=Visibility.PUBLIC))
    own.flush()
    assert SearchDay.objects.get().clicks == 2


def test_old_counts_go_after_90_days() -> None:
    today = date(2026, 8, 1)
    for days in (0, 90, 91, 200):
        SearchDay.objects.create(
            day=today - timedelta(days=days), normal="a", engine="embedded", text="a", count=1
        )
        ResultDay.objects.create(day=today - timedelta(days=days), key="article:1", shown=1)
    assert services.prune(today) == "4 Zeilen über Suchen gelöscht"
    assert SearchDay.objects.count() == ResultDay.objects.count() == 2
    assert services.prune(today) == ""
    assert services.prune(today + timedelta(days=1)) == "2 Zeilen über Suchen gelöscht"
    ResultDay.objects.create(day=today - timedelta(days=200), key="article:1", shown=1)
    assert services.prune(today) == "1 Zeile über Suchen gelöscht"


def test_a_part_is_never_more_than_the_whole() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SearchDay.objects.create(day=date(2026, 8, 1), normal="a", engine="embedded", text="a", count=1, nothing=2)


def test_one_row_for_a_search_a_day_and_engine() -> None:
    values: dict[str, Any] = {"day": date(2026, 8, 1), "engine": "embedded"}
    SearchDay.objects.create(**values, normal="a", text="a", count=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        SearchDay.objects.create(**values, normal="a", text="b", count=1)
    ResultDay.objects.create(day=values["day"], key="article:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        ResultDay.objects.create(day=values["day"], key="article:1")
