"""Advisers from outside: their cases in a place of their own, for as long as they advise, and nothing internal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client

from consultations import links
from consultations.models import Adviser, Case, Concern, Message, MessageMail, Participant
from consultations.services import appointments, case_files, cases, correspondence, invitations
from portal.accounts.models import Membership, Municipality
from portal.core.visibility import EXTERNAL_ADVISER_GROUP
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user, signed_in

pytestmark = pytest.mark.django_db
LIST = "/beratung/zugewiesen/"


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def outside() -> Adviser:
    made = desk.adviser_with_role("Extern", role="", external=True)
    assert made.user
    made.user.groups.add(Group.objects.get_or_create(name=EXTERNAL_ADVISER_GROUP)[0])
    body = Municipality.objects.create(name="Städteverbund", slug="test-verbund", kind=Municipality.Kind.VERBAND)
    Membership.objects.create(
        user=made.user, municipality=body, state="confirmed", confirmed_at=make.NOW, is_external_adviser=True
    )
    return made


@pytest.fixture
def given(outside: Adviser) -> Case:
    lead = desk.adviser_with_role()
    case = desk.working_case(lead)
    cases.assign(case=case, lead=lead, by=None, further=[outside])
    correspondence.add_note(case=case, text="Zwischen uns gesagt", by=lead.user)
    return case


def test_they_see_the_cases_given_to_them_and_answer(outside: Adviser, given: Case) -> None:
    other = make.case("Anliegen einer anderen Kommune")
    client = signed_in(outside.user)
    text = client.get(LIST).content.decode()
    assert given.reference in text
    assert other.reference not in text
    address = f"{LIST}{given.pk}/"
    assert "Zwischen uns gesagt" not in client.get(address).content.decode()
    assert client.get(f"{LIST}{other.pk}/").status_code == 404
    empty = client.post(address, {"text": " "})
    assert empty.status_code == 422
    assert client.post(address, {"text": "So geht es", "uploads": desk.pdf()}).status_code == 302
    message = Message.objects.get(case=given)
    assert (message.author, message.side) == (outside.user, "centre")
    assert client.get(f"{LIST}datei/{message.files.get().pk}/").status_code == 200
    cases.decline(case=given, by=None, reason="Nein")
    client.post(address, {"text": "Noch etwas"})
    assert Message.objects.count() == 1


def test_they_see_what_their_appointments_are_about(outside: Adviser, given: Case) -> None:
    row = appointments.book(
        placement=make.placement(make.form(), make.on(10), outside, place="video"), case=given, by=None
    )
    invitations.set_agenda(appointment=row, text="Erstens Anschluss", by=None)
    assert "Erstens Anschluss" in signed_in(outside.user).get(f"{LIST}{given.pk}/").content.decode()


def test_they_see_what_was_asked_by_whom_and_with_whom(outside: Adviser, given: Case) -> None:
    given.requester = make_user("kaethe@stadt.example", first_name="Käthe")
    given.save()
    Concern.objects.create(
        case=given, goal="Wir wollen im Sommer beginnen", service="99115005000000", procedure="VOIS",
        deadline=make.MONDAY, urgency="urgent", place="phone", phone="06151 123",
        answers=[{"question": "Seit wann?", "answer": "Seit Mai"}],
    )  # fmt: skip
    Participant.objects.create(case=given, name="Nora Öz", organisation="Nidda")
    row = appointments.request_by_wishes(
        case=given, form=make.form(), wishes=[(make.on(8).date(), "morning")], by=None, place="phone"
    )
    text = signed_in(outside.user).get(f"{LIST}{given.pk}/").content.decode()
    for words in (
        "Käthe Müßig, kaethe@stadt.example, 06151 123", "Wir wollen im Sommer beginnen", "99115005000000", "VOIS",
        "01.03.2027", "Dringend", "<dt>Gewünschter Ort</dt><dd>Telefon</dd>", "Seit wann?", "<dd>Seit Mai</dd>",
        "Nora Öz (Nidda)", "Dienstag, 9. März 2027, vormittags", f"{row.format.name}, Angefragt, Telefon",
    ):  # fmt: skip
        assert words in text, words
    assert "Zwischen uns gesagt" not in text


def test_a_case_without_what_a_wizard_asks_opens_as_well(outside: Adviser, given: Case) -> None:
    text = signed_in(outside.user).get(f"{LIST}{given.pk}/").content.decode()
    assert "<dt>Ansprechperson</dt><dd>nicht bekannt</dd>" in text
    assert "Dringlichkeit" not in text


def test_they_see_what_a_mail_has_beside_its_text(outside: Adviser, given: Case) -> None:
    said = correspondence.receive(case=given, text="Siehe unten", by=None, channel="mail")
    MessageMail.objects.create(message=said, quoted="> Welches Verfahren?", left_out="„x.exe“ ist nicht erlaubt.")
    text = signed_in(outside.user).get(f"{LIST}{given.pk}/").content.decode()
    assert "&gt; Welches Verfahren?" in text
    assert "Nicht übernommen: „x.exe“ ist nicht erlaubt." in text


def test_internal_files_do_not_exist_for_them(outside: Adviser, given: Case) -> None:
    (row,) = case_files.store(case=given, files=[desk.pdf()], by=None, internal=True)
    client = signed_in(outside.user)
    assert client.get(f"{LIST}datei/{row.pk}/").status_code == 404
    assert row.name not in client.get(f"{LIST}{given.pk}/").content.decode()


def test_it_ends_with_the_allocation_the_membership_or_the_switch(
    outside: Adviser, given: Case, settings: Any
) -> None:
    client, address = signed_in(outside.user), f"{LIST}{given.pk}/"
    assert client.get(address).status_code == 200
    settings.CONSULTATIONS_OPEN = False
    assert client.get(address).status_code == 404
    settings.CONSULTATIONS_OPEN = True
    given.further.clear()
    assert client.get(address).status_code == 404
    given.further.add(outside)
    assert outside.user
    outside.user.groups.clear()
    assert client.get(LIST).status_code == 404
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("role", ["", "Redaktion", "Leitung", "Beratung", "Koordination", "Administration"])
def test_nobody_else_has_this_place(role: str, given: Case) -> None:
    client = signed_in(make_user("wer@kkv.example", role=role))
    (row,) = case_files.store(case=given, files=[desk.pdf()], by=None)
    for part in ("", f"{given.pk}/", f"datei/{row.pk}/"):
        assert client.get(f"{LIST}{part}").status_code == 404
        assert Client().get(f"{LIST}{part}").status_code == 302


def test_the_own_area_leads_there(outside: Adviser, given: Case) -> None:
    text = signed_in(outside.user).get("/konto/", follow=True).content.decode()
    assert "1 offener Vorgang ist" in text
    assert LIST in text


def test_mails_to_them_lead_to_a_page_they_may_open(outside: Adviser, mailoutbox: list[Any]) -> None:
    case = desk.working_case(outside)  # told of it as its lead
    correspondence.receive(case=case, text="Wie geht es weiter?", by=None)
    mailoutbox.clear()
    correspondence.receive(case=case, text="Noch etwas", by=None)
    (mail,) = mailoutbox
    found = re.search(rf"{settings.BASE_URL}(/\S+)", str(mail.body))
    assert found is not None
    assert found[1] == f"{LIST}{case.pk}/"
    assert signed_in(outside.user).get(found[1]).status_code == 200


def test_whoever_works_in_the_admin_is_led_to_the_desk(given: Case, outside: Adviser) -> None:
    lead, desk_page = given.lead, f"{settings.BASE_URL}/cms/beratung/vorgang/{given.pk}/"
    assert lead is not None
    assert links.for_centre(given, lead.user) == links.for_centre(given) == desk_page
    both = desk.adviser_with_role("Extern mit Rolle", external=True)  # the admin is open to them
    assert links.for_centre(given, both.user) == desk_page
    assert links.for_centre(given, outside.user) == f"{settings.BASE_URL}{LIST}{given.pk}/"
