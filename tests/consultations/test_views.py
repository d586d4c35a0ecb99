"""Contact and report of a barrier, as somebody without script sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client, override_settings
from wagtail.models import Site

from consultations.forms import concern_from, page_from
from portal.core import ratelimit
from portal.core.models import Operator, OutboxMessage, WorkItem, WorkReport
from tests.factories import reading

pytestmark = pytest.mark.django_db
MESSAGE = {
    "concern": "Frage zur Übermittlung",
    "message": "Müssen wir ältere Bescheide\nnachträglich übermitteln?",
    "email": "joerg@muellerstadt.example",
    "name": "Jörg Müller",
    "municipality": "Müllerstadt",
    "page": "/themen/aemter/",
}


@pytest.fixture(autouse=True)
def _mails(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.CONTACT_EMAIL = "postfach@kompetenz.example"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-23T09:00:00+01:00", tick=False) as traveller:
        yield traveller


def started(html: str) -> str:
    found = re.search(r'name="started" value="([^"]+)"', html)
    assert found
    return unescape(found[1])


def send(
    client: Client, address: str, clock: time_machine.Traveller, data: dict[str, str], seconds: int = 20
) -> Any:
    """Open the page, wait, send the form."""
    mark = started(client.get(address).content.decode())
    clock.shift(timedelta(seconds=seconds))
    return client.post(address, {"started": mark, "homepage": "", **data})


def test_the_query_fills_the_form_in() -> None:
    html = Client().get("/kontakt/?anliegen=L%C3%BCcke%20%22x%22&seite=/themen/aemter/").content.decode()
    assert 'value="Lücke &quot;x&quot;"' in html
    assert 'value="/themen/aemter/"' in html


def test_words_of_the_query_are_kept_short_and_local() -> None:
    assert concern_from("hinweis") == "Fehler oder Lücke melden"
    assert concern_from("  Grüße\n aus\tX ") == "Grüße aus X"
    assert len(concern_from("ü" * 10_000)) == 200
    assert page_from("/themen/") == "/themen/"
    assert page_from("//fremd.example/") == page_from("https://fremd.example/") == page_from("javascript:x") == ""


def test_a_message_reaches_the_mailbox(clock: time_machine.Traveller) -> None:
    response = send(Client(), "/kontakt/", clock, MESSAGE)
    assert (response.status_code, response["Location"]) == (302, "/kontakt/gesendet/")
    assert "angekommen" in Client().get("/kontakt/gesendet/").content.decode()
    [sent] = mail.outbox
    assert sent.to == ["postfach@kompetenz.example"]
    assert sent.reply_to == ["joerg@muellerstadt.example"]
    assert sent.subject == "Kontakt: Frage zur Übermittlung"
    for words in (MESSAGE["message"], "Jörg Müller", "Müllerstadt", "/themen/aemter/"):
        assert words in sent.body


def test_without_a_setting_it_is_the_mailbox_readers_see(clock: time_machine.Traveller, settings: Any) -> None:
    settings.CONTACT_EMAIL = ""
    Operator.objects.update_or_create(site=Site.objects.get(), defaults={"email": "kkv@land.example"})
    send(Client(), "/kontakt/", clock, MESSAGE)
    send(Client(), "/barriere-melden/", clock, {"description": "Nicht vorgelesen.", "page": "/themen/"})
    assert [sent.to for sent in mail.outbox] == [["kkv@land.example"]] * 2


def test_nobody_writes_mail_headers(clock: time_machine.Traveller) -> None:
    data = MESSAGE | {"concern": "Frage\r\nBcc: alle@example.org", "name": "Jörg\nE-Mail: x@example.org"}
    send(Client(), "/kontakt/", clock, data)
    [sent] = mail.outbox
    assert "\n" not in sent.subject
    assert sent.recipients() == ["postfach@kompetenz.example"]
    assert "\nE-Mail: x@example.org" not in sent.body


def test_errors_are_listed_and_nothing_typed_is_lost(clock: time_machine.Traveller) -> None:
    response = send(Client(), "/kontakt/", clock, MESSAGE | {"email": "joerg(at)muellerstadt"})
    html = response.content.decode()
    assert response.status_code == 422
    assert not mail.outbox
    assert 'role="alert"' in html
    assert 'href="#id_email"' in html
    assert "<title>Fehler: Kontakt" in html
    for value in ("Frage zur Übermittlung", "joerg(at)muellerstadt", "Jörg Müller", "Müllerstadt"):
        assert f'value="{value}"' in html
    assert "nachträglich übermitteln?</textarea>" in html
    assert 'aria-invalid="true"' in html


@pytest.mark.parametrize(
    ("seconds", "change", "words"),
    [
        (0, {}, "sehr schnell"),
        (20, {"homepage": "https://spam.example"}, "verstecktes Feld"),
        (25 * 3600, {}, "lange geöffnet"),
        (20, {"started": "gefälscht"}, "lange geöffnet"),
    ],
)
def test_machines_are_held_back_and_people_may_send_again(
    clock: time_machine.Traveller, seconds: int, change: dict[str, str], words: str
) -> None:
    client = Client()
    response = send(client, "/kontakt/", clock, MESSAGE | change, seconds)
    html = response.content.decode()
    assert words in html
    assert not mail.outbox
    assert "nachträglich übermitteln?</textarea>" in html
    assert "spam.example" not in html
    clock.shift(timedelta(seconds=5))
    again = client.post("/kontakt/", {**MESSAGE, "homepage": "", "started": started(html)})
    assert again.status_code == 302
    assert len(mail.outbox) == 1


def test_one_address_cannot_flood_the_mailbox(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ratelimit, "PER_HOUR", 2)
    client = Client()
    assert [send(client, "/kontakt/", clock, MESSAGE).status_code for _ in range(3)] == [302, 302, 429]
    assert len(mail.outbox) == 2
    held = send(client, "/kontakt/", clock, MESSAGE).content.decode()
    assert "nachträglich übermitteln?</textarea>" in held
    clock.shift(timedelta(hours=1))
    assert send(client, "/kontakt/", clock, MESSAGE).status_code == 302


def test_errors_do_not_use_up_the_limit(clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "PER_HOUR", 1)
    client = Client()
    for _ in range(3):
        assert send(client, "/kontakt/", clock, MESSAGE | {"email": ""}).status_code == 422
    assert send(client, "/kontakt/", clock, MESSAGE).status_code == 302


def test_without_the_token_nothing_is_sent(clock: time_machine.Traveller) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert send(strict, "/kontakt/", clock, MESSAGE).status_code == 403
    assert not mail.outbox


@pytest.mark.parametrize("address", ["/kontakt/", "/barriere-melden/"])
def test_the_form_is_never_cached(address: str) -> None:
    response = Client().get(address)
    assert "no-store" in response["Cache-Control"]
    assert "csrf" in response.cookies
    assert "X-Cache" not in response


def test_signed_in_people_are_not_asked_again(django_user_model: Any) -> None:
    client = Client()
    person = django_user_model.objects.create_user(
        "ute@muellerstadt.example", "x", first_name="Ute", last_name="Größe"
    )
    client.force_login(person)
    html = client.get("/kontakt/").content.decode()
    assert 'value="ute@muellerstadt.example"' in html
    assert 'value="Ute Größe"' in html


def test_a_barrier_becomes_a_task_due_in_six_weeks(clock: time_machine.Traveller) -> None:
    page = reading.article(reading.topic("Ämter"), "Übergänge gestalten")
    data = {"page": "/themen/aemter/uebergaenge-gestalten/", "description": "Die Tabelle wird nicht vorgelesen."}
    response = send(Client(), "/barriere-melden/", clock, data | {"email": "ute@muellerstadt.example"})
    assert (response.status_code, response["Location"]) == (302, "/barriere-melden/gesendet/")
    item = WorkItem.objects.get(kind="barrier")
    assert item.page_id == page.pk
    assert item.due_on == date(2027, 1, 4)
    assert item.title == "Barriere: Übergänge gestalten"
    assert item.team == "Koordination"
    assert item.note == "Seite: /themen/aemter/uebergaenge-gestalten/"
    report = WorkReport.objects.get(item=item)
    assert report.text == "Die Tabelle wird nicht vorgelesen."
    assert report.reply_to == "ute@muellerstadt.example"
    [sent] = mail.outbox
    assert "04.01.2027" in sent.body
    assert sent.reply_to == ["ute@muellerstadt.example"]
    assert "sechs Wochen" in Client().get("/barriere-melden/gesendet/").content.decode()


@pytest.mark.parametrize(
    "where", ["", "Startseite oben", "https://fremd.example/seite", "/gibt/es/nicht/", "http://[x"]
)
def test_a_barrier_without_a_known_page_is_kept_as_well(clock: time_machine.Traveller, where: str) -> None:
    response = send(Client(), "/barriere-melden/", clock, {"page": where, "description": "Zu geringer Kontrast"})
    assert response.status_code == 302
    item = WorkItem.objects.get(kind="barrier")
    assert item.page is None
    assert (where or "ohne Angabe der Seite") in item.title
    assert mail.outbox[0].reply_to == []


def test_a_full_address_of_this_portal_is_understood(clock: time_machine.Traveller) -> None:
    page = reading.topic("Ämter")
    send(
        Client(),
        "/barriere-melden/",
        clock,
        {"page": "http://testserver/themen/aemter/?x=1#a", "description": "Größe"},
    )
    assert WorkItem.objects.get().page_id == page.pk


def test_task_and_mail_are_stored_together_or_not_at_all(
    clock: time_machine.Traveller, settings: Any, django_user_model: Any
) -> None:
    settings.EMAIL_BACKEND = "gibt.es.nicht.Backend"
    client = Client(raise_request_exception=False)
    assert send(client, "/barriere-melden/", clock, {"description": "Zu klein"}).status_code == 500
    assert not WorkItem.objects.exists()


def test_the_same_message_sent_twice_makes_one_mail(clock: time_machine.Traveller) -> None:
    """The mail's place in the outbox is what the second request finds."""
    with override_settings(EMAIL_BACKEND="portal.core.mail.OutboxBackend"):
        for _ in range(2):
            assert send(Client(), "/kontakt/", clock, MESSAGE)["Location"] == "/kontakt/gesendet/"
        assert OutboxMessage.objects.count() == 1
        send(Client(), "/kontakt/", clock, MESSAGE | {"message": "Etwas anderes."})
        assert OutboxMessage.objects.count() == 2
        send(Client(), "/kontakt/", clock, MESSAGE, seconds=601)
        assert OutboxMessage.objects.count() == 3
        key = OutboxMessage.objects.earliest("pk").key
    assert "joerg" not in key


def test_the_same_barrier_reported_twice_is_one_task_and_one_mail(clock: time_machine.Traveller) -> None:
    data = {"description": "Die Tabelle wird nicht vorgelesen.", "page": "/themen/", "email": ""}
    for _ in range(2):
        assert send(Client(), "/barriere-melden/", clock, data)["Location"] == "/barriere-melden/gesendet/"
    assert (WorkItem.objects.count(), WorkReport.objects.count(), len(mail.outbox)) == (1, 1, 1)
    send(Client(), "/barriere-melden/", clock, data | {"page": "/suche/"})
    assert (WorkItem.objects.count(), len(mail.outbox)) == (2, 2)
