"""Subscribing without an account: nothing before confirmation, nothing by GET, nothing told about an address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from portal.core import outbox, ratelimit
from portal.core.models import ConfirmationMail, Delivery, Frequency, OutboxMessage, Subscriber, Subscription
from portal.core.subscriptions import digest, services, tidying, tokens
from portal.core.subscriptions.registry import Subject
from portal.core.visibility import Visibility
from tests import mails
from tests.factories import reading
from tests.factories.subscribing import publish, subscriber

pytestmark = pytest.mark.django_db
FORM = "/abonnieren/"
ADDRESS = "kaethe@gemeinde.example"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-09-02T10:00:00+02:00", tick=False) as traveller:
        yield traveller


def ask(subject: str = "all:0", *, page: str = "", address: str = ADDRESS, frequency: str = "weekly") -> Any:
    cache.clear()  # the limit per connection has a test of its own
    query = f"?seite={quote(page)}" if page else ""
    data = {"subject": subject, "email": address, "frequency": frequency}
    return Client().post(FORM + query, data)


def new_mails() -> list[Any]:
    before = len(mails.sent())
    outbox.work_off()
    return mails.sent()[before:]


def test_from_the_article_to_the_first_digest_and_out_again(clock: time_machine.Traveller) -> None:
    page = reading.article(reading.topic("Ämter"), "Öffnen")
    link = f"{FORM}?seite={quote(page.get_url(), safe='/')}"
    assert link in Client().get(page.get_url()).content.decode()
    shown = Client().get(link).content.decode()
    assert [text in shown for text in ("Seite: Öffnen", "Thema: Ämter", "Alle wesentlichen")] == [True] * 3
    response = ask(f"page:{page.pk}", page=page.get_url(), address="Kaethe@Gemeinde.example ", frequency="daily")
    assert (response.status_code, response["Location"]) == (302, "/abonnieren/angefordert/")
    publish(page)
    digest.tell_all(timezone.now() + timedelta(days=2))
    (mail,) = new_mails()
    assert mail["To"] == ADDRESS
    assert "- Öffnen" in mails.text_of(mail)
    assert mail["List-Unsubscribe"] is None, "there is nothing yet to leave"
    confirm = mails.link_in(mail, "bestaetigen")
    assert "Abos bestätigen" in Client().get(confirm).content.decode()
    assert not Subscription.objects.exclude(confirmed_at=None).exists(), "a GET changes nothing"
    row = Subscription.objects.get()
    clock.shift(timedelta(minutes=5))
    response = Client().post(confirm, {"action": "confirm", "abo": row.pk})
    assert response["Location"].startswith("/abonnieren/verwalten/")
    publish(page, "Jetzt gilt etwas anderes.")
    clock.shift(timedelta(days=1))
    digest.tell_all()
    (mail,) = new_mails()
    assert "Jetzt gilt etwas anderes." in mails.text_of(mail)
    assert "Die Frist endet" not in mails.text_of(mail)
    leave = mails.link_in(mail, "abmelden")
    assert Client().get(leave).status_code == 200
    assert Subscriber.objects.count() == 1
    for _ in range(2):
        response = Client().post(leave)
        assert response.status_code == 200
        assert "Sie haben keine Abos" in response.content.decode()
    assert not Subscriber.objects.exists()
    assert not Delivery.objects.exists()


def test_one_click_as_a_mail_program_does_it(clock: time_machine.Traveller) -> None:
    page = reading.article(reading.topic())
    subscriber(ADDRESS)
    publish(page)
    clock.shift(timedelta(days=7))
    digest.tell_all()
    (mail,) = new_mails()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    header = str(mail["List-Unsubscribe"]).strip()
    assert header.startswith("<http://testserver/abonnieren/abmelden/")
    assert header.endswith("/>")
    assert mail["Auto-Submitted"] == "auto-generated"
    program = Client(enforce_csrf_checks=True)
    address = header.strip("<>").removeprefix("http://testserver")
    body = "List-Unsubscribe=One-Click"
    response = program.post(address, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert not response.cookies
    assert not Subscriber.objects.exists()
    assert program.post(address, body, content_type="application/x-www-form-urlencoded").status_code == 200


@pytest.mark.slow
def test_a_foreign_address_a_thousand_times_gets_one_mail_a_day(clock: time_machine.Traveller) -> None:
    everything = Subject("all", 0, "Alles", "/")
    for _ in range(1000):
        services.request_subscription(address=ADDRESS, subject=everything, frequency=Frequency.DAILY)
    assert len(new_mails()) == 1
    assert Subscription.objects.count() == 1
    for number in range(1, 200):
        services.request_subscription(
            address=ADDRESS, subject=Subject("page", number, "Seite", "/"), frequency=Frequency.DAILY
        )
    assert Subscription.objects.count() == services.MAX_PENDING
    assert new_mails() == []
    clock.shift(timedelta(days=1))
    ask()
    assert len(new_mails()) == 1
    clock.shift(timedelta(days=7, hours=1))
    tidying.tidy()
    assert not Subscriber.objects.exists()


def test_a_foreign_address_that_confirms_nothing_is_left_alone_after_three_mails(
    clock: time_machine.Traveller,
) -> None:
    everything = Subject("all", 0, "Alles", "/")
    got, answers = [], set()
    for days in (1, 1, 1, 1, 7, 18, 1, 1):
        for _ in range(2):
            services.request_subscription(address=ADDRESS.upper(), subject=everything, frequency=Frequency.DAILY)
        got.append(len(new_mails()))
        response = ask()
        answers.add((response.status_code, response["Location"]))
        clock.shift(timedelta(days=days, minutes=1))
        tidying.tidy()
    assert got == [1, 1, 1, 0, 0, 0, 0, 1]  # thirty days after the first one
    assert len(answers) == 1, "nothing is disclosed"
    assert ADDRESS not in str(list(ConfirmationMail.objects.values()))


def test_who_confirms_may_ask_again(clock: time_machine.Traveller) -> None:
    for _ in range(3):
        ask()
        (mail,) = new_mails()
        clock.shift(timedelta(days=1))
    row = Subscription.objects.get()
    Client().post(mails.link_in(mail, "bestaetigen"), {"action": "confirm", "abo": row.pk})
    assert not ConfirmationMail.objects.exists()
    topic = reading.topic()
    ask(f"topic:{topic.pk}", page=topic.get_url())
    assert len(new_mails()) == 1
    clock.shift(timedelta(days=31))
    tidying.tidy()
    assert not ConfirmationMail.objects.exists()


def test_one_connection_may_ask_only_so_often() -> None:
    client = Client()
    data = {"subject": "all:0", "frequency": "weekly"}
    for number in range(ratelimit.PER_HOUR):
        assert client.post(FORM, {**data, "email": f"p{number}@gemeinde.example"}).status_code == 302
    response = client.post(FORM, {**data, "email": "eine@gemeinde.example"})
    assert response.status_code == 429
    assert "eine@gemeinde.example" in response.content.decode(), "nothing typed is lost"
    assert Subscriber.objects.count() == ratelimit.PER_HOUR


def test_answers_do_not_tell_whether_an_address_is_known() -> None:
    subscriber(ADDRESS)
    cache.clear()
    pages = []
    for address in (ADDRESS, "unbekannt@gemeinde.example"):
        first = Client().post("/abonnieren/verwalten/", {"email": address})
        second = ask(address=address)
        pages.append((first.status_code, first["Location"], second.status_code, second["Location"]))
    assert pages[0] == pages[1]
    sent = {(str(mail["To"]), mail["Subject"]) for mail in new_mails()}
    assert (ADDRESS, "Kompetenzportal: Ihre Abos") in sent
    assert ("unbekannt@gemeinde.example", "Kompetenzportal: Ihre Abos") not in sent


def test_a_link_is_sent_once_a_day(clock: time_machine.Traveller) -> None:
    subscriber(ADDRESS)
    for _ in range(5):
        services.request_link(address=ADDRESS)
    (mail,) = new_mails()
    assert Client().get(mails.link_in(mail, "verwalten")).status_code == 200
    clock.shift(timedelta(days=1))
    services.request_link(address=ADDRESS)
    assert len(new_mails()) == 1


def test_who_has_confirmed_keeps_rhythm_and_confirms_what_is_new() -> None:
    topic = reading.topic()
    who = subscriber(ADDRESS)
    ask(f"topic:{topic.pk}", page=topic.get_url(), frequency="at_once")
    (mail,) = new_mails()
    who.refresh_from_db()
    assert who.frequency == Frequency.WEEKLY
    assert who.subscriptions.filter(confirmed_at=None).count() == 1
    other = reading.topic("Anderes")
    ask(f"topic:{other.pk}", page=other.get_url())
    assert new_mails() == []
    shown = Client().get(mails.link_in(mail, "bestaetigen")).content.decode()
    assert "Anderes" in shown, "the link of today's mail holds for what is ordered later"


def test_only_what_was_shown_is_confirmed() -> None:
    topic = reading.topic()
    ask(f"topic:{topic.pk}", page=topic.get_url())
    (mail,) = new_mails()
    mine = Subscription.objects.get()
    ask("all:0")
    foreign = subscriber("fremd@gemeinde.example").subscriptions.create(kind="topic", object_id=topic.pk)
    data = {"action": "confirm", "abo": [mine.pk, foreign.pk, "x", "9" * 40]}
    Client().post(mails.link_in(mail, "bestaetigen"), data)
    assert Subscription.objects.filter(confirmed_at=None).count() == 2


def test_looking_after_the_own_subscriptions() -> None:
    topic = reading.topic("Ämter")
    closed = reading.article(topic, "Bald geschlossen")
    who = subscriber(ADDRESS, ("topic", topic), ("page", closed))
    foreign = subscriber("fremd@gemeinde.example").subscriptions.get()
    reading.restrict(closed, Visibility.CENTRE)
    address = "/abonnieren/verwalten/" + tokens.make(who, tokens.MANAGE) + "/"
    shown = Client().get(address).content.decode()
    assert "Ämter" in shown
    assert "Bald geschlossen" not in shown
    assert "zurzeit nicht veröffentlicht" in shown
    client = Client()
    for data, text in [
        ({"action": "frequency", "frequency": "daily"}, "Gespeichert. Wir schreiben Ihnen: Einmal am Tag."),
        ({"action": "frequency", "frequency": "stündlich"}, "Bitte wählen Sie"),
        ({"action": "quatsch"}, "Bitte wählen Sie noch einmal"),
        ({"remove": "x"}, "Bitte wählen Sie noch einmal"),
        ({"remove": str(foreign.pk)}, "Das Abo ist beendet."),
        ({"remove": str(who.subscriptions.latest("pk").pk)}, "Das Abo ist beendet."),
    ]:
        response = client.post(address, data, follow=True)
        assert text in response.content.decode(), data
    who.refresh_from_db()
    assert who.frequency == Frequency.DAILY
    assert who.subscriptions.count() == 1
    assert Subscription.objects.filter(pk=foreign.pk).exists()
    response = client.post(address, {"remove": str(who.subscriptions.get().pk)})
    assert response["Location"] == "/abonnieren/beendet/"
    assert not Subscriber.objects.filter(pk=who.pk).exists()
    assert client.post(address, {"action": "forget"}).status_code == 200, "twice is harmless"


def test_links_are_bound_to_purpose_generation_and_time(clock: time_machine.Traveller) -> None:
    who = subscriber(ADDRESS)
    links = {purpose: tokens.make(who, purpose) for purpose in tokens.LIVES}
    words = {tokens.CONFIRM: "bestaetigen", tokens.MANAGE: "verwalten", tokens.UNSUBSCRIBE: "abmelden"}
    for purpose, word in words.items():
        for other, token in links.items():
            status = 200 if other == purpose else 404
            assert Client().get(f"/abonnieren/{word}/{token}/").status_code == status, (purpose, other)
        assert Client().get(f"/abonnieren/{word}/{links[purpose][:-2]}xx/").status_code == 404
        assert Client().post(f"/abonnieren/{word}/x:y:z/", {"action": "forget"}).status_code == 404
    response = Client().post(f"/abonnieren/verwalten/{links['manage']}/", {"action": "renew"})
    assert Client().get(response["Location"]).status_code == 200
    old = Client().get(f"/abonnieren/verwalten/{links['manage']}/")
    assert old.status_code == 410
    assert "gilt nicht mehr" in old.content.decode()
    assert Client().get(f"/abonnieren/abmelden/{links['unsubscribe']}/").status_code == 200, "the way out stays"
    fresh = response["Location"]
    clock.shift(timedelta(days=tokens.MANAGE_DAYS + 1))
    assert Client().get(fresh).status_code == 410
    assert Client().post(fresh, {"action": "forget"}).status_code == 410
    assert Subscriber.objects.exists()


def test_an_expired_confirmation_confirms_nothing_and_is_removed(clock: time_machine.Traveller) -> None:
    ask()
    (mail,) = new_mails()
    row = Subscription.objects.get()
    clock.shift(timedelta(days=7, seconds=1))
    response = Client().post(mails.link_in(mail, "bestaetigen"), {"action": "confirm", "abo": row.pk})
    assert response.status_code == 410
    assert tidying.tidy() == "1 unbestätigte Abos, 0 ohne Gegenstand und 1 Adressen gelöscht"
    assert not Subscriber.objects.exists()


def test_tidying_forgets_what_is_gone_and_keeps_what_may_come_back(clock: time_machine.Traveller) -> None:
    topic = reading.topic()
    gone, away = reading.article(topic, "Weg"), reading.article(topic, "Zurückgezogen")
    act = reading.act()
    who = subscriber(ADDRESS, ("page", gone), ("page", away), ("act", act))
    gone.delete()
    act.delete()
    away.unpublish()
    publish(away)
    clock.shift(timedelta(days=61))
    tidying.tidy()
    assert list(who.subscriptions.values_list("kind", "object_id")) == [("page", away.pk)]
    away.delete()
    tidying.tidy()
    assert not Subscriber.objects.exists()


BAD = [
    ({"email": ""}, "Bitte geben Sie an, wohin wir schreiben sollen."),
    ({"email": "kaethe"}, "vollständige E-Mail-Adresse"),
    ({"email": "a@b.example\r\nBcc: c@d.example"}, "vollständige E-Mail-Adresse"),
    ({"email": "a@b.example, c@d.example"}, "vollständige E-Mail-Adresse"),
    ({"email": "ä" * 300 + "@b.example"}, "E-Mail-Adresse"),
    ({"subject": ""}, "Bitte wählen Sie, wovon Sie hören möchten."),
    ({"subject": "page:1"}, "Diese Auswahl gibt es hier nicht."),
    ({"subject": "all:1"}, "Diese Auswahl gibt es hier nicht."),
    ({"frequency": ""}, "Bitte wählen Sie, wie oft wir schreiben sollen."),
    ({"frequency": "minütlich"}, "Diese Auswahl gibt es hier nicht."),
]


@pytest.mark.parametrize(("wrong", "text"), BAD)
def test_wrong_input_is_explained_and_nothing_is_lost(wrong: dict[str, str], text: str) -> None:
    data = {"subject": "all:0", "email": "erika@gemeinde.example", "frequency": "daily", **wrong}
    response = Client().post(FORM, data)
    page = response.content.decode()
    assert response.status_code == 422
    assert text in page
    assert "email" in wrong or "erika@gemeinde.example" in page
    assert not Subscriber.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    "page", ["", "/gibt/es/nicht/", "//boese.example/", "https://x.example/", "/suche/", "\x00", "/recht/xx/"]
)
def test_an_unknown_page_offers_everything(page: str) -> None:
    response = Client().get(FORM, {"seite": page})
    assert response.status_code == 200
    assert response.content.decode().count('type="radio"') == 1 + 3


def test_what_is_closed_is_not_offered() -> None:
    topic = reading.topic("Geheimes Thema")
    page = reading.article(topic, "Geheime Seite")
    reading.restrict(topic, Visibility.MUNICIPALITY)
    shown = Client().get(FORM, {"seite": page.get_url()}).content.decode()
    assert "Geheim" not in shown
    assert ask(f"page:{page.pk}", page=page.get_url()).status_code == 422


def test_an_act_offers_itself() -> None:
    act = reading.act("OZG")
    assert "Rechtsvorschrift: OZG" in Client().get(FORM, {"seite": "/recht/ozg/"}).content.decode()
    assert "?seite=/recht/ozg/" in Client().get("/recht/ozg/").content.decode()
    assert ask(f"act:{act.pk}", page="/recht/ozg/").status_code == 302
    assert Subscription.objects.get().kind == "act"


def test_the_way_out_of_a_first_life_ends_the_second() -> None:
    first = subscriber(ADDRESS)
    way_out = tokens.url(first, tokens.UNSUBSCRIBE)
    assert ADDRESS not in way_out
    services.forget(subscriber=first, reason="asked")
    assert "Sie haben keine Abos" in Client().get(way_out).content.decode()
    subscriber(ADDRESS)
    other = subscriber("fremd@gemeinde.example")
    Client().post(way_out, {"List-Unsubscribe": "One-Click"})
    assert list(Subscriber.objects.all()) == [other]


def test_a_way_out_of_an_earlier_version_still_works() -> None:
    who = subscriber(ADDRESS)
    token = signing.dumps([who.pk, 1], salt=f"{tokens.SALT}.{tokens.UNSUBSCRIBE}")
    Client().post(f"/abonnieren/abmelden/{token}/")
    assert not Subscriber.objects.exists()


def test_pages_with_tokens_are_kept_nowhere() -> None:
    who = subscriber(ADDRESS)
    for purpose, word in (("confirm", "bestaetigen"), ("manage", "verwalten"), ("unsubscribe", "abmelden")):
        response = Client().get(f"/abonnieren/{word}/{tokens.make(who, purpose)}/")
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response.content.decode()
