"""Atom feeds: valid, stable, conditional, and public."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.core.context import surroundings
from portal.core.models import Operator
from portal.core.visibility import Visibility
from tests import factories
from tests.factories import reading
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}
LATER = datetime(2026, 9, 1, 7, 30, tzinfo=UTC)


def feed(address: str = "/feed.atom") -> Element:
    response = Client().get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)


def text(element: Element, path: str) -> str:
    found = element.find(path, ATOM)
    assert found is not None, path
    return found.text or ""


def test_the_feed_has_what_rfc_4287_demands() -> None:
    topic = reading.topic("Ämter & Übergänge")
    reading.article(topic, "Überblick <neu>", changed=LATER)
    root = feed()
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert text(root, "a:id").startswith("tag:testserver,")
    assert text(root, "a:title")
    assert text(root, "a:author/a:name") == Operator().name
    assert text(root, "a:updated") == "2026-09-01T07:30:00+00:00"
    links = {link.get("rel"): link.get("href") for link in root.findall("a:link", ATOM)}
    assert links == {"alternate": "http://testserver/", "self": "http://testserver/feed.atom"}
    entry = root.find("a:entry", ATOM)
    assert entry is not None
    assert text(entry, "a:title") == "Überblick <neu>"
    assert text(entry, "a:summary") == "Prüfen Sie zuerst, welche Register betroffen sind."
    assert text(entry, "a:published") == "2026-03-02T09:00:00+00:00"
    assert text(entry, "a:updated") == "2026-09-01T07:30:00+00:00"
    link = entry.find("a:link", ATOM)
    assert link is not None
    assert link.get("href") == "http://testserver/themen/aemter-uebergaenge/ueberblick-neu/"


def test_newest_first_and_questions_too() -> None:
    topic = reading.topic()
    reading.article(topic, "Älterer Artikel")
    reading.question(topic, "Neuere Frage?", changed=LATER)
    assert [text(entry, "a:title") for entry in feed().findall("a:entry", ATOM)] == [
        "Neuere Frage?", "Älterer Artikel",
    ]  # fmt: skip


def test_identifiers_survive_a_new_title_address_and_topic() -> None:
    page = reading.article(reading.topic("Alt"), "Überblick")
    before = text(feed(), "a:entry/a:id")
    page.title, page.slug = "Neuer Titel", "neuer-titel"
    page.save()
    page.move(reading.topic("Neu"), pos="last-child")
    assert text(feed(), "a:entry/a:id") == before


def test_a_topic_has_a_feed_of_its_own_and_its_subtopics() -> None:
    topic = reading.topic("Ämter")
    below = reading.topic("Bürgerämter", parent=topic)
    reading.article(below, "Öffnungszeiten")
    reading.article(reading.topic("Anderes"), "Woanders")
    titles = [text(entry, "a:title") for entry in feed("/themen/aemter/feed.atom").findall("a:entry", ATOM)]
    assert titles == ["Öffnungszeiten"]
    assert text(feed("/themen/aemter/feed.atom"), "a:title").endswith(": Ämter")


def test_only_what_is_public_is_in_a_feed() -> None:
    topic = reading.topic()
    reading.restrict(reading.article(topic, "Interner Vermerk"))
    reading.article(topic, "Entwurf", live=False)
    closed = reading.topic("Verschlusssache")
    reading.article(closed, "Darunter")
    reading.restrict(closed)
    staff = PortalClient()
    staff.force_login(make_user("leitung@example.org", role="Redaktion"))
    for client in (Client(), staff):
        assert b"<entry>" not in client.get("/feed.atom").content
        assert client.get("/themen/verschlusssache/feed.atom").status_code == 404
    assert b"verschlusssache/feed.atom" not in staff.get("/themen/verschlusssache/").content
    assert topic.url.encode() + b"feed.atom" in staff.get(topic.url).content


def test_what_is_no_topic_has_no_feed() -> None:
    reading.article(reading.topic("Ämter"), "Überblick")
    for address in ("/themen/aemter/ueberblick/feed.atom", "/gibt/es/nicht/feed.atom"):
        assert Client().get(address).status_code == 404


@pytest.mark.parametrize("cached", [True, False])
def test_a_reader_that_knows_the_feed_gets_304(settings: Any, cached: bool) -> None:
    settings.PAGE_CACHE_SECONDS = 600 if cached else 0
    page = reading.article(reading.topic(), "Überblick", changed=LATER)
    first = Client().get("/feed.atom")
    assert first["Last-Modified"] == "Tue, 01 Sep 2026 07:30:00 GMT"
    assert Client().get("/feed.atom", headers={"If-None-Match": first["ETag"]}).status_code == 304
    page.title = "Überarbeitet"
    page.save()
    assert Client().get("/feed.atom", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_unchanged_since_is_answered_without_a_body(settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    reading.article(reading.topic(), "Überblick", changed=LATER)
    since = {"If-Modified-Since": "Tue, 01 Sep 2026 07:30:00 GMT"}
    assert Client().get("/feed.atom", headers=since).status_code == 304


def test_queries_do_not_grow_with_the_number_of_articles(settings: Any, rf: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    topic = reading.topic()
    surroundings(rf.get("/"))

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert Client().get("/feed.atom").status_code == 200
        return len(captured)

    reading.article(topic, "Übung")
    reading.question(topic, "Wie übt man?")
    count()
    few = count()
    for number in range(12):
        reading.article(topic, f"Übung {number}")
        reading.question(topic, f"Wie übt man {number}?")
    count()
    assert count() == few <= 12


def test_a_topic_has_what_it_is_a_further_topic_of_and_templates() -> None:
    topic = reading.topic("Ämter")
    below, elsewhere = reading.topic("Bürgerämter", parent=topic), reading.topic("Anderes")
    factories.article("Weiteres Thema", parent=elsewhere, topics=[topic])
    factories.question("Darunter?", parent=elsewhere, topics=[below])
    factories.template("Vorlage dazu", topics=[topic])
    factories.article("Unbeteiligt", parent=elsewhere)
    factories.article("Geschlossen", parent=elsewhere, topics=[topic], visibility=Visibility.CENTRE)
    found = {text(entry, "a:title") for entry in feed(f"{topic.url}feed.atom").findall("a:entry", ATOM)}
    assert found == {"Weiteres Thema", "Darunter?", "Vorlage dazu"}
