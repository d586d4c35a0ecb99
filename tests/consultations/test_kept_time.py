"""Until when a chosen time is kept for somebody at the wizard, and what is said when it no longer is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.models import Appointment
from consultations.requester import words
from consultations.services import placing
from portal.accounts.models import Municipality
from tests import mails
from tests.factories import calendar, requests
from tests.factories.requests import GUEST, Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
KEPT, OVER = "Ihr Termin ist bis 07:15 Uhr vorgemerkt.", "Die Vormerkung ist abgelaufen"


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    settings.CONSULTATIONS_OPEN = True
    settings.HOLIDAYS = ""
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False) as found:
        yield found
    cache.clear()


@pytest.fixture
def town() -> Municipality:
    return requests.world()


def at_the_check(client: Client, town: Municipality | None = None) -> Walk:
    walk = Walk(client, town)
    walk.up_to_the_choice()
    walk.choose_format()
    assert walk.take(walk.slots()[2]).status_code == 302
    return walk


@pytest.mark.parametrize("freed", [False, True])
def test_the_check_says_when_the_time_is_no_longer_kept(town: Municipality, clock: Any, freed: bool) -> None:
    client = Client()
    client.force_login(requests.member(town))
    walk = at_the_check(client)
    assert KEPT in walk.get("pruefen/")
    clock.shift(timedelta(minutes=16))
    if freed:  # by the job
        placing.expire(Appointment.objects.all(), now=calendar.NOW + timedelta(minutes=16))
    page = walk.get("pruefen/")
    assert "vorgemerkt" not in page
    assert f"{OVER}: Sie bekommen diesen Termin nur, wenn er noch frei ist." in page
    assert "bestaetigung" in walk.post("pruefen")["Location"], "it is"


def test_somebody_without_account_is_told_to_choose_again(town: Municipality, clock: Any) -> None:
    walk = at_the_check(Client(), town)
    assert KEPT in walk.get("pruefen/")
    clock.shift(timedelta(minutes=16))
    page = walk.get("pruefen/")
    assert f"{OVER}. Bitte wählen Sie den Termin noch einmal" in page
    assert "hinweis=abgelaufen" in walk.post("pruefen", **GUEST)["Location"]


def test_the_pages_of_the_confirmation_say_it_too(town: Municipality, clock: Any) -> None:
    walk = at_the_check(Client(), town)
    sent = walk.post("pruefen", **GUEST)["Location"]
    link = mails.link_in(mails.deliver()[-1], "bestaetigen")
    for address in (sent, link):
        assert "Ihr Termin ist bis 09:00 Uhr vorgemerkt." in walk.client.get(address).content.decode(), address
    clock.shift(timedelta(hours=2, minutes=1))
    for address in (sent, link):
        page = walk.client.get(address).content.decode()
        assert f"{OVER}: Sie bekommen diesen Termin nur" in page, address
        assert "vorgemerkt" not in page, address


def test_wishes_are_not_kept(town: Municipality) -> None:
    walk = at_the_check(Client(), town)
    walk.post("termin", format="erstgespraech", place="video", action="wishes", day1="2027-03-09", part1="any")
    page = walk.get("pruefen/")
    assert "vorgemerkt" not in page
    assert OVER not in page


def test_another_day_is_named(town: Municipality, clock: Any) -> None:
    assert words.until(calendar.on(0, 10, 15)) == "10:15 Uhr"
    assert words.until(calendar.on(1, 0, 5)) == "2. März 2027, 00:05 Uhr"
    clock.move_to(calendar.on(0, 23, 50))
    walk = at_the_check(Client(), town)
    assert "bis 2. März 2027, 00:05 Uhr vorgemerkt" in walk.get("pruefen/")
    assert "bis 2. März 2027, 00:05 Uhr, so lange" in walk.get("termin/")
