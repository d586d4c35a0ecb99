"""Each link to advice takes along what it is about."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests import factories
from tests.factories import reading

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a[^>]*href="([^"]*)"[^>]*>(?:<span[^>]*></span>)*(?:<span[^>]*>)?(?:Beratung|Frage stellen)')


@pytest.mark.parametrize(("address", "expected"), [
    ("/", "anliegen=beratung"),
    ("/glossar/", "seite=%2Fglossar%2F"),
    ("/recht/idnrg/", "seite=%2Frecht%2Fidnrg%2F"),
    ("/themen/aemter/", "seite=%2Fthemen%2Faemter%2F"),
    ("/suche/?q=Gr%C3%B6%C3%9Fe", "anliegen=Gr%C3%B6%C3%9Fe"),
    ("/suche/?q=Quastenflosser", "anliegen=Quastenflosser"),
    ("/gibt/es/nicht/", "seite=%2Fgibt%2Fes%2Fnicht%2F"),
])  # fmt: skip
def test_advice_is_asked_for_about_what_is_at_hand(address: str, expected: str) -> None:
    factories.article(parent=reading.topic("Ämter"), title="Größe")
    reading.act()
    html = Client().get(address).content.decode()
    links = LINK.findall(html)
    assert len(links) >= 2  # the head of the page and the menu
    assert [link for link in links if expected not in link or "anliegen=" not in link] == []
