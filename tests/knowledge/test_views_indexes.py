"""A–Z, tag and overview: complete, in German order, and blind to what the reader may not see."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledge.views import indexes
from portal.core.models import Tag
from tests.factories import reading
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return response.content.decode()


def queries_for(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_to_z_lists_pages_and_terms_in_german_order(client: Client) -> None:
    topic = reading.topic("Ämter")
    reading.article(topic, "Zuständigkeiten klären")
    reading.term("Aktenführung")
    reading.term("EfA", expansion="Einer für Alle")
    html = text_of(client.get("/a-z/"))
    positions = [html.index(word) for word in ("Aktenführung", ">Ämter<", "EfA", "Zuständigkeiten")]
    assert positions == sorted(positions)
    assert 'id="buchstabe-a"' in html
    assert 'href="#buchstabe-z"' in html
    assert "Einer für Alle" in html


def test_one_letter_can_be_chosen_without_script(client: Client) -> None:
    topic = reading.topic("Ämter")
    reading.article(topic, "Zuständigkeiten klären")
    html = text_of(client.get("/a-z/?buchstabe=Z"))
    assert "Zuständigkeiten klären" in html
    assert 'href="/themen/aemter/"' not in html.split("<main")[1].split("</main>")[0]


def test_a_long_index_shows_one_letter_at_a_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "WHOLE_INDEX", 2)
    for name in ("Akte", "Bescheid", "Zeugnis"):
        reading.term(name)
    html = text_of(client.get("/a-z/"))
    assert "/glossar/akte/" in html
    assert "/glossar/bescheid/" not in html
    assert "?buchstabe=B#buchstabe-b" in html


def test_titles_with_digits_and_quotes_have_their_place(client: Client) -> None:
    topic = reading.topic("„Digitale Dörfer“")
    reading.article(topic, "10 Schritte zur Übergabe")
    html = text_of(client.get("/a-z/"))
    assert html.index('id="buchstabe-0"') < html.index("10 Schritte") < html.index('id="buchstabe-d"')


@pytest.mark.parametrize("address", ["/a-z/", "/uebersicht/", "/schlagwort/ueberpruefung/"])
def test_restricted_and_unpublished_pages_are_not_listed(client: Client, address: str) -> None:
    topic = reading.topic()
    shown = reading.article(topic, "Öffentlicher Artikel")
    hidden = reading.article(topic, "Interner Vermerk")
    draft = reading.article(topic, "Entwurf Überarbeitung", live=False)
    closed = reading.topic("Verschlusssache")
    below = reading.article(closed, "Artikel darunter")
    for page in (shown, hidden, draft, below):
        page.tags.add("Überprüfung")
        page.save()
    reading.restrict(hidden)
    reading.restrict(closed)
    html = text_of(client.get(address))
    assert "Öffentlicher Artikel" in html
    for word in ("Interner Vermerk", "Entwurf Überarbeitung", "Verschlusssache", "Artikel darunter"):
        assert word not in html


def test_staff_see_what_is_theirs() -> None:
    hidden = reading.article(reading.topic(), "Interner Vermerk")
    reading.restrict(hidden)
    client = PortalClient()
    client.force_login(make_user("leitung@example.org", role="Redaktion"))
    assert "Interner Vermerk" in text_of(client.get("/a-z/"))


def test_a_tag_nobody_may_see_is_not_there(client: Client) -> None:
    page = reading.article(reading.topic(), "Interner Vermerk")
    page.tags.add("Geheim")
    page.save()
    assert client.get("/schlagwort/geheim/").status_code == 200
    reading.restrict(page)
    assert client.get("/schlagwort/geheim/").status_code == 404
    assert client.get("/schlagwort/gibt-es-nicht/").status_code == 404
    assert Tag.objects.filter(slug="geheim").exists()


def test_a_long_tag_is_paged(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "PER_PAGE", 2)
    topic = reading.topic()
    for number in range(5):
        page = reading.article(topic, f"Übung {number}")
        page.tags.add("Übung")
        page.save()
    first = text_of(client.get("/schlagwort/uebung/"))
    assert "5 Seiten" in first
    assert "?seite=2" in first
    assert "Übung 4" in text_of(client.get("/schlagwort/uebung/?seite=3"))
    assert 'name="robots" content="noindex' in text_of(client.get("/schlagwort/uebung/?seite=3"))


def test_retired_questions_are_not_listed(client: Client) -> None:
    topic = reading.topic()
    new = reading.question(topic, "Neue Frage zur Überleitung")
    reading.question(topic, "Alte Frage zur Überleitung", successor=new)
    html = text_of(client.get("/a-z/"))
    assert "Neue Frage" in html
    assert "Alte Frage" not in html


def test_overview_is_a_tree_that_stays_short(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "PER_BRANCH", 2)
    topic = reading.topic("Ämter")
    narrower = reading.topic("Bürgerämter", parent=topic)
    reading.article(narrower, "Öffnungszeiten")
    for number in range(3):
        reading.article(topic, f"Ratgeber {number}")
    html = text_of(client.get("/uebersicht/"))
    assert re.search(r"Bürgerämter</a>\s*<ul", html)
    assert "2 weitere unter „Ämter“" in html
    assert "Ratgeber 2" not in html


@pytest.mark.parametrize("address", ["/a-z/", "/uebersicht/", "/schlagwort/uebung/"])
def test_queries_do_not_grow_with_the_number_of_pages(client: Client, address: str, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    topic = reading.topic()

    def add(count: int) -> None:
        for number in range(count):
            page = reading.article(topic, f"Übung {count}-{number}")
            page.tags.add("Übung")
            page.save()
            reading.question(topic, f"Wie übt man {count}-{number}?")
            reading.term(f"Begriff {count}-{number}")

    add(2)
    client.get(address)
    few = queries_for(client, address)
    add(12)
    client.get(address)
    assert queries_for(client, address) == few <= 12
