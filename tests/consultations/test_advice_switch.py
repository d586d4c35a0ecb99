"""The switch of advice: what there is while it is closed, and where links lead while it is open."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from portal.accounts.models import Municipality
from tests.factories import reading, requests
from tests.factories.requests import Walk

pytestmark = pytest.mark.django_db

START = "/beratung/anfragen/"


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.CONSULTATIONS_OPEN = True


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def guest(town: Municipality) -> Walk:
    return Walk(Client(), town)


def test_what_a_link_says_is_filled_in(guest: Walk) -> None:
    topic = reading.topic("Ämter")
    page = Client().get(f"{START}?anliegen=NOOTS-Anschluss&seite=/themen/aemter/").content.decode()
    assert f'<option value="{topic.pk}" selected>' in page
    guest.begin(anliegen="NOOTS-Anschluss", seite="/themen/aemter/")
    assert 'value="NOOTS-Anschluss"' in guest.get("anliegen/")
    guest.begin(anliegen="beratung")
    assert "Beratung anfragen" not in str(guest.draft.answers)
    assert (
        Client().get(f"{START}?anliegen=hinweis&seite=/x/")["Location"]
        == "/kontakt/?anliegen=hinweis&seite=%2Fx%2F"
    )


def test_closed_there_is_nothing(settings: Any, town: Municipality) -> None:
    settings.CONSULTATIONS_OPEN = False
    for address in (START, "/beratung/termine/", "/beratung/termine.ics", "/beratung/vorgang/B-AAAA-AAAA/"):
        assert Client().get(address).status_code == 404
    assert "/kontakt/?anliegen=beratung" in Client().get("/glossar/").content.decode()


def test_open_all_advice_links_lead_to_the_wizard(town: Municipality) -> None:
    html = Client().get("/glossar/").content.decode()
    assert f"{START}?anliegen=beratung&amp;seite=%2Fglossar%2F" in html
    assert f"{START}?anliegen=Quastenflosser" in Client().get("/suche/?q=Quastenflosser").content.decode()
    walk = Walk(Client(), town)
    walk.begin()
    assert "seite=%2Fberatung" not in walk.get("anliegen/")  # the address is a key
