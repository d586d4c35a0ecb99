"""All cases somebody may see: the own ones first, by pages, open or ended, in a fixed number of queries."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consultations.models import Adviser, Case, Concern
from consultations.requester import overview, own_area
from consultations.services import appointments, cases
from portal.accounts.models import User
from tests.factories import calendar as make
from tests.factories import desk, requests

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
PAGE = "/beratung/vorgaenge/"


@pytest.fixture
def person() -> User:
    return requests.member(make.municipality())


@pytest.fixture
def colleague(person: User) -> User:
    return requests.member(make.municipality(), "nora")


def asked(user: User | None, number: int = 1) -> list[Case]:
    """Return cases of somebody, the earliest first, a minute between two."""
    made = [make.case(subject=f"Frage {each}", requester=user) for each in range(number)]
    Concern.objects.bulk_create(Concern(case=case) for case in made)
    for each, case in enumerate(made):
        Case.objects.filter(pk=case.pk).update(created_at=make.NOW + timedelta(minutes=each))
    return made


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown(client: Client, address: str) -> list[str]:
    """Return the numbers of the cases a page lists, in its order."""
    html = client.get(address).content.decode()
    return re.findall(r'<h[23] id="vorgang-\d+"><a href="/beratung/vorgang/([^/]+)/', html)


def numbers(rows: list[Case]) -> list[str]:
    """Return the numbers of cases, the latest first."""
    return [case.reference for case in reversed(rows)]


def test_own_cases_come_first_and_the_rest_is_a_link_away(person: User, colleague: User) -> None:
    mine = asked(person, 2)
    theirs = asked(colleague, own_area.MOST)
    client = client_of(person)
    first = shown(client, "/konto/")
    assert first == [*numbers(mine), *numbers(theirs)][: own_area.MOST]
    assert f'<a href="{PAGE}">Weitere Vorgänge</a>' in client.get("/konto/").content.decode()
    assert shown(client, PAGE) == [*numbers(mine), *numbers(theirs)]
    assert shown(client_of(colleague), PAGE) == [*numbers(theirs), *numbers(mine)]


def test_the_list_goes_on_by_pages_which_keep_the_filter(person: User) -> None:
    made = numbers(asked(person, overview.PAGE_SIZE + 1))
    client = client_of(person)
    assert shown(client, f"{PAGE}?stand=offen") == made[:-1]
    assert 'href="?stand=offen&amp;seite=2"' in client.get(f"{PAGE}?stand=offen").content.decode()
    assert shown(client, f"{PAGE}?stand=offen&seite=2") == made[-1:]
    assert shown(client, f"{PAGE}?seite=99") == made[-1:]


def test_open_or_ended(person: User) -> None:
    first, second = asked(person, 2)
    cases.withdraw(case=first, by=person)
    client = client_of(person)
    assert shown(client, "/konto/") == [second.reference]
    assert "Alle Vorgänge, auch beendete" in client.get("/konto/").content.decode()
    assert shown(client, PAGE) == shown(client, f"{PAGE}?stand=x") == [second.reference, first.reference]
    assert shown(client, f"{PAGE}?stand=offen") == [second.reference]
    assert shown(client, f"{PAGE}?stand=beendet") == [first.reference]
    assert "1 Vorgang." in client.get(f"{PAGE}?stand=beendet").content.decode()
    cases.withdraw(case=second, by=person)
    assert "Zu dieser Auswahl gibt es keinen Vorgang" in client.get(f"{PAGE}?stand=offen").content.decode()


def test_only_for_who_is_signed_in_and_while_advice_is_open(person: User, settings: Any) -> None:
    assert Client().get(PAGE)["Location"].startswith("/konto/anmelden/?next=")
    answer = client_of(person).get(PAGE)
    assert "no-store" in answer["Cache-Control"]
    assert "Sie haben noch keinen Vorgang" in answer.content.decode()
    assert client_of(person).post(PAGE).status_code == 405
    settings.CONSULTATIONS_OPEN = False
    assert client_of(person).get(PAGE).status_code == 404


def test_appointments_that_are_left_out_say_so(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_area, "MOST", 2)
    adviser: Adviser = desk.adviser_with_role("Größe")
    made, form = asked(person, 3), make.form()
    for day, case in enumerate(made[:2], start=1):
        appointments.book(placement=make.placement(form, make.on(day), adviser), case=case, by=None)
    client = client_of(person)
    assert "Spätere stehen in den Vorgängen" not in client.get("/konto/").content.decode()
    appointments.book(placement=make.placement(form, make.on(3), adviser), case=made[2], by=None)
    html = client.get("/konto/").content.decode()
    assert f'Spätere stehen in den Vorgängen: <a href="{PAGE}?stand=offen">' in html
    assert "Das sind die nächsten 2 Termine" in html
    assert "Donnerstag, 4. März 2027" in client.get(PAGE).content.decode()


def test_the_number_of_queries_depends_on_nothing(person: User, colleague: User) -> None:
    asked(person)

    def count() -> int:
        client = client_of(person)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(PAGE).status_code == 200
        return len(seen)

    count()
    before = count()
    asked(colleague, 30)
    asked(None, 10)
    assert count() == before
