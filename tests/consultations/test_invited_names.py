"""Names of who is invited: corrected by inviting anew, and no second person lost behind the first."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from consultations.models import Adviser, Appointment, Case, Invitation, Participant
from consultations.requester import invited
from consultations.services import appointments, invitations
from portal.accounts.models import User
from tests import mails
from tests.factories import calendar, desk, requests
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
ANNA = "anna@stadt.example"


@pytest.fixture
def person() -> User:
    return requests.member(calendar.municipality())


@pytest.fixture
def client(person: User) -> Client:
    return signed_in(person)


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role(weekdays=range(7))


@pytest.fixture
def case(person: User, lead: Adviser) -> Case:
    return desk.working_case(lead, municipality=calendar.municipality(), requester=person)


@pytest.fixture
def row(case: Case, lead: Adviser) -> Appointment:
    placement = calendar.placement(calendar.form(), calendar.on(1), lead, place="video")
    return appointments.book(placement=placement, case=case, by=None)


def url(row: Appointment) -> str:
    assert row.case is not None
    return f"/beratung/vorgang/{row.case.reference}/termin/{row.thread}/personen/"


def invite(client: Client, row: Appointment, name: str, email: str = "", page: str | None = None) -> Any:
    """Fill in the form of a page as it is now, or as it was."""
    page = client.get(url(row)).content.decode() if page is None else page
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen is not None
    typed = {"action": "invite", "name": name, "email": email, "seen": seen[1]}
    return client.post(url(row), typed, follow=True)


def names() -> list[tuple[str, str]]:
    return list(Participant.objects.order_by("pk").values_list("name", "email"))


def test_a_misspelled_name_is_corrected_by_inviting_anew(client: Client, row: Appointment) -> None:
    invite(client, row, "Ana Müler", ANNA)
    invitations.take_back(invitation=Invitation.objects.get(), by=None)
    page = invite(client, row, "Anna Müller", ANNA)
    assert "Anna Müller" in page.content.decode()
    assert names() == [("Anna Müller", ANNA)]
    assert "Anna Müller" in Client().get(invited.path_of(Invitation.objects.get())).content.decode()
    assert "Ana Müler" not in mails.text_of(mails.deliver()[-1])


def test_a_name_of_an_earlier_appointment_is_corrected_with_the_next(
    client: Client, case: Case, row: Appointment, lead: Adviser
) -> None:
    Participant.objects.create(case=case, name="Ana Müler", email=ANNA)
    invite(client, row, "Anna Müller", ANNA)
    assert names() == [("Anna Müller", ANNA)]


def test_another_person_at_the_address_takes_over_no_answer(
    client: Client, case: Case, row: Appointment, lead: Adviser
) -> None:
    invite(client, row, "Anna Müller", "bauamt@stadt.example")
    invitations.answer(invitation=Invitation.objects.get(), accept=True)
    assert row.format is not None
    placement = calendar.placement(row.format, calendar.on(2), lead, place="video")
    later = appointments.book(placement=placement, case=case, by=None)
    for name in ("Jana Müller", "Karl Klein"):
        answer = invite(client, later, name, "bauamt@stadt.example")
        assert answer.status_code == 422
    assert "Diese Adresse gehört in diesem Vorgang schon zu Anna Müller" in answer.content.decode()
    assert names() == [("Anna Müller", "bauamt@stadt.example")]
    assert invite(client, later, "Anna Mueller", "bauamt@stadt.example").redirect_chain, "a way to write it"
    assert Invitation.objects.count() == 2
    assert names() == [("Anna Mueller", "bauamt@stadt.example")]


def test_who_was_named_by_the_address_alone_gets_a_name(client: Client, row: Appointment) -> None:
    invitations.invite(appointment=row, name=ANNA, email=ANNA, by=None)
    answer = invite(client, row, "Anna Müller", ANNA)
    assert answer.redirect_chain[-1][0].endswith("?fertig=eingeladen")
    assert names() == [("Anna Müller", ANNA)]
    assert Invitation.objects.count() == 1


def test_capital_letters_are_corrected_while_the_invitation_stands(client: Client, row: Appointment) -> None:
    invite(client, row, "anna müller", ANNA)
    assert invite(client, row, "Anna Müller", ANNA).redirect_chain
    assert names() == [("Anna Müller", ANNA)]


def test_another_person_at_an_address_that_is_invited_is_refused_and_kept(
    client: Client, row: Appointment
) -> None:
    invite(client, row, "Anna Müller", "bauamt@stadt.example")
    answer = invite(client, row, "Karl Klein", "bauamt@stadt.example")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Mit dieser Adresse ist schon Anna Müller eingeladen" in html
    assert 'value="Karl Klein"' in html
    assert names() == [("Anna Müller", "bauamt@stadt.example")]


@pytest.mark.parametrize("email", ["", "karl@stadt.example"])
def test_a_second_person_of_the_same_name_is_refused_and_told_how(
    client: Client, row: Appointment, email: str
) -> None:
    invite(client, row, "Karl Klein", email)
    answer = invite(client, row, "Karl Klein")
    assert answer.status_code == 422
    assert "Karl Klein ist schon eingeladen. Meinen Sie eine zweite Person" in answer.content.decode()
    assert invite(client, row, "Karl Klein", "k.klein@dorf.example").redirect_chain
    assert invite(client, row, "Karl Klein, Bauamt").redirect_chain
    assert Invitation.objects.count() == 3


def test_a_second_click_is_told_that_it_is_done(client: Client, row: Appointment) -> None:
    page = client.get(url(row)).content.decode()
    for _ in range(2):
        answer = invite(client, row, "Karl Klein", page=page)
        assert answer.redirect_chain[-1][0].endswith("?fertig=eingeladen")
    assert names() == [("Karl Klein", "")]
    invitations.take_back(invitation=Invitation.objects.get(), by=None)
    page = client.get(url(row)).content.decode()
    for _ in range(2):
        assert invite(client, row, "Karl Klein", page=page).redirect_chain
    assert Invitation.objects.count() == 1


def test_whatever_stands_in_the_hidden_field_breaks_nothing(client: Client, row: Appointment) -> None:
    for number, seen in enumerate(("x", "-1", "9" * 5000, "\x00", "1 a 2")):
        typed = {"action": "invite", "name": f"Person {'ABCDE'[number]}", "seen": seen}
        assert client.post(url(row), typed).status_code == 302, seen
