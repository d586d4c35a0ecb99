"""Deadlines to subscribe to: the calendar is read back, identifiers stay, sequences rise."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client
from icalendar import Calendar

from knowledge.models import Deadline, TopicPage
from portal.core.visibility import Visibility
from tests import factories
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


def calendar(address: str = "/fristen.ics") -> Any:
    response = Client().get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content)


def events(address: str = "/fristen.ics") -> dict[str, Any]:
    return {str(event["summary"]): event for event in calendar(address).walk("VEVENT")}


def published(title: str, **fields: Any) -> Deadline:
    deadline = factories.deadline(title, **fields)
    deadline.save_revision().publish()
    return Deadline.objects.get(pk=deadline.pk)


def test_the_calendar_holds_all_day_events_with_reminders() -> None:
    deadline = published("Größe melden; bis Jahresende", legal_basis="§ 2 Nr. 1 IDNrG", binds=["land", "kommune"])
    published("Ohne Datum", day=None, day_note="ab Bekanntmachung")

    assert list(events()) == ["Größe melden; bis Jahresende"]
    event = events()["Größe melden; bis Jahresende"]
    assert event.decoded("dtstart") == date(2028, 12, 31)
    assert "DTEND" not in event  # a day without end lasts that day (RFC 5545, 3.6.1), also 31 December 9999
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert str(event["uid"]) == f"frist-{deadline.uid}"
    assert [alarm.decoded("trigger") for alarm in event.walk("VALARM")] == [
        timedelta(days=-90),
        timedelta(days=-30),
    ]
    assert "Bindet: Land, Kommune" in event["description"]
    assert "Rechtsgrundlage: § 2 Nr. 1 IDNrG" in event["description"]
    assert str(event["url"]).endswith("/fristen/groesse-melden-bis-jahresende/")


@pytest.mark.parametrize("address", ["/fristen.ics", "/fristen/feld/aemter.ics"])
def test_reminders_are_to_be_had_as_days_of_their_own(address: str) -> None:
    published("Frist", topic=factories.topic("Ämter"))
    published("Entfiel", status="entfallen", topic=TopicPage.objects.get())
    page = Client().get("/fristen/?feld=aemter").content.decode()
    address = f"{address}?erinnerung=termine"
    assert f'href="{address}"' in page
    assert "Viele Kalenderprogramme lassen Erinnerungen abonnierter Kalender aber weg." in page
    assert "Es erinnert" not in page

    found = events(address)
    days = {summary: event.decoded("dtstart") for summary, event in found.items()}
    assert days == {
        "Frist": date(2028, 12, 31), "Entfiel": date(2028, 12, 31),
        "In 90 Tagen: Frist": date(2028, 10, 2), "In 30 Tagen: Frist": date(2028, 12, 1),
    }  # fmt: skip
    assert not [alarm for event in found.values() for alarm in event.walk("VALARM")]
    assert len({str(event["uid"]) for event in found.values()}) == 4
    assert str(found["Frist"]["uid"]) == str(events()["Frist"]["uid"])  # the same in every form
    assert str(calendar(address)["x-wr-calname"]).endswith("(mit Erinnerungen)")

    deadline = Deadline.objects.get(title="Frist")
    deadline.day = date(2029, 6, 30)
    deadline.save_revision().publish()
    moved = events(address)
    for summary in ("In 90 Tagen: Frist", "In 30 Tagen: Frist"):
        assert (moved[summary]["uid"], moved[summary]["sequence"]) == (found[summary]["uid"], 1)
    assert moved["In 30 Tagen: Frist"].decoded("dtstart") == date(2029, 5, 31)


def test_the_form_with_days_is_cached_like_the_other(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        published("Frist")
    bodies = set()
    for address in ("/fristen.ics", "/fristen.ics?erinnerung=termine"):
        assert [Client().get(address)["X-Cache"] for _ in range(2)] == ["miss", "hit"]
        bodies.add(Client().get(address).content)
    assert len(bodies) == 2


def test_a_change_keeps_the_uid_and_raises_the_sequence() -> None:
    deadline = published("Frist")
    before = events()["Frist"]
    deadline.save_revision().publish()
    assert events()["Frist"]["sequence"] == before["sequence"] == 0

    deadline = Deadline.objects.get()
    deadline.day = date(2029, 6, 30)
    old = deadline.save_revision()
    old.publish()
    moved = events()["Frist"]
    assert (moved["sequence"], moved["uid"]) == (1, before["uid"])
    assert moved.decoded("dtstart") == date(2029, 6, 30)

    deadline = Deadline.objects.get()
    deadline.day = date(2029, 7, 31)
    deadline.save_revision().publish()
    old.publish()  # an older version again: the number never goes back
    assert (events()["Frist"]["sequence"], events()["Frist"]["uid"]) == (3, before["uid"])


def test_a_deadline_made_anew_is_no_older_one_to_calendars() -> None:
    deadline = published("Frist")
    uid = deadline.calendar_uid
    for day in (30, 31):
        deadline.day = date(2029, 7, day)
        deadline.save_revision().publish()
        deadline = Deadline.objects.get()
    assert events()["Frist"]["sequence"] == 2
    deadline.sequence = 0  # as an object read before the changes has it
    deadline.delete()
    assert (published("Frist").sequence, events()["Frist"]["uid"]) == (3, uid)
    Deadline.objects.all().delete()
    assert published("Frist").sequence == 4
    assert published("Andere").sequence == 0


def test_a_deadline_nobody_has_seen_leaves_nothing_behind() -> None:
    factories.deadline("Frist", live=False).delete()
    assert published("Frist").sequence == 0


def test_what_is_dropped_is_cancelled_and_reminds_nobody() -> None:
    published("Entfiel", status="entfallen")
    published("Verstrich", status="verstrichen", day=date(2022, 12, 12))

    found = events()
    assert str(found["Entfiel"]["status"]) == "CANCELLED"
    assert str(found["Verstrich"]["status"]) == "CONFIRMED"
    assert not [alarm for event in found.values() for alarm in event.walk("VALARM")]


def test_each_field_has_its_calendar_and_feed() -> None:
    topic = factories.topic("Ämter")
    published("Mit Feld", topic=topic)
    published("Ohne Feld")

    assert list(events(f"/fristen/feld/{topic.slug}.ics")) == ["Mit Feld"]
    feed = Client().get(f"/fristen/feld/{topic.slug}.atom").content.decode()
    assert "Mit Feld" in feed
    assert "Ohne Feld" not in feed
    assert f"/fristen/feld/{topic.slug}.ics" in Client().get(f"/fristen/?feld={topic.slug}").content.decode()
    for address in ("/fristen/feld/nichts.ics", "/fristen/feld/nichts.atom"):
        assert Client().get(address).status_code == 404


def test_a_field_holds_the_deadlines_of_the_topics_within_it() -> None:
    field = factories.topic("Onlinezugang")
    within = factories.topic("Standards", parent=field)
    published("Im Unterthema", topic=within)
    published("Im Nachbarthema", topic=factories.topic("Onlinezugang 2"))

    for topic in (field, within):
        assert list(events(f"/fristen/feld/{topic.slug}.ics")) == ["Im Unterthema"]
        feed = Client().get(f"/fristen/feld/{topic.slug}.atom").content.decode()
        assert f"Fristen – {topic.title}" in feed
        assert "Im Unterthema" in feed
        assert "Im Nachbarthema" not in feed
        html = Client().get(f"/fristen/?feld={topic.slug}").content.decode()
        assert "1 von 2 Fristen" in html
        assert "Im Unterthema" in html
        assert f'<option value="{topic.slug}" selected>' in html


def reader(role: str) -> Client:
    client = PortalClient()
    client.force_login(make_user(f"{role.lower()}@kkv.example", role=role))
    return client


ONLY_PUBLIC = "Kalender und Feeds enthalten nur öffentliche Fristen"


@pytest.mark.parametrize("role", ["Kommune", "Redaktion"])
def test_a_field_without_public_deadlines_offers_no_calendar_nobody_could_fetch(role: str) -> None:
    closed = factories.topic("Internes", visibility=Visibility.MUNICIPALITY)
    published("Im geschlossenen Feld", topic=closed)
    above = factories.topic("Register")
    published("Im geschlossenen Unterthema", topic=factories.topic("Vertrauliches", parent=above))
    close = TopicPage.objects.get(title="Vertrauliches")
    close.visibility = Visibility.MUNICIPALITY
    close.save()
    published("Offen", topic=factories.topic("Ämter"))
    client = reader(role)

    for field in ("internes", "register", "vertrauliches"):
        html = client.get(f"/fristen/?feld={field}").content.decode()
        assert "1 von 3 Fristen" in html
        assert f"/fristen/feld/{field}." not in html, field
        assert ONLY_PUBLIC in html
        assert "2 Fristen, die Sie hier sehen, fehlen dort." in html
        assert "keine öffentliche Frist und deshalb keinen eigenen Kalender" in html
        for form in ("ics", "atom"):
            assert Client().get(f"/fristen/feld/{field}.{form}").status_code == 404
    html = client.get("/fristen/?feld=aemter").content.decode()
    assert "/fristen/feld/aemter.ics" in html
    assert ONLY_PUBLIC in html
    assert "keinen eigenen Kalender" not in html


def test_whoever_sees_no_more_than_the_calendars_hold_is_told_nothing_of_it() -> None:
    published("Offen", topic=factories.topic("Ämter"))
    assert ONLY_PUBLIC not in reader("Kommune").get("/fristen/").content.decode()
    published("Zu", topic=factories.topic("Internes", visibility=Visibility.CENTRE))
    staff = reader("Beratung")
    for address in ("/fristen/", "/fristen/?feld=aemter"):
        assert ONLY_PUBLIC not in Client().get(address).content.decode()
        assert "Eine Frist, die Sie hier sehen, fehlt dort." in staff.get(address).content.decode()


def test_a_field_that_is_not_published_any_more_keeps_its_deadlines_everywhere() -> None:
    topic = factories.topic("Ämter")
    published("Mit Feld", topic=topic)
    addresses = (f"/fristen/feld/{topic.slug}.ics", f"/fristen/feld/{topic.slug}.atom")
    topic.unpublish()

    assert list(events()) == list(events(addresses[0])) == ["Mit Feld"]
    for address in (*addresses, "/fristen/", "/fristen/mit-feld/"):
        text = Client().get(address).content.decode()
        assert "Mit Feld" in text, address
        assert "Ämter" not in text, address  # the name of the field is not public any more
    Deadline.objects.all().delete()
    assert [Client().get(address).status_code for address in addresses] == [404, 404]


def test_the_uid_follows_from_the_identifier_and_from_nothing_else(settings: Any) -> None:
    uid = published("Frist").calendar_uid
    Deadline.objects.all().delete()
    settings.BASE_URL = "https://anderswo.example"
    assert published("Frist").calendar_uid == uid

    Deadline.objects.update(slug="andere")
    second = published("Frist").calendar_uid  # the identifier is taken a second time
    assert second != uid
    assert {str(event["uid"]) for event in calendar().walk("VEVENT")} == {uid, second}


def test_an_update_writes_down_the_host_calendars_have_got(settings: Any) -> None:
    uid = uuid4()
    published("Frist")
    Deadline.objects.update(uid=uid)
    settings.BASE_URL = "https://fristen.example:8443/portal"
    import_module("knowledge.migrations.0020_deadline_uids").keep_hosts(apps, None)

    assert str(events()["Frist"]["uid"]) == f"frist-{uid}@fristen.example"


def test_a_uid_handed_out_with_a_host_stays() -> None:
    deadline = published("Frist")
    Deadline.objects.update(uid_host="alt.example")
    deadline = Deadline.objects.get()
    revision = deadline.save_revision()
    deadline.title = "Andere Worte"
    deadline.save_revision().publish()
    revision.publish()

    (event,) = events().values()
    assert str(event["uid"]) == f"frist-{deadline.uid}@alt.example"


@pytest.mark.parametrize("form", ["ics", "atom"])
def test_a_subscription_follows_its_field_to_another_address(
    form: str, django_capture_on_commit_callbacks: Any
) -> None:
    topic = factories.topic("Nutzerkonten")
    published("Frist", topic=topic)
    topic.slug = "konten"
    with django_capture_on_commit_callbacks(execute=True):
        topic.save_revision().publish()
    response = Client().get(f"/fristen/feld/nutzerkonten.{form}")
    assert (response.status_code, response["Location"]) == (301, f"/fristen/feld/konten.{form}")
    response = Client().get("/fristen/feld/nutzerkonten.ics?erinnerung=termine")
    assert response["Location"] == "/fristen/feld/konten.ics?erinnerung=termine"
    assert Client().get(f"/fristen/feld/gibt-es-nicht.{form}").status_code == 404


@pytest.mark.parametrize("form", ["/", ".md"])
def test_a_deadline_keeps_its_old_address(form: str) -> None:
    deadline = published("Frist")
    deadline.slug = "neu"
    deadline.save_revision().publish()
    response = Client().get(f"/fristen/frist{form}")
    assert (response.status_code, response["Location"]) == (301, f"/fristen/neu{form}")


def test_an_open_duty_with_a_day_reminds_too() -> None:
    published("Frist", status="offen")
    assert len(list(events()["Frist"].walk("VALARM"))) == 2


def test_the_feed_names_each_once_and_for_life() -> None:
    deadline = published("Frist")
    tag = f"tag:testserver,2026-01-01:frist/{deadline.uid}"
    for title in ("Frist", "Andere Worte"):
        deadline.title = title
        deadline.save_revision().publish()
        feed = Client().get("/fristen.atom").content.decode()
        assert feed.count(tag) == 1
        assert f"31.12.2028: {title}" in feed


@pytest.mark.parametrize("address", ["/fristen.ics", "/fristen.ics?erinnerung=termine", "/fristen.atom"])
def test_who_has_it_already_gets_no_second_copy(address: str) -> None:
    published("Frist")
    first = Client().get(address)

    assert Client().get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert Client().post(address).status_code == 405
