"""„Meine Kommune“: what the municipality has promised in its cases, by due date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consultations.models import Case, CaseTask, Concern
from consultations.services import case_tasks, cases
from portal.accounts.models import User
from tests.factories import calendar as make
from tests.factories import requests

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(settings: Any) -> Iterator[None]:
    settings.CONSULTATIONS_OPEN = True
    cache.clear()
    with time_machine.travel(make.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def person() -> User:
    return requests.member(make.municipality())


def own(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.get("/konto/").content.decode()


def case_of(user: User | None = None, **fields: Any) -> Case:
    case = make.case(requester=user, **fields)
    Concern.objects.create(case=case)
    return case


def add(case: Case, text: str, days: int | None = None, **fields: Any) -> CaseTask:
    due = make.MONDAY + timedelta(days=days) if days is not None else None
    return CaseTask.objects.create(**{"case": case, "side": "municipality", "text": text, "due_on": due, **fields})


def test_open_tasks_by_due_date_with_a_link(person: User) -> None:
    assert "Aufgaben aus der Beratung" not in own(person)
    first, second = case_of(person), case_of(person)
    add(first, "Ohne Tag zugesagt")
    add(second, "Vertrag prüfen", 9)
    add(first, "Muster senden", -3)
    add(first, "Sache der Kompetenzstelle", 1, side="centre")
    done = add(first, "Längst getan", 1)
    case_tasks.finish(task=done, by=person)
    page = own(person)
    places = [page.index(text) for text in ("Muster senden", "Vertrag prüfen", "Ohne Tag zugesagt")]
    assert places == sorted(places)
    assert f'href="/beratung/vorgang/{second.reference}/#aufgaben"' in page
    assert "<strong>überfällig</strong>, war bis 26. Februar 2027 zugesagt" in page
    assert "bis 10. März 2027" in page
    for text in ("Sache der Kompetenzstelle", "Längst getan"):
        assert text not in page


def test_colleagues_see_them_others_do_not(person: User) -> None:
    case = case_of(person)
    add(case, "Muster senden", 3)
    assert "Muster senden" in own(requests.member(make.municipality(), "nora"))
    assert "Muster senden" not in own(requests.member(make.municipality("Größingen"), "fremd"))
    Concern.objects.filter(case=case).update(private=True)
    assert "Muster senden" not in own(requests.member(make.municipality(), "otto"))
    cases.withdraw(case=case, by=None)
    assert "Muster senden" not in own(person)


def test_the_number_of_queries_depends_on_nothing(person: User) -> None:
    add(case_of(person), "Muster senden", 3)
    own(person)

    def count() -> int:
        client = Client()
        client.force_login(person)
        with CaptureQueriesContext(connection) as seen:
            client.get("/konto/")
        return len(seen)

    before = count()
    for number in range(25):
        add(case_of(person), f"Aufgabe {number}", number)
    assert count() == before
    assert "Weitere Aufgaben stehen in den Vorgängen" in own(person)
