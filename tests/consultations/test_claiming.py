"""A case the centre has taken down: confirmed with its link, claimed, and what becomes of entries and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings as portal
from django.core.cache import cache
from django.test import Client
from icalendar import Calendar

from consultations.models import Adviser, Appointment, Case, CaseContact, Concern, Format, Rating, Reminder
from consultations.requester import tokens
from consultations.services import appointments, cases, intake, municipality_side
from portal.accounts import own_data
from portal.accounts.models import Municipality, User
from tests import mails
from tests.factories import calendar, desk, mailing, requests
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
CONTACT = "kaethe@muehltal.example"


@pytest.fixture(autouse=True)
def _open(settings: Any) -> Iterator[None]:
    settings.CONSULTATIONS_OPEN = True
    settings.HOLIDAYS = ""
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def town() -> Municipality:
    return calendar.municipality()


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role("Anna")


@pytest.fixture
def form() -> Format:
    return calendar.form(reminder_days="1")


@pytest.fixture
def case(town: Municipality, lead: Adviser) -> Case:
    asked = intake.Concern(town, "E-Rechnung", "Wie geht das?", name="Käthe Müßig", email=CONTACT)
    taken = intake.take_down(concern=asked, by=lead.user)
    assert taken.confirmed
    cases.assign(case=taken.case, lead=lead, by=None)
    return Case.objects.get(pk=taken.case.pk)


@pytest.fixture
def row(case: Case, lead: Adviser, form: Format) -> Appointment:
    asked = calendar.placement(form, calendar.on(10), lead, place="video")
    return appointments.book(placement=asked, case=case, by=lead.user)


def by_number(case: Case) -> str:
    return f"/beratung/vorgang/{case.reference}/"


def by_link(case: Case) -> str:
    return f"/beratung/vorgang/{tokens.make(Concern.objects.get(case=case))}/"


def entries(address: str) -> list[tuple[str, int]]:
    found = []
    for each in mailing.to(address):
        if any(part.get_content_type() == "text/calendar" for part in each.walk()):
            method, text, _ = mailing.calendar_of(each)
            found.append((method, int(str(Calendar.from_ical(text).walk("VEVENT")[0]["SEQUENCE"]))))
    return found


def asked_for_the_link(case: Case) -> str:
    """Return the answer to the contact who has lost the link, after as long as somebody takes to type."""
    html = Client().get("/beratung/link/").content.decode()
    started = re.search(r'name="started" value="([^"]+)"', html)
    typed = {"reference": case.reference, "email": CONTACT, "started": started[1] if started else ""}
    with time_machine.travel(calendar.NOW + timedelta(seconds=10), tick=False):
        return Client().post("/beratung/link/", typed).content.decode()


def test_the_confirmation_names_number_link_and_how_to_claim(case: Case) -> None:
    (told,) = mailing.to(CONTACT)
    text = mails.text_of(told)
    assert case.reference in str(told["Subject"])
    assert portal.BASE_URL + by_link(case) in text
    assert "Vorgang übernehmen" in text
    assert portal.BASE_URL + by_number(case) in text
    answer = Client().get(by_number(case))
    assert answer.status_code == 302, "an account is needed, and asked for"
    assert "/konto/anmelden/" in answer["Location"]


def test_a_colleague_who_claims_takes_entry_and_link_from_the_contact(
    case: Case, row: Appointment, town: Municipality
) -> None:
    nora = requests.member(town, "nora")
    old = by_link(case)
    assert Client().get(old).status_code == 200
    assert entries(CONTACT) == [("REQUEST", 0)]
    assert signed_in(nora).post(f"{by_number(case)}uebernehmen/").status_code == 302
    assert entries(CONTACT)[-1][0] == "CANCEL"
    (taken,) = entries(nora.email)
    assert taken[0] == "REQUEST"
    assert taken[1] > entries(CONTACT)[-1][1], "newer than the cancellation"
    assert Client().get(old).status_code == 404
    for path in ("nachricht/", "zurueckziehen/", "sichtbar/", "uebergeben/", f"termin/{row.thread}/"):
        assert Client().post(old + path, {"action": "cancel", "text": "x"}).status_code == 404, path
    before = len(mailing.to(CONTACT))
    assert "Sehen Sie in Ihr Postfach" in asked_for_the_link(case)
    assert len(mailing.to(CONTACT)) == before, "and gets no new link"
    assert Reminder.objects.filter(participant=None, state="planned").count() == 1


def test_the_contact_who_claims_keeps_links_and_entry(case: Case, row: Appointment, town: Municipality) -> None:
    kaethe = requests.member(town, "kaethe")
    assert kaethe.email == CONTACT
    old = by_link(case)
    intake.claim(case=case, user=kaethe)
    assert entries(CONTACT) == [("REQUEST", 0)], "the same person, the same entry"
    assert Client().get(old).status_code == 200
    municipality_side.share(case=case, private=True, colleagues=[], by=kaethe)
    assert Client().get(old).status_code == 404, "limited: only by account"
    assert entries(CONTACT) == [("REQUEST", 0)], "limiting changes nobody's calendar"


def test_a_contact_who_is_a_member_sees_a_claimed_case_as_a_colleague_does(case: Case, town: Municipality) -> None:
    kaethe, nora = requests.member(town, "kaethe"), requests.member(town, "nora")
    intake.claim(case=case, user=nora)
    client = signed_in(kaethe)
    assert client.get(by_number(case)).status_code == 200
    assert client.post(f"{by_number(case)}nachricht/", {"text": "x"}).status_code == 403
    municipality_side.share(case=case, private=True, colleagues=[], by=nora)
    assert client.get(by_number(case)).status_code == 404


def test_a_claim_without_anybody_to_reach_before_brings_the_entry(
    town: Municipality, lead: Adviser, form: Format
) -> None:
    case = intake.take_down(concern=intake.Concern(town, "E-Rechnung", "Wie?"), by=None).case
    cases.assign(case=case, lead=lead, by=None)
    asked = calendar.placement(form, calendar.on(10), lead)
    appointments.book(placement=asked, case=case, by=None)
    nora = requests.member(town, "nora")
    intake.claim(case=case, user=nora)
    assert [method for method, _ in entries(nora.email)] == ["REQUEST"]


def test_another_contact_named_by_the_centre_gets_the_entry(
    case: Case, row: Appointment, lead: Adviser, town: Municipality
) -> None:
    old, nora = by_link(case), requests.member(town, "nora")
    desk_client = signed_in(calendar.user_of(lead))
    typed = {"name": "Jörg", "email": "joerg@muehltal.example"}
    assert desk_client.post(f"/cms/beratung/vorgang/{case.pk}/ansprechperson/", typed).status_code == 302
    assert entries(CONTACT)[-1][0] == "CANCEL"
    assert [method for method, _ in entries("joerg@muehltal.example")] == ["REQUEST"]
    assert Client().get(old).status_code == 404
    newer = by_link(case)
    assert desk_client.post(
        f"/cms/beratung/vorgang/{case.pk}/ansprechperson/", {"colleague": nora.pk}
    ).status_code == 302  # fmt: skip
    assert entries("joerg@muehltal.example")[-1][0] == "CANCEL"
    assert [method for method, _ in entries(nora.email)] == ["REQUEST"]
    assert Client().get(newer).status_code == 404


# -- recorded before a contact had a concern ---------------------------------------------------------------------


@pytest.fixture
def bare(case: Case) -> Case:
    """Return a case as an early release has stored it: a contact with address, nothing a link hangs on."""
    Concern.objects.filter(case=case).delete()
    return Case.objects.get(pk=case.pk)


def test_a_colleague_who_claims_by_the_link_of_the_mail_is_led_to_the_case(
    case: Case, row: Appointment, town: Municipality
) -> None:
    """The link ends with the claim; whoever used it is not told that it did not work."""
    nora = signed_in(requests.member(town, "nora"))
    page = nora.get(by_link(case)).content.decode()
    action = re.search(r'action="([^"]+/uebernehmen/)"', page)
    assert action is not None
    for address in (action[1], action[1]):  # a second click as well
        answer = nora.post(address, follow=True)
        assert answer.status_code == 200
        assert "übernommen" in answer.content.decode()


def test_by_the_address_of_the_link_itself_it_works_too(case: Case, town: Municipality) -> None:
    nora = signed_in(requests.member(town, "nora"))
    answer = nora.post(f"{by_link(case)}uebernehmen/", follow=True)
    assert answer.status_code == 200
    assert case.reference in answer.content.decode()


def test_pages_of_an_early_case_open(bare: Case, row: Appointment, lead: Adviser, town: Municipality) -> None:
    member = signed_in(requests.member(town, "nora"))
    base = by_number(bare)
    assert "Vorgang übernehmen" in member.get(base).content.decode()
    assert member.get(f"{base}bestaetigung/").status_code == 200
    centre = signed_in(calendar.user_of(lead))
    for path in ("", "ansprechperson/", "export/"):
        assert centre.get(f"/cms/beratung/vorgang/{bare.pk}/{path}").status_code == 200, path
    assert centre.get(f"/cms/beratung/kommunen/{town.pk}/").status_code == 200
    assert Client().get(base).status_code == 302
    assert member.post(f"{base}uebernehmen/").status_code == 302
    for path in ("", "sichtbar/", "uebergeben/", f"termin/{row.thread}/", f"termin/{row.thread}/personen/"):
        assert member.get(base + path).status_code == 200, path
    assert member.post(f"{base}sichtbar/", {"private": "on"}).status_code == 302
    assert member.post(f"{base}nachricht/", {"text": "Guten Tag"}).status_code == 302


def test_the_update_gives_contacts_of_early_cases_their_link(bare: Case, town: Municipality) -> None:
    silent = intake.take_down(concern=intake.Concern(town, "Ohne Adresse", "Wie?"), by=None).case
    claimed = intake.take_down(concern=intake.Concern(town, "x", "Wie?", email="x@muehltal.example"), by=None).case
    Concern.objects.filter(case=claimed).delete()
    Case.objects.filter(pk=claimed.pk).update(requester=requests.member(town, "nora"))
    CaseContact.objects.filter(case=bare).update(name="Ä" * 200)
    give_links = import_module("consultations.migrations.0085_entries_of_advisers").give_links
    give_links(apps, None)
    give_links(apps, None)
    (made,) = Concern.objects.all()
    assert (made.case_id, made.contact_email, made.contact_name) == (bare.pk, CONTACT, "Ä" * 120)
    assert silent.pk != made.case_id
    assert Client().get(by_link(bare)).status_code == 200
    assert tokens.url(Case.objects.get(pk=bare.pk)) == portal.BASE_URL + by_link(bare)


def test_a_member_who_left_after_a_claim_leaves_no_link_behind(case: Case, town: Municipality) -> None:
    kaethe: User = requests.member(town, "kaethe")
    old = by_link(case)
    intake.claim(case=case, user=kaethe)
    kaethe.memberships.update(state="ended", ended_at=calendar.NOW)
    assert Client().get(old).status_code == 404


def exported(user: User) -> dict[str, Any]:
    EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True, primary=True)
    (found,) = own_data.export(user)["consultations"]["guest_cases"]
    return dict(found)


def test_once_a_colleague_has_claimed_it_the_contact_is_told_only_what_they_said(
    case: Case, row: Appointment, town: Municipality
) -> None:
    contact = make_user(CONTACT)
    Rating.objects.create(case=case, stars=5, solved=True, text="Sehr gut", at=calendar.NOW)
    followed = {"participants", "appointments", "files", "tasks", "minutes"}
    before = exported(contact)
    assert followed <= before.keys()
    assert before["rating"]["stars"] == 5
    intake.claim(case=case, user=requests.member(town, "nora"))
    after = exported(contact)
    assert not followed & after.keys()
    assert after["rating"] is None
    assert (after["reference"], after["concern"]["contact_email"]) == (case.reference, CONTACT)


def test_a_contact_who_claims_it_is_told_what_becomes_of_it(
    case: Case, row: Appointment, town: Municipality
) -> None:
    contact = requests.member(town, "kaethe")
    intake.claim(case=case, user=contact)
    assert [found["state"] for found in exported(contact)["appointments"]] == ["confirmed"]
