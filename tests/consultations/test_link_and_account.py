"""A signed link opened by somebody signed in: what the link allows holds, whatever the account sees or not."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from consultations.models import Adviser, Appointment, Case, Concern, Message
from consultations.requester import tokens
from consultations.services import appointments, cases
from portal.accounts.models import Municipality, User
from tests.factories import calendar, desk, requests
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role(weekdays=range(7))


@pytest.fixture
def case(lead: Adviser) -> Case:
    found = desk.working_case(lead)
    Concern.objects.create(case=found, contact_name="Uwe Alt", contact_email="uwe@muehltal.example")
    return found


@pytest.fixture(params=["nobody", "waits", "stranger", "member"])
def client(request: pytest.FixtureRequest, case: Case) -> Client:
    """Somebody with the link: not signed in, without a municipality, of another one, of this one."""
    if request.param == "nobody":
        return Client()
    if request.param == "waits":
        return signed_in(make_user("wartet@muehltal.example"))
    town = case.municipality if request.param == "member" else calendar.municipality("Größingen")
    return signed_in(requests.member(town, "nora"))


def base(case: Case) -> str:
    return f"/beratung/vorgang/{tokens.make(Concern.objects.get(case=case))}/"


def test_the_advice_is_rated(client: Client, case: Case, lead: Adviser) -> None:
    cases.close(case=cases.advance(case=case, action="advise", by=lead.user), by=lead.user)
    link = re.search(r"/beratung/bewertung/[^\"]+", client.get(base(case)).content.decode())
    assert link is not None
    answer = client.get(link[0])
    assert answer.status_code == 200
    assert client.post(link[0], {"stars": "4", "solved": "ja", "text": "Gut"}).status_code == 302


def test_who_limits_it_is_led_back_to_what_the_link_still_opens(client: Client, case: Case) -> None:
    done = client.post(f"{base(case)}sichtbar/", {"private": "on"})
    assert done["Location"] == f"{base(case)}?fertig=geteilt"
    assert "Gespeichert." in client.get(done["Location"]).content.decode()
    assert Concern.objects.get(case=case).private


def test_the_rest_works_as_for_anybody_with_the_link(client: Client, case: Case, lead: Adviser) -> None:
    placement = calendar.placement(calendar.form(), calendar.on(1), lead, place="video")
    row = appointments.book(placement=placement, case=case, by=None)
    said = client.post(f"{base(case)}nachricht/", {"text": "Wir kommen zu zweit."})
    assert said["Location"] == f"{base(case)}?fertig=gesendet"
    assert Message.objects.get(case=case).text == "Wir kommen zu zweit."
    asked = client.post(f"{base(case)}termin/{row.thread}/personen/", {"name": "Nora Öz", "action": "invite"})
    assert "Nora Öz" in client.get(asked["Location"]).content.decode()
    off = client.post(f"{base(case)}termin/{row.thread}/", {"action": "cancel"})
    assert off["Location"] == f"{base(case)}?fertig=abgesagt"
    assert Appointment.objects.get(case=case).state == "cancelled"


# -- colleagues who have left ----------------------------------------------------------------------------------


def town_with(*names: str) -> tuple[Municipality, list[User]]:
    town = requests.world()
    return town, [requests.member(town, name) for name in names]


def leave(user: User) -> None:
    user.memberships.update(state="ended", ended_at=calendar.NOW)


def test_a_case_is_opened_again_by_link_though_a_named_colleague_has_left(case: Case) -> None:
    nora = requests.member(case.municipality, "nora")
    concern = Concern.objects.get(case=case)
    concern.colleagues.set([nora])
    Concern.objects.filter(pk=concern.pk).update(private=True)
    leave(nora)
    done = Client().post(f"{base(case)}sichtbar/", {})
    assert done.status_code == 302
    concern.refresh_from_db()
    assert not concern.private
    assert not concern.colleagues.exists()


@pytest.mark.parametrize("others", [(), ("otto",)])
def test_a_case_is_limited_anew_though_a_named_colleague_has_left(others: tuple[str, ...]) -> None:
    town, (person, nora, *rest) = town_with("käthe", "nora", *others)
    case = requests.booked(person, town)
    client, url = signed_in(person), f"/beratung/vorgang/{case.reference}/sichtbar/"
    assert client.post(url, {"private": "on", "colleagues": [nora.pk]}).status_code == 302
    leave(nora)
    assert client.post(url, {}).status_code == 302
    assert not Concern.objects.get(case=case).private
    assert client.post(url, {"private": "on", "colleagues": [user.pk for user in rest]}).status_code == 302
    concern = Concern.objects.get(case=case)
    assert (concern.private, list(concern.colleagues.all())) == (True, rest)


def test_nobody_is_newly_named_who_does_not_belong_there() -> None:
    town, (person, nora) = town_with("käthe", "nora")
    case = requests.booked(person, town)
    leave(nora)
    requests.member(town, "otto")
    url = f"/beratung/vorgang/{case.reference}/sichtbar/"
    assert signed_in(person).post(url, {"private": "on", "colleagues": [nora.pk]}).status_code == 422
    assert not Concern.objects.get(case=case).private


def test_who_claims_a_case_they_were_named_in_is_no_colleague_of_themselves(case: Case) -> None:
    nora = requests.member(case.municipality, "nora")
    Concern.objects.filter(case=case).update(contact_email=nora.email, private=True)
    concern = Concern.objects.get(case=case)
    concern.colleagues.set([nora])
    EmailAddress.objects.update_or_create(user=nora, email=nora.email, defaults={"verified": True})
    client = signed_in(nora)
    assert client.post(f"{base(case)}uebernehmen/").status_code == 302
    assert Case.objects.get(pk=case.pk).requester == nora
    assert not concern.colleagues.exists()
    assert client.post(f"/beratung/vorgang/{case.reference}/sichtbar/", {}).status_code == 302
