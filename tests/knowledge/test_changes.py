"""The latest major changes as a page and as feeds."""

from __future__ import annotations

from typing import Any

import pytest
from defusedxml import ElementTree
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledge import changes
from portal.core.models import Publication
from portal.core.subscriptions import registry
from portal.core.visibility import Visibility
from tests.factories import reading
from tests.factories.subscribing import publish
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def entries(address: str) -> list[Any]:
    response = Client().get(address)
    assert response.status_code == 200, address
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return list(ElementTree.fromstring(response.content).findall("a:entry", ATOM))


def notes(address: str) -> list[str]:
    return [entry.findtext("a:summary", "", ATOM) for entry in entries(address)]


def test_feeds_of_everything_a_topic_a_page_and_an_act() -> None:
    topic, other = reading.topic("Ämter"), reading.topic("Anderes")
    act = reading.act("OZG")
    page, foreign = reading.article(topic, "Öffnen"), reading.article(other, "Fremd")
    reading.cite(page, act)
    publish(page, "Eins.")
    publish(page, "Zwei.")
    publish(page, "", major=False)
    publish(foreign, "Drei.")
    publish(act, "Vier.")
    assert notes("/aenderungen.atom") == ["Vier.", "Drei.", "Zwei.", "Eins."]
    assert notes("/themen/aemter/aenderungen.atom") == ["Zwei.", "Eins."]
    assert notes("/themen/aemter/oeffnen/aenderungen.atom") == ["Zwei.", "Eins."]
    assert notes("/recht/ozg/aenderungen.atom") == ["Vier.", "Zwei.", "Eins."]
    ids = [entry.findtext("a:id", "", ATOM) for entry in entries("/aenderungen.atom")]
    assert len(set(ids)) == 4
    for address in ("/gibt/es/nicht/aenderungen.atom", "/themen/aenderungen.atom"):
        assert Client().get(address).status_code == 404


def test_an_old_change_stands_behind_many_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "WINDOW", 2)
    topic = reading.topic("Ämter")
    page, others = reading.article(topic, "Öffnen"), reading.article(topic, "Schließen")
    publish(page, "Eins.")
    for number in range(6):
        publish(others, f"Anders {number}.")
    assert notes("/themen/aemter/oeffnen/aenderungen.atom") == ["Eins."]


def test_an_alias_follows_its_source() -> None:
    """Feed, versions and subscription of an alias are those of what it shows."""
    page = reading.article(reading.topic("Ämter"), "Öffnen")
    alias = page.create_alias(parent=reading.topic("Anderes"), update_slug="auch-oeffnen")
    publish(page, "Eins.")
    assert notes("/themen/anderes/auch-oeffnen/aenderungen.atom") == ["Eins."]
    assert notes("/themen/anderes/aenderungen.atom") == ["Eins."]
    assert "Eins." in Client().get("/themen/anderes/auch-oeffnen/versionen/").content.decode()
    [found] = registry.touching("page", alias.pk, list(Publication.objects.all()))
    assert found.object_id == str(page.pk)


def test_a_feed_is_conditional() -> None:
    publish(reading.article(reading.topic()))
    first = Client().get("/aenderungen.atom")
    assert Client().get("/aenderungen.atom", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_what_is_closed_is_in_no_feed_and_on_no_page() -> None:
    topic = reading.topic("Ämter")
    page = reading.article(topic, "Öffnen")
    publish(page, "Nur für Kommunen.")
    reading.restrict(page, Visibility.MUNICIPALITY)
    assert notes("/aenderungen.atom") == notes("/themen/aemter/aenderungen.atom") == []
    assert Client().get("/themen/aemter/oeffnen/aenderungen.atom").status_code == 404
    assert "Nur für Kommunen." not in Client().get("/aenderungen/").content.decode()
    client = PortalClient()
    client.force_login(make_user(role="Kommune"))
    assert "Nur für Kommunen." in client.get("/aenderungen/").content.decode()
    page.unpublish()
    assert "Nur für Kommunen." not in client.get("/aenderungen/").content.decode()


def test_the_page_of_changes_costs_the_same_for_many() -> None:
    assert "Bisher gibt es keine" in Client().get("/aenderungen/").content.decode()
    topic = reading.topic()
    counts = []
    for number in (2, 25):
        for count in range(number):
            publish(reading.article(topic, f"Seite {number}-{count}"))
        publish(reading.term(f"Begriff {number}"))
        publish(reading.act(f"G{number}"))
        with CaptureQueriesContext(connection) as captured:
            assert Client().get("/aenderungen/").status_code == 200
        counts.append(len(captured))
    assert counts[1] <= counts[0]
    assert counts[1] <= 15
