"""Being told of new hits of a search: who subscribes to what, and what is a new hit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.core import outbox
from portal.core.models import Publication, Subscription
from portal.core.subscriptions import digest, registry
from portal.core.visibility import Visibility
from search.models import SavedSearch
from search.saved import canonical, subscribe_url, tidy
from tests import mails
from tests.factories.subscribing import subscriber
from tests.people import make_user
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db

WEDNESDAY, MONDAY = "2026-09-02T10:00:00+02:00", "2026-09-07T06:10:00+02:00"
ADDRESS = "kaethe@gemeinde.example"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(WEDNESDAY, tick=False) as traveller:
        yield traveller


def saved(query: str) -> SavedSearch:
    return SavedSearch.objects.create(query=canonical(query, Visibility.PUBLIC))


def published(page: Any) -> Publication:
    """The publication that the fixture's own publishing has recorded."""
    return Publication.objects.get(object_id=str(page.pk), content_type__model=page._meta.model_name)


def again(page: Any) -> Publication:
    page.change_significance, page.change_summary = "major", "Neue Frist."
    page.save_revision().publish()
    return Publication.objects.filter(object_id=str(page.pk)).latest("pk")


def hits(search: SavedSearch, *pages: Any) -> list[str]:
    """Return the titles of the pages that are new hits of a search when they are published."""
    rows = {published(page): page for page in pages}
    touched = registry.touched([*rows])
    return [page.title for row, page in rows.items() if row.pk in touched.get(("search", search.pk), set())]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=wohngeldantrag", {"Wohngeldantrag stellen"}),
        ("q=Wohngeldanträge", {"Wohngeldantrag stellen"}),
        ("q=wohngeld", {"Wohngeldantrag stellen", "Wohngeld kürzen"}),
        ("q=wohngeld kürzen", {"Wohngeld kürzen"}),
        ("q=einer für alle", {"Dienste im Verbund"}),
        ("q=verbund efa", {"Dienste im Verbund"}),
        ('q="Anspruch verliert"', {"Wohngeld kürzen"}),
        ('q="verliert Anspruch"', set()),
        ("q=§ 7 OZG", {"Dienste im Verbund"}),
        ("q=§ 8a OZG", {"Postfach einrichten"}),
        ("q=§ 8a Abs. 4 OZG", {"Postfach einrichten"}),
        ("q=§ 8a Abs. 5 OZG", set()),
        ("q=§ 8 OZG", set()),
        ("q=OZG", {"Dienste im Verbund", "Postfach einrichten"}),
        ("q=wohngeld&fuer=kasse", {"Wohngeld kürzen"}),
        ("q=wohngeld&art=question", set()),
        ("q=wohngeld&recht=ozg", set()),
        ("q=quastenflosser", set()),
    ],
)
def test_a_new_hit_has_every_word(library: Library, query: str, expected: set[str]) -> None:
    pages = [
        library.add_article("Wohngeldantrag stellen", "So geht es.", audience=["it"]),
        library.add_article("Wohngeld kürzen", "Wer den Anspruch verliert.", audience=["kasse"]),
        library.add_article("Dienste im Verbund", "Nach EfA.", legal_basis="§ 7 OZG", topic=library.efa),
        library.add_article("Postfach einrichten", "Für alle.", legal_basis="§ 8a Abs. 4 OZG"),
    ]
    search = saved(query)
    subscriber(ADDRESS, ("search", search))
    assert set(hits(search, *pages)) == expected


def test_only_the_first_publication_is_new(library: Library) -> None:
    page = library.add_article("Wohngeldantrag", "Ja.")
    search = saved("q=wohngeldantrag")
    subscriber(ADDRESS, ("search", search))
    first, second = published(page), again(page)
    assert registry.touched([first, second])["search", search.pk] == {first.pk}


def test_nobody_waits_nothing_is_read(library: Library) -> None:
    search = saved("q=wohngeldantrag")
    page = library.add_article("Wohngeldantrag", "Ja.")
    first = published(page)
    assert ("search", search.pk) not in registry.touched([first])


def test_queries_do_not_grow_with_searches_or_pages(library: Library, django_assert_max_num_queries: Any) -> None:
    searches = [saved(f"q=wohngeld wort{number}") for number in range(5)]
    subscriber(ADDRESS, *(("search", search) for search in searches))
    rows = [published(library.add_article(f"Wohngeld {number}", "Ja.")) for number in range(3)]
    subjects = registry._subjects["search"]
    subjects.touched(rows[:1])
    with django_assert_max_num_queries(12) as few:
        subjects.touched(rows[:1])
    for number in range(20):
        subscriber(f"p{number}@gemeinde.example", ("search", saved(f"q=anderes{number}")))
    rows += [published(library.add_article(f"Anderes{number}", "Ja.")) for number in range(10)]
    with django_assert_max_num_queries(len(few)):
        subjects.touched(rows)


def tell(clock: time_machine.Traveller, moment: str) -> list[Any]:
    before = len(mails.sent())
    clock.move_to(moment)
    digest.tell_all()
    outbox.work_off()
    return mails.sent()[before:]


