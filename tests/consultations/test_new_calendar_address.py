"""A new address of an own calendar, entered by its form: what was read holds until the new one has been read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consultations import busy
from consultations.models import Adviser, BusySource, BusyTime
from knowledge import link_download
from tests.consultations.test_own_calendar import PAGE, TUESDAY, _monday_morning, event, hours, ics, server
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user, signed_in

__all__ = ["_monday_morning", "server"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
HOLDS = "Die zuletzt gelesenen Zeiten gelten weiter."
UNKNOWN = "Noch kennt das Portal Ihre belegten Zeiten nicht"
UPLOAD = "können Sie eine .ics-Datei hochladen"


@pytest.fixture
def adviser() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def client(adviser: Adviser) -> Client:
    return signed_in(make.user_of(adviser))


def enter(client: Client, url: str) -> str:
    """Save an address by the form and return the page it leads to."""
    answer = client.post(f"{PAGE}quelle/", {"action": "address", "url": url}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def shown(client: Client) -> str:
    return str(client.get(PAGE).content.decode())


def test_what_was_read_holds_until_the_new_address_is_read(server: str, client: Client, adviser: Adviser) -> None:
    form = make.form()
    enter(client, f"{server}/ich.ics")
    busy.fetch_all()
    assert 10 not in hours(adviser, form)
    page = enter(client, f"{server}/weg")
    assert "Bis dahin gelten die zuletzt gelesenen Zeiten weiter." in page
    assert UNKNOWN not in page
    assert 10 not in hours(adviser, form), "also while the new one has not been asked"
    busy.fetch_all()
    page = shown(client)
    assert 10 not in hours(adviser, form)
    assert HOLDS in page
    assert UPLOAD in page
    assert "sind vom 01.03.2027" in page, "the page says how old the times are that hold"
    moved = event("DTSTART;TZID=Europe/Berlin:20270302T140000", "DURATION:PT1H")
    file = SimpleUploadedFile("ich.ics", ics(moved))
    assert client.post(f"{PAGE}quelle/", {"action": "upload", "file": file}).status_code == 302
    enter(client, f"{server}/ich.ics")
    busy.fetch_all()
    assert 14 in hours(adviser, form), "the first good fetch takes the place of what was there"
    assert BusyTime.objects.count() == 1
    assert UPLOAD not in shown(client)


def test_a_first_address_that_fails_promises_no_times(server: str, client: Client, adviser: Adviser) -> None:
    page = enter(client, f"{server}/weg")
    assert UNKNOWN in page
    assert "zum ersten Mal abgerufen" in page
    busy.fetch_all()
    page = shown(client)
    for words in (UNKNOWN, UPLOAD, "(404)", "Kopieren Sie den Link noch einmal"):
        assert words in page
    assert HOLDS not in page
    coordinator = signed_in(make_user("koord@kkv.example", role="Koordination"))
    table = shown(coordinator)
    assert "noch nie gelesen" in table
    assert "älter als 24 Stunden" not in table


def test_old_times_of_an_earlier_source_are_called_old(server: str, client: Client, adviser: Adviser) -> None:
    enter(client, f"{server}/ich.ics")
    busy.fetch_all()
    BusySource.objects.update(fetched_at=make.NOW - timedelta(hours=25))  # a day goes by, and with it the session
    enter(client, f"{server}/weg")
    busy.fetch_all()
    page = shown(client)
    assert "Die belegten Zeiten sind älter als 24 Stunden" in page
    assert HOLDS in page
    client.post(f"{PAGE}quelle/", {"action": "forget"})
    assert not BusyTime.objects.exists()
    assert not BusySource.objects.exists()


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("/weg", "Kopieren Sie den Link noch einmal"), ("/gross", "nur belegte Zeiten"),
        ("/seite", "ICS-Freigabelink"),
    ],
)  # fmt: skip
def test_each_reason_says_what_to_do(
    server: str, client: Client, adviser: Adviser, path: str, advice: str
) -> None:
    enter(client, f"{server}{path}")
    busy.fetch_all()
    page = shown(client)
    assert advice in page
    assert UPLOAD in page
    assert len(BusySource.objects.get().problem) < 300, "the sentence is whole"


@pytest.mark.parametrize(("status", "words"), [(401, "ohne Anmeldung"), (410, "noch einmal"), (503, "prüfen Sie")])
def test_answers_without_a_file(status: int, words: str) -> None:
    assert words in link_download._refused(status)


def test_a_file_that_is_too_large_says_what_to_do(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy, "LARGEST", 10)
    file: Any = SimpleUploadedFile("ich.ics", ics(TUESDAY))
    answer = client.post(f"{PAGE}quelle/", {"action": "upload", "file": file})
    assert answer.status_code == 422
    assert "nur belegte Zeiten" in answer.content.decode()
