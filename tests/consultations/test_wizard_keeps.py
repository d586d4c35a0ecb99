"""What the wizard keeps although it is wrong, what it says of what is over, and names that are links."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from consultations.models import Appointment, Case, Concern, RequestDraft
from consultations.requester import tokens
from consultations.services import groups, placing
from portal.accounts.models import Municipality
from portal.core import periods
from portal.core.text import reads_like_a_link
from tests import mails
from tests.factories import calendar, desk, requests
from tests.factories.requests import CONCERN, GUEST, Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
LONG = "Wir möchten die Wohnsitzanmeldung anbinden und wissen nicht, womit wir beginnen."


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    settings.CONSULTATIONS_OPEN = True
    settings.HOLIDAYS = ""
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False) as traveller:
        yield traveller
    cache.clear()


@pytest.fixture
def town() -> Municipality:
    return requests.world()


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


# -- nothing typed is lost ----------------------------------------------------------------------------------------


def test_the_concern_is_kept_although_something_is_wrong_with_it(town: Municipality) -> None:
    walk = Walk(signed_in(requests.member(town)))
    walk.begin()
    wrong = {**CONCERN, "subject": "", "goal": LONG, "deadline": "2020-01-01"}
    assert walk.post("anliegen", **wrong).status_code == 422
    page = walk.get("anliegen/")
    assert LONG in page
    assert "2020-01-01" in page
    assert walk.post("anliegen", **{**CONCERN, "goal": LONG}).status_code == 302
    assert walk.draft.answers["concern"] == {}
    assert CONCERN["subject"] in walk.get("anliegen/")


def test_who_is_not_signed_in_any_more_is_led_to_the_login_with_the_text(town: Municipality) -> None:
    walk = Walk(signed_in(requests.member(town)))
    walk.begin()
    address = f"{walk.base}anliegen/"
    walk.client.logout()
    seen = walk.client.get(address)
    assert seen.status_code == 302
    assert seen["Location"].startswith("/konto/anmelden/")
    sent = walk.client.post(address, {"goal": LONG}, headers={"Sec-Fetch-Site": "same-origin"})
    assert sent.status_code == 403
    assert LONG in sent.content.decode()
    assert "nicht mehr da" not in sent.content.decode()


def test_a_hundred_participants_stay_and_are_told_how_many_can_be(town: Municipality) -> None:
    walk = Walk(signed_in(requests.member(town)))
    walk.up_to_the_choice()
    walk.choose_format()
    people = "\n".join(f"Demo Person {number:03d}, person{number:03d}.mit.langem.namen@muehltal.example"
                       for number in range(100))  # fmt: skip
    answer = walk.take(walk.slots()[0], participants=people)
    assert answer.status_code == 422
    assert "Bis zu 20 Personen" in answer.content.decode()
    assert "person099" in walk.get("termin/")


# -- what is over -------------------------------------------------------------------------------------------------


def test_a_session_that_is_off_is_said_to_be(town: Municipality) -> None:
    form = calendar.group_form(capacity=1, places=["video"])
    wanted = calendar.placement(
        form, calendar.on(3), desk.adviser_with_role("Berta"), by_centre=True, place="video"
    )
    session = groups.plan(placement=wanted, title="Werkstatt", by=None)
    address = f"/beratung/anfragen/?termin={session.uid}"
    assert "Sie möchten an" in Client().get(address).content.decode()
    groups.cancel(session=session, by=None)
    for client in (Client(), signed_in(requests.member(town))):
        page = client.get(address).content.decode()
        assert "Sie möchten an" not in page
        assert "findet nicht mehr statt oder hat schon begonnen" in page


def test_a_time_whose_hold_was_freed_is_held_again_or_said_to_be_gone(town: Municipality, clock: Any) -> None:
    walk = Walk(signed_in(requests.member(town)))
    walk.up_to_the_choice()
    walk.choose_format()
    slot = walk.slots()[2]
    assert walk.take(slot).status_code == 302
    clock.shift(timedelta(minutes=16))
    placing.expire(Appointment.objects.all(), now=timezone.now())
    assert walk.post("termin", format="erstgespraech", place="video", action="keep").status_code == 302
    held = walk.draft.appointment
    assert held is not None
    assert held.state == "held"
    clock.shift(timedelta(minutes=16))
    placing.expire(Appointment.objects.all(), now=timezone.now())
    other = Walk(Client(), town)
    other.up_to_the_choice()
    other.choose_format()
    assert other.take(slot).status_code == 302
    answer = walk.post("termin", format="erstgespraech", place="video", action="keep")
    assert answer.status_code == 422
    assert "Die Vormerkung ist abgelaufen" in answer.content.decode()


def test_the_page_promises_as_long_as_the_table_of_processing(town: Municipality, monkeypatch: Any) -> None:
    draft = RequestDraft.objects.create(answers={})
    monkeypatch.setattr(periods, "_tables", [lambda: {"forget_request_drafts": 14}])
    assert draft.kept_until == calendar.NOW + timedelta(days=14)


# -- names in mails -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Ihr Konto läuft ab https://boese.example/x",
        "boese.example",
        "www.boese",
        "a@b.de",
        "boese.EXAMPLE",
        "Gewinn unter example.com. Jetzt abholen",
        "a.b.example.org.",
        "Example.Com/konto",
        "example.NET.",
        "Konto gesperrt t.me/x",
        "Gewinn unter boese.example. Jetzt abholen",
        "a.b.boese.example.",
        "Boese.Example/login",
        "boese.support./x",
        "x.support",
        "dr.support",
        "x.ing",
        "x.com",
        "Jetzt med.de",
    ],
)
def test_a_name_is_no_link(name: str) -> None:
    assert reads_like_a_link(name)


@pytest.mark.parametrize(
    "name",
    [
        "Dr.Müller",
        "Prof. Dr. med. Süß",
        "Anna-Lena O'Brien",
        "Demo Person 2",
        "Karl M. Öz",
        "A.Weiß",
        "Amt 61/Stadtplanung",
        "Dipl.-Verw.Wirt Karl Groß",
        "Anna Müller (Gem.Verw.)",
        "Dipl.Verw.Wirtin Eva Süß",
        "Dr.Demuth",
        "M.Eder",
        "Dr.sc.agr. Weber",
        "Mag.rer.soc.oec. Huber",
        "Dipl.-Soz.arb. Klein",
        "Techn.ang. Koch",
        "Dr.med Süß",
        "Dr.h.c.mult. Groß",
        "Dr.-Ing.habil Weber",
        "Dr.rer.biol.hum. Ernst",
        "Dipl.-Soz.päd Koch",
        "Anna Müller, Abt.II",
        "Amt 61.2",
    ],
)
def test_a_name_with_title_is_none(name: str) -> None:
    assert not reads_like_a_link(name)


def test_nobody_sends_links_by_mails_of_the_centre(town: Municipality) -> None:
    walk = Walk(Client(), town)
    walk.up_to_the_choice()
    walk.choose_format()
    bad = "Ihr Konto läuft ab boese.example/x <opfer@ort.example>"
    answer = walk.take(walk.slots()[0], participants=bad)
    assert "sieht nach einem Link aus" in answer.content.decode()
    profile = signed_in(requests.member(town)).post(
        "/konto/profil/", {"first_name": "Neu", "last_name": "boese.example"}
    )
    assert profile.status_code == 422


# -- who has an account later -------------------------------------------------------------------------------------


def with_confirmed_address(town: Municipality) -> Any:
    person = requests.member(town, "kathe")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def guest_case(town: Municipality, person: Any, *, private: bool) -> Case:
    case = calendar.case(municipality=town)
    Concern.objects.create(
        case=case, contact_name="Käthe Müßig", contact_email=person.email.upper(), private=private
    )
    return case


@pytest.mark.parametrize("private", [True, False])
def test_a_guest_takes_the_case_into_the_account_that_came_later(town: Municipality, private: bool) -> None:
    person = with_confirmed_address(town)
    case = guest_case(town, person, private=private)
    browser, link = signed_in(person), f"/beratung/vorgang/{tokens.make(case.concern)}/"
    if private:
        assert browser.get(f"/beratung/vorgang/{case.reference}/").status_code == 404
    page = browser.get(link).content.decode()
    assert "Sie haben diese Anfrage ohne Konto gestellt" in page
    assert f'action="{link}uebernehmen/"' in page
    assert browser.post(f"{link}uebernehmen/").status_code == 302
    case.refresh_from_db()
    assert case.requester == person
    assert case.subject in browser.get("/konto/").content.decode()
    assert browser.get(f"/beratung/vorgang/{case.reference}/").status_code == 200
    assert browser.get(link).status_code == 200, "their own link goes on"


def test_nobody_else_does(town: Municipality) -> None:
    person, other = with_confirmed_address(town), requests.member(town, "nora")
    case = guest_case(town, person, private=False)
    link = f"/beratung/vorgang/{tokens.make(case.concern)}/"
    EmailAddress.objects.filter(user=person).update(verified=False)
    for user in (other, person):
        assert "ohne Konto gestellt" not in signed_in(user).get(link).content.decode()
        assert signed_in(user).post(f"{link}uebernehmen/").status_code == 409
    case.refresh_from_db()
    assert case.requester is None


def test_who_confirms_signed_in_with_the_same_address_asks_with_the_account(town: Municipality) -> None:
    walk = Walk(Client(), town)
    walk.up_to_the_choice()
    walk.choose_format()
    walk.take(walk.slots()[0])
    person = with_confirmed_address(town)
    walk.post("pruefen", **{**GUEST, "email": person.email})
    link = mails.link_in(mails.deliver()[-1], "bestaetigen")
    assert signed_in(person).post(link).status_code == 302
    assert Case.objects.latest("pk").requester == person
