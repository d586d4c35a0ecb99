"""The latest major changes as a page and as feeds."""

from __future__ import annotations

from typing import Any

import pytest
from defusedxml import ElementTree
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

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
