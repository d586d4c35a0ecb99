"""A membership that ends closes the cases of its person: pages, files, calendar, own area, links and mails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consultations.models import Appointment, Case, CaseContact, Concern
from consultations.requester import cases, tokens
from consultations.services import case_files, municipality_side, notices
from portal.accounts import memberships, services
from portal.accounts.models import Membership, Municipality, User
from tests import mails
from tests.factories import calendar, desk, requests
from tests.people import make_user
from tests.people import signed_in as of_the_centre

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def person(town: Municipality) -> User:
    return requests.member(town)


@pytest.fixture
def case(person: User, town: Municipality) -> Case:
    return requests.booked(person, town)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(case: Case) -> str:
    return f"/beratung/vorgang/{case.reference}/"


def end(person: User, reason: str = "removed") -> None:
    services.end_membership(membership=person.memberships.get(state="confirmed"), by=None, reason=reason)


@pytest.mark.parametrize("how", ["removed", "left", "lapsed"])
def test_whoever_has_left_opens_nothing_any_more(case: Case, person: User, town: Municipality, how: str) -> None:
    row = Appointment.objects.get(case=case)
    (file,) = case_files.store(case=case, files=[desk.pdf()], by=None)
    client = signed_in(person)
    assert client.get(address(case)).status_code == 200
    if how == "left":
        memberships.leave(membership=person.memberships.get())
    else:
        end(person, how)
    for path in ("", "bestaetigung/", f"datei/{file.pk}/", f"termin/{row.thread}.ics", f"termin/{row.thread}/",
                 f"termin/{row.thread}/personen/", "sichtbar/", "uebergeben/", "zurueckziehen/"):  # fmt: skip
        assert client.get(address(case) + path).status_code == 404, path
    assert client.post(f"{address(case)}nachricht/", {"text": "x"}).status_code == 404
    assert client.post(f"{address(case)}termin/{row.thread}/", {"action": "cancel"}).status_code == 404
    own = client.get("/konto/").content.decode()
    assert case.reference not in own
    assert case.subject not in own
    colleague = signed_in(requests.member(town, "leitung", role="admin"))
    assert colleague.get(address(case)).status_code == 200


def test_mails_go_to_nobody_until_somebody_else_is_named(case: Case, person: User) -> None:
    end(person)
    mails.deliver()
    before = len(mails.deliver())
    assert notices.address_of(case) == ""
    assert not notices.tell_municipality(case, "minutes")
    assert len(mails.deliver()) == before
    CaseContact.objects.create(case=case, channel="phone", name="Nora Öz", email="nora@muehltal.example")
    assert notices.address_of(Case.objects.get(pk=case.pk)) == "", "a contact from before it was claimed"
    municipality_side.hand_to_address(
        case=Case.objects.get(pk=case.pk), name="Nora Öz", email="nora@muehltal.example", by=None, by_centre=True
    )
    mails.deliver()
    before = len(mails.deliver())
    assert notices.tell_municipality(Case.objects.get(pk=case.pk), "minutes")
    assert [mail["To"] for mail in mails.deliver()[before:]] == ["nora@muehltal.example"]


def test_an_old_link_does_not_open_it_either(town: Municipality, person: User) -> None:
    found = calendar.case(municipality=town, requester=person)
    link = f"/beratung/vorgang/{tokens.make(Concern.objects.create(case=found))}/"
    assert Client().get(link).status_code == 200
    end(person)
    assert Client().get(link).status_code == 404


def test_who_belongs_there_again_has_the_case_back(case: Case, person: User, town: Municipality) -> None:
    end(person)
    assert signed_in(person).get(address(case)).status_code == 404
    Membership.objects.create(user=person, municipality=town, state="confirmed", confirmed_at=timezone.now())
    assert signed_in(person).get(address(case)).status_code == 200
    assert cases.may_change(case, person)
    assert notices.address_of(case) == person.email


def test_a_guest_with_account_keeps_what_they_asked(town: Municipality) -> None:
    guest = make_user("gast@muehltal.example")
    earlier = Membership.objects.create(
        user=guest, municipality=town, state="ended", confirmed_at=calendar.NOW - timedelta(days=90),
        ended_at=calendar.NOW - timedelta(days=30),
    )  # fmt: skip
    found = calendar.case(municipality=town, requester=guest)
    refused = Membership.objects.create(user=guest, municipality=town)
    services.end_membership(membership=refused, by=None, reason="refused")
    assert list(cases.visible_to(guest)) == [found]
    assert cases.may_change(found, guest)
    assert notices.address_of(found) == guest.email
    Membership.objects.filter(pk=earlier.pk).update(ended_at=calendar.NOW + timedelta(days=1))
    assert not cases.visible_to(guest).exists()
    assert not cases.may_change(found, guest)


def step(case: Case) -> str:
    return f"/cms/beratung/vorgang/{case.pk}/ansprechperson/"


def test_the_centre_gives_a_limited_case_to_somebody_else(case: Case, person: User, town: Municipality) -> None:
    lead = desk.adviser_with_role("Anna")
    nora = requests.member(town, "nora")
    stranger = requests.member(calendar.municipality("Größingen"), "fremd")
    municipality_side.share(case=case, private=True, colleagues=[], by=person)
    end(person)
    client, before = of_the_centre(lead.user), len(mails.deliver())
    page = client.get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()
    assert "Gehört nicht mehr zur Kommune" in page
    assert step(case) in page
    assert client.post(step(case), {"colleague": stranger.pk}).status_code == 422
    assert client.post(step(case), {}).status_code == 422
    assert client.post(step(case), {"colleague": nora.pk}).status_code == 302
    case.refresh_from_db()
    assert case.requester == nora
    # That the case is hers, and its appointment for her calendar.
    assert [mail["To"] for mail in mails.deliver()[before:]] == [nora.email] * 2
    assert signed_in(nora).get(address(case)).status_code == 200
    assert "Gehört nicht mehr" not in client.get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()


def test_the_centre_gives_a_case_to_an_address_it_has_checked(case: Case, person: User) -> None:
    end(person)
    client = of_the_centre(desk.adviser_with_role("Anna").user)
    typed = {"name": "Jörg Groß", "email": "joerg@rathaus.example"}
    refused = client.post(step(case), typed)
    assert refused.status_code == 422
    assert "gehört nicht erkennbar zur Kommune" in refused.content.decode()
    assert "joerg@rathaus.example" in refused.content.decode()
    assert "Bitte geben Sie den Namen an" in client.post(step(case), {"email": typed["email"]}).content.decode()
    before = len(mails.deliver())
    assert client.post(step(case), {**typed, "checked": "on"}).status_code == 302
    assert [mail["To"] for mail in mails.deliver()[before:]] == ["joerg@rathaus.example"] * 2
    concern = Concern.objects.get(case=case)
    assert concern.case.requester is None
    assert Client().get(f"/beratung/vorgang/{tokens.make(concern)}/").status_code == 200
