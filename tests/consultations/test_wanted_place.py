"""Where somebody wants to meet and under which number they want to be called: it reaches whoever advises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations import case_export
from consultations.desk import asker
from consultations.models import Adviser, Appointment, Case, CaseContact, Concern, Format
from consultations.services import appointments, assignment, groups, municipality_side, seats
from portal.accounts.models import Municipality
from tests import mails
from tests.factories import calendar, desk, requests
from tests.factories.requests import Walk
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
NUMBER = "06151 123-456"
WISH = {"day1": "2027-03-09", "part1": "morning"}
PEOPLE = "Jörg Süß, joerg@muehltal.example\nNora Öz"


@pytest.fixture(autouse=True)
def _now(settings: Any) -> Iterator[None]:
    settings.HOLIDAYS = ""
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def walk(town: Municipality) -> Walk:
    return requests.walk_to_the_times(town)


def choose(walk: Walk, **typed: str) -> Any:
    return walk.post("termin", **{"format": "erstgespraech", "place": "phone", **typed})


def wished(walk: Walk, **typed: str) -> Case:
    """Return the case of somebody without a number in the account who wants to be called."""
    assert choose(walk, action="wishes", **WISH, **typed)["Location"].endswith("pruefen/")
    assert "bestaetigung" in walk.post("pruefen", phone=NUMBER)["Location"]
    return Case.objects.get()


def given(case: Case) -> Client:
    """Return whoever the case is given to, signed in."""
    lead = desk.adviser_with_role("Anna")
    assignment.assign(case=case, adviser=lead, by=None, reason="Absprache")
    return signed_in(lead.user)


def shown(client: Client, address: str) -> str:
    answer = client.get(f"/cms/beratung/{address}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def receipt() -> str:
    """Return the text of the mail that confirms the request."""
    (found,) = [mail for mail in mails.deliver() if str(mail["Subject"]).endswith("ist eingegangen")]
    return mails.text_of(found)


# -- the number -------------------------------------------------------------------------------------------------


def test_the_number_of_somebody_with_an_account_stands_in_the_case(walk: Walk) -> None:
    case = wished(walk)
    assert case.requester is not None
    assert case.requester.phone == ""
    line = f"{case.requester}, {case.requester.email}, {NUMBER}"
    client = given(case)
    for address in (f"vorgang/{case.pk}/", f"kommunen/{case.municipality_id}/"):
        assert line in shown(client, address)
    assert line in case_export.html_of(case_export.Papers(Case.objects.get(), internal=False))


def test_the_number_of_the_account_counts_where_none_was_given(town: Municipality) -> None:
    user = requests.member(town, "nora")
    user.phone = "069 1"
    user.save()
    case = calendar.case(requester=user)
    found = asker.of(case)
    assert found is not None
    assert found.phone == "069 1"
    Concern.objects.create(case=case, phone=NUMBER)
    assert str(asker.of(Case.objects.get())) == f"{user}, {user.email}, {NUMBER}"


def test_a_guest_is_who_to_ask(town: Municipality) -> None:
    case = calendar.case()
    Concern.objects.create(case=case, contact_name="Nora Öz", contact_email="nora@stadt.example", phone=NUMBER)
    page = shown(given(case), f"vorgang/{case.pk}/")
    assert f"<dt>Ansprechperson</dt><dd>Nora Öz, nora@stadt.example, {NUMBER}</dd>" in page
    assert "Angefragt von" not in page


def test_the_number_of_who_asked_first_is_not_that_of_who_has_claimed_the_case(town: Municipality) -> None:
    case = calendar.case(requester=requests.member(town, "nora"))
    CaseContact.objects.create(case=case, channel="phone", name="Uwe Öz", email="uwe@stadt.example", phone=NUMBER)
    Concern.objects.create(case=case, contact_name="Uwe Öz", contact_email="uwe@stadt.example", phone=NUMBER)
    case = Case.objects.get()
    page = shown(given(case), f"vorgang/{case.pk}/")
    assert case.requester is not None
    assert f"<dt>Ansprechperson</dt><dd>{case.requester}, {case.requester.email}</dd>" in page
    assert f"<dt>Angefragt von</dt><dd>Uwe Öz, uwe@stadt.example, {NUMBER}</dd>" in page


def test_the_number_goes_with_who_gave_it(walk: Walk, town: Municipality) -> None:
    case = wished(walk)
    municipality_side.hand_to(case=case, to=requests.member(town, "nora"), by=None)
    assert NUMBER not in shown(given(case), f"vorgang/{case.pk}/")


def test_a_number_is_a_number(walk: Walk) -> None:
    choose(walk, action="wishes", **WISH)
    for wrong in ("Rufen Sie mich unter 06151 123-456 an, am liebsten vormittags", "kein Anschluss"):
        answer = walk.post("pruefen", phone=wrong)
        assert answer.status_code == 422
        assert "eine Telefonnummer mit Vorwahl" in answer.content.decode()
        assert wrong in answer.content.decode()


# -- the place --------------------------------------------------------------------------------------------------


def test_the_place_chosen_with_wishes_stays_and_is_proposed_for_confirming(walk: Walk) -> None:
    case = wished(walk)
    row = Appointment.objects.get()
    assert (row.place, case.concern.place) == ("phone", "phone")
    assert "Ort: Telefon" in receipt()
    assert "<dt>Ort</dt><dd>Telefon" in walk.client.get(f"/beratung/vorgang/{case.reference}/").content.decode()
    client = given(case)
    assert "<dt>Gewünschter Ort</dt><dd>Telefon</dd>" in shown(client, f"vorgang/{case.pk}/")
    form = shown(client, f"termin/{row.pk}/bestaetigen/")
    assert '<option value="phone" selected>' in form
    assert f"Telefonnummer der Ansprechperson: {NUMBER}" in form
    typed = {"slot": calendar.on(8).isoformat(), "place": "phone"}
    client.post(f"/cms/beratung/termin/{row.pk}/bestaetigen/", typed)
    row.refresh_from_db()
    assert (row.state, row.place, row.place_detail) == ("confirmed", "phone", "")


def test_a_request_of_before_has_the_wanted_place_proposed(walk: Walk) -> None:
    case = wished(walk)
    Appointment.objects.update(place="")
    client = given(case)
    for address in (f"termin/{Appointment.objects.get().pk}/bestaetigen/", f"vorgang/{case.pk}/termin/"):
        assert '<option value="phone" selected>' in shown(client, address), address
    Format.objects.update(places=["video", "centre"])
    assert '<option value="video" selected>' in shown(client, f"vorgang/{case.pk}/termin/"), "offered no more"


def test_the_number_is_in_no_mail_to_those_who_take_part(walk: Walk) -> None:
    wished(walk, participants=PEOPLE)
    row, lead = Appointment.objects.get(), Adviser.objects.get()
    wanted = calendar.placement(row.format, calendar.on(8), lead, place="phone", by_centre=True)
    appointments.confirm(appointment=row, placement=wanted, by=None)
    texts = [mails.text_of(mail) for mail in mails.deliver()]
    assert texts
    assert not any(NUMBER in text for text in texts)


def test_a_place_changed_while_looking_at_later_times_counts(walk: Walk) -> None:
    choose(walk, place="video", slot=walk.slots()[0])
    choose(walk, ab="2027-03-15")
    assert "<dd>Telefon</dd>" in walk.get("pruefen/")
    assert "bestaetigung" in walk.post("pruefen", phone=NUMBER)["Location"]
    assert Appointment.objects.get().place == "phone"


# -- the confirmation names who takes part ----------------------------------------------------------------------


def test_the_receipt_of_wishes_names_who_takes_part(walk: Walk) -> None:
    wished(walk, participants=PEOPLE)
    assert "Teilnehmende: Jörg Süß, Nora Öz" in receipt()


def test_the_receipt_of_a_requested_time_names_who_takes_part(walk: Walk) -> None:
    Format.objects.update(entry=Format.Entry.TRIAGE)
    choose(walk, place="video", slot=walk.slots()[0], participants=PEOPLE)
    walk.post("pruefen")
    assert "Teilnehmende: Jörg Süß, Nora Öz" in receipt()


def test_the_receipt_of_a_waiting_list_names_who_takes_part(walk: Walk) -> None:
    form = calendar.group_form(capacity=1, places=["video"])
    wanted = calendar.placement(form, calendar.on(2, 13), calendar.adviser("Süß"), place="video", by_centre=True)
    session = groups.plan(placement=wanted, title="Sprechstunde", by=None)
    seats.book(session=session, case=calendar.case("Hat den Platz", requester=make_user()), by=None)
    walk.choose_format("sprechstunde")
    walk.post("termin", format="sprechstunde", session=f"warten:{session.pk}", participants=PEOPLE)
    assert "bestaetigung" in walk.post("pruefen")["Location"]
    assert "Teilnehmende: Jörg Süß, Nora Öz" in receipt()


def test_the_receipt_says_nothing_of_nobody(walk: Walk) -> None:
    wished(walk)
    assert "Teilnehmende" not in receipt()
