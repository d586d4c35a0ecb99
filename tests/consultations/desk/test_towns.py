"""A municipality as the centre knows it, and those nobody has heard of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from consultations import contacts
from consultations.desk import towns
from consultations.models import CaseContact, Concern, ContactNote
from consultations.services import appointments, changes, correspondence, minutes
from portal.accounts.models import Membership, Municipality
from tests import querycounts
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    return signed_in(desk.person("Beratung", "beratung@kkv.example"))


def world() -> tuple[Municipality, Any]:
    lead = desk.adviser_with_role()
    case = desk.working_case(lead)
    member = make_user("kaethe@stadt.example", first_name="Käthe")
    Membership.objects.create(
        user=member, municipality=case.municipality, state="confirmed", confirmed_at=make.NOW, role="admin"
    )
    minutes.add_task(case=case, by=None, side="municipality", text="Muster zurücksenden")
    appointments.book(placement=make.placement(make.form(), make.on(1), lead), case=case, by=None)
    return case.municipality, case


def test_the_page_tells_everything_at_once(client: Client) -> None:
    town, case = world()
    text = client.get(f"/cms/beratung/kommunen/{town.pk}/").content.decode()
    for word in (
        "Käthe Müßig",
        "Verwaltung des Zugangs",
        case.reference,
        "Muster zurücksenden",
        "02.03.2027 10:00",
    ):
        assert word in text
    assert "Letzter Kontakt: 01.03.2027" in text, "the concern itself is a contact"


def test_a_note_of_a_contact_is_kept_and_counts(client: Client) -> None:
    town = make.municipality()
    address = f"/cms/beratung/kommunen/{town.pk}/"
    assert "Letzter Kontakt: noch keiner" in client.get(address).content.decode()
    late = client.post(address, {"day": "2027-03-02", "channel": "phone", "text": "Getipptes"})
    assert late.status_code == 422
    assert "Getipptes" in late.content.decode()
    typed = {"day": "2027-02-26", "channel": "visit", "text": "War vor Ort"}
    assert client.post(address, typed).status_code == 302
    assert str(ContactNote.objects.values_list("author__email", flat=True).get()) == "beratung@kkv.example"
    text = client.get(address).content.decode()
    assert "War vor Ort" in text
    assert "Letzter Kontakt: 26.02.2027" in text


def test_the_last_contact_is_the_latest_of_all_kinds() -> None:
    assert contacts.last_contact(make.municipality()) is None
    with time_machine.travel(make.NOW - timedelta(days=5), tick=False):
        town, case = world()
    assert contacts.last_contact(town) == make.MONDAY - timedelta(days=5), "a concern is a contact, without a word"
    correspondence.receive(case=case, text="Hallo", by=None)
    assert contacts.last_contact(town) == make.MONDAY
    with time_machine.travel(make.on(1, 12), tick=False):
        changes.complete(appointment=case.appointments.get(), by=None)
    assert contacts.last_contact(town) == make.MONDAY + timedelta(days=1)


def test_those_without_contact_for_months_are_found(client: Client) -> None:
    town, _ = world()
    assert town not in contacts.without_contact(1), "it has asked today"
    with time_machine.travel(make.NOW + timedelta(days=61), tick=False):
        rows = list(contacts.without_contact(2))
        assert town in rows
        assert rows[-1] == town, "those never heard of come first"
        last = contacts.last_contact(town)
        assert last == make.MONDAY, "list and page mean the same"
    response = client.get("/cms/beratung/kommunen/?monate=2&q=mühltal")
    assert response.status_code == 200
    assert town not in response.context["rows"]
    assert client.get("/cms/beratung/kommunen/?monate=999&q=x").status_code == 200


def test_the_number_of_queries_is_constant(client: Client) -> None:
    town, case = world()
    address = f"/cms/beratung/kommunen/{town.pk}/"
    few = querycounts.warm(address, client)
    for number in range(5):
        desk.working_case(case.lead)
        minutes.add_task(case=case, by=None, side="centre", text=f"Aufgabe {number}")
    assert querycounts.warm(address, client) == few


def test_what_is_cut_off_is_said_and_leads_on(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(towns, "MOST", 2)
    town = make.municipality()
    rows = [make.case(f"Anliegen {number}") for number in range(3)]
    text = client.get(f"/cms/beratung/kommunen/{town.pk}/").content.decode()
    assert "höchstens 2 Einträge. Mehr gibt es bei: Vorgänge." in text
    assert rows[0].reference not in text
    whole = client.get(f"/cms/beratung/kommunen/{town.pk}/?alle=1").content.decode()
    assert rows[0].reference in whole
    assert "Mehr gibt es bei" not in whole


def test_contacts_without_account_are_named(client: Client) -> None:
    case = make.case()
    CaseContact.objects.create(case=case, channel="phone", name="Uwe Öz", phone="06151 1")
    guest = make.case("Als Gast")
    Concern.objects.create(case=guest, contact_name="Nora Groß", contact_email="nora@stadt.example")
    text = client.get(f"/cms/beratung/kommunen/{case.municipality_id}/").content.decode()
    assert "Kontakte ohne Konto" in text
    assert "Uwe Öz, 06151 1" in text
    assert "Nora Groß, nora@stadt.example" in text