def test_who_has_confirmed_is_told_what_is_public(library: Library, clock: time_machine.Traveller) -> None:
    search = saved("q=wohngeldantrag")
    subscriber(ADDRESS, ("search", search))
    library.add_article("Wohngeldantrag stellen", "Ja.")
    library.add_article("Hundesteuer", "Ja.")
    library.add_article("Wohngeldantrag intern", "Ja.", visibility=Visibility.CENTRE)
    (mail,) = tell(clock, MONDAY)
    assert mail["To"] == ADDRESS
    assert "Wohngeldantrag stellen" in mails.text_of(mail)
    assert "Hundesteuer" not in mails.text_of(mail)
    assert "intern" not in mails.text_of(mail)
    assert tell(clock, "2026-09-14T06:10:00+02:00") == []


def test_from_the_results_page_to_a_confirmed_subscription(client: Client, indexed: Library) -> None:
    html = client.get("/suche/?q=Wohngeldantrag&fuer=it&sortierung=datum&geprueft=6").content.decode()
    link = subscribe_url("q=Wohngeldantrag&fuer=it", Visibility.PUBLIC)
    assert link.replace("&", "&amp;") in html
    assert not SavedSearch.objects.exists()
    form = client.get(link)
    assert "Neue Treffer: „Wohngeldantrag“, IT" in form.content.decode()
    assert not SavedSearch.objects.exists()  # a GET changes nothing
    answer = client.post(link, {"subject": "search:0", "frequency": "weekly", "email": ADDRESS})
    assert answer.status_code == 302
    search = SavedSearch.objects.get()
    assert parse_qs(search.query) == {"q": ["Wohngeldantrag"], "fuer": ["it"]}
    row = Subscription.objects.get(kind="search", object_id=search.pk)
    assert row.confirmed_at is None
    outbox.work_off()
    (mail,) = mails.sent()
    assert "„Wohngeldantrag“, IT" in mails.text_of(mail)
    path = mails.link_in(mail, "bestaetigen")
    assert "„Wohngeldantrag“, IT" in client.get(path).content.decode()
    client.post(path, {"subscription": [row.pk]})


def test_a_search_that_was_mended_is_subscribed_to_as_mended(client: Client, indexed: Library) -> None:
    html = client.get("/suche/?q=Kommunne&art=question").content.decode()
    assert "Gezeigt werden Treffer für" in html
    (link,) = re.findall(r'href="(/abonnieren/[^"]+)"', html)
    (stored,) = parse_qs(urlsplit(unescape(link)).query)["seite"]
    asked = parse_qs(urlsplit(stored).query)
    assert asked["art"] == ["question"]
    assert asked["q"] != ["Kommunne"]
    assert f"Treffer für „{asked['q'][0]}“" in html
    assert f"Neue Treffer: „{asked['q'][0]}“" in client.get(unescape(link)).content.decode()


def test_a_search_that_found_something_is_subscribed_to_as_typed(client: Client, indexed: Library) -> None:
    html = client.get("/suche/?q=Kommunen+Regster").content.decode()
    assert "Meinten Sie" in html
    assert subscribe_url("q=Kommunen+Regster", Visibility.PUBLIC) in html


def test_an_account_subscribes_without_a_further_question(client: Client, indexed: Library) -> None:
    user = make_user("kommune@gemeinde.example")
    client.force_login(user)
    link = subscribe_url("q=Wohngeldantrag", Visibility.PUBLIC)
    assert client.post(link, {"subject": "search:0", "frequency": "daily"}).status_code == 302
    row = Subscription.objects.get(kind="search")
    assert row.confirmed_at
    assert "Wohngeldantrag" in client.get("/konto/abos/").content.decode()


def test_the_same_search_is_stored_once(library: Library) -> None:
    one = canonical("q=+Wohngeld++Antrag&art=article&x=1&sortierung=datum&seite=3&geprueft=6", Visibility.PUBLIC)
    assert one == canonical("art=article&q=Wohngeld Antrag", Visibility.PUBLIC)
    assert canonical("q=", Visibility.PUBLIC) == canonical("art=article", Visibility.PUBLIC) == ""


@pytest.mark.parametrize(
    "page",
    ["/suche/", "/suche/?q=", "/suche/?q=%00", "/suche/?x=1", "/suche/?q=" + "x" * 3000, "/suche/?q=%FF&art=x"],
)
def test_what_is_no_search_is_not_offered(client: Client, library: Library, page: str) -> None:
    response = client.get("/abonnieren/", {"seite": page})
    assert response.status_code == 200
    assert (
        client.post(f"/abonnieren/?seite={page}", {"subject": "search:0", "frequency": "weekly"}).status_code
        == 422
    )


def test_a_search_nobody_waits_for_is_forgotten(library: Library) -> None:
    kept, gone, young = saved("q=eins"), saved("q=zwei"), saved("q=drei")
    subscriber(ADDRESS, ("search", kept))
    SavedSearch.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert tidy() == "1 abonnierte Suchen gelöscht"
    assert set(SavedSearch.objects.all()) == {kept, young}
    assert gone.pk not in registry.existing("search", {gone.pk})
