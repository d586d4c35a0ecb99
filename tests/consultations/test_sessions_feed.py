"""The feed of planned sessions: valid by RFC 4287, and true also for readers that ask by date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import time_machine
from defusedxml import ElementTree
from django.core.cache import cache
from django.test import Client
from django.utils.http import http_date

from consultations.models import GroupSession
from consultations.services import groups, seats
from tests.factories import calendar, requests

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}
ADDRESS = "/beratung/termine.atom"


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    settings.HOLIDAYS = ""
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False) as found:
        yield found
    cache.clear()


@pytest.fixture
def session() -> GroupSession:
    requests.world()
    form = calendar.group_form(places=["video"])
    return groups.plan(
        placement=calendar.placement(form, calendar.on(2, 13), calendar.adviser("Süß"), place="video"),
        title="Sprechstunde NOOTS", by=None,
    )  # fmt: skip


def read(**headers: str) -> Element:
    answer = Client().get(ADDRESS, headers=headers)
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.content)


def text(element: Element, path: str) -> str:
    found = element.find(path, ATOM)
    assert found is not None, path
    return found.text or ""


def test_each_entry_says_when_it_was_planned_and_changed(session: GroupSession, clock: Any) -> None:
    planned = calendar.NOW.isoformat()
    feed = read()
    assert text(feed, "a:entry/a:published") == text(feed, "a:entry/a:updated") == planned
    assert text(feed, "a:updated") == planned
    clock.shift(timedelta(hours=1))
    later = (calendar.NOW + timedelta(hours=1)).isoformat()
    groups.change(session=session, title="Sprechstunde Register", place="video", place_detail="", by=None)
    feed = read()
    assert text(feed, "a:entry/a:title") == "Sprechstunde Register"
    assert (text(feed, "a:entry/a:published"), text(feed, "a:entry/a:updated")) == (planned, later)
    assert text(feed, "a:updated") == later
    assert text(feed, "a:entry/a:id").startswith("tag:")


def test_whoever_asks_by_date_reads_what_is_free_now(session: GroupSession, clock: Any) -> None:
    assert "3 von 3 Plätzen frei" in text(read(), "a:entry/a:summary")
    clock.shift(timedelta(minutes=5))
    since = {"If-Modified-Since": http_date((calendar.NOW + timedelta(minutes=1)).timestamp())}
    seats.hold(session=session, holder="jemand")
    assert "2 von 3 Plätzen frei" in text(read(**since), "a:entry/a:summary")
    clock.shift(timedelta(minutes=20))  # the hold runs out, and nothing is written for it
    assert "3 von 3 Plätzen frei" in text(read(**since), "a:entry/a:summary")


def test_whoever_knows_its_mark_gets_304_until_something_changes(session: GroupSession) -> None:
    known = {"If-None-Match": Client().get(ADDRESS)["ETag"]}
    assert Client().get(ADDRESS, headers=known).status_code == 304
    seats.hold(session=session, holder="jemand")
    assert Client().get(ADDRESS, headers=known).status_code == 200


def test_a_session_the_log_does_not_know_has_a_date_too(session: GroupSession) -> None:
    GroupSession.objects.create(
        format=session.format, title="Sprechstunde Altbestand", starts_at=calendar.on(3, 9),
        ends_at=calendar.on(3, 10), place="video", capacity=3,
    )  # fmt: skip
    feed = read()
    entries = feed.findall("a:entry", ATOM)
    assert len(entries) == 2
    assert all(text(entry, "a:updated") for entry in entries)
