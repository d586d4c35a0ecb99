"""Who goes with something open: the pages name it, and whoever works on it hears of it, however they go."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from consultations.models import Appointment, Case, Concern
from consultations.requester import cases as rules
from consultations.requester import tokens
from consultations.services import assignment, municipality_side
from portal.accounts import departures, erasing, leaving, memberships, renewal
from portal.accounts.models import Membership, Municipality, User
from tests import mails
from tests.factories import calendar, desk, requests
from tests.people import make_user
from tests.people import signed_in as of_the_centre

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
GONE = "Die anfragende Person gehört nicht mehr zur Kommune"


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def person(town: Municipality) -> User:
    found = requests.member(town)
    EmailAddress.objects.create(user=found, email=found.email, verified=True, primary=True)
    return found


@pytest.fixture
def case(person: User, town: Municipality) -> Case:
    return requests.booked(person, town)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def heard(before: int) -> list[tuple[str, str]]:
    """Return to whom mails of the centre went since, and their subjects, without what the person gets."""
    return [
        (mail["To"], str(mail["Subject"]).strip())
        for mail in mails.deliver()[before:]
        if "muehltal" not in mail["To"]
    ]


def end_page(person: User) -> str:
    return reverse("membership_end", args=[person.memberships.get().pk])


@pytest.mark.parametrize("how", ["left", "removed", "lapsed"])
def test_the_lead_hears_that_the_requester_is_gone(case: Case, person: User, town: Municipality, how: str) -> None:
    lead = desk.adviser_with_role("Anna")
    assignment.assign(case=case, adviser=lead, by=None, reason="Absprache")
    admin = requests.member(town, "leitung", role="admin")
    own, before = person.memberships.get(), len(mails.deliver())
    if how == "left":
        signed_in(person).post(end_page(person), {"state": "confirmed"})
    elif how == "removed":
        memberships.remove(membership=own, by=admin)
    else:
        Membership.objects.filter(pk=own.pk).update(asked_at=timezone.now() - renewal.END_AFTER * 2)
        renewal.ask_and_end()
    assert heard(before) == [(calendar.user_of(lead).email, f"{case.reference}: {GONE}")]
    assert "Termin: " in mails.text_of(
        next(mail for mail in mails.deliver()[before:] if GONE in str(mail["Subject"]))
    )
    assert Appointment.objects.get(case=case).state == "confirmed"


def test_nobody_is_told_of_what_has_ended_or_goes_on(case: Case, person: User, town: Municipality) -> None:
    nora = requests.member(town, "nora")
    other = calendar.municipality("Größingen")
    elsewhere = calendar.case(municipality=other, requester=nora)  # asked as a guest with account
    Case.objects.filter(pk=case.pk).update(state="withdrawn", ended_at=timezone.now())
    before = len(mails.deliver())
    memberships.leave(membership=person.memberships.get())
    memberships.leave(membership=nora.memberships.get())
    assert heard(before) == []
    assert rules.may_change(elsewhere, nora)


def test_a_deleted_account_is_told_once_with_what_it_asked_as_a_guest(
    case: Case, person: User, town: Municipality
) -> None:
    guest = calendar.case(municipality=town, subject="Urkunden ohne Konto")
    Concern.objects.create(case=guest, contact_name="Käthe", contact_email=person.email.upper())
    client = Client()
    client.post("/konto/anmelden/", {"login": person.email, "password": "ein-langes-Kennwort"})
    client.post("/konto/bestaetigen/", {"password": "ein-langes-Kennwort"})
    page = client.get("/konto/daten/loeschen/").content.decode()
    for words in (case.subject, case.reference, "Termin: ", "Urkunden ohne Konto", tokens.make(guest.concern),
                  f"/beratung/vorgang/{case.reference}/uebergeben/"):  # fmt: skip
        assert words in page
    before = len(mails.deliver())
    erasing.erase(user=person)
    said = "Das Konto der anfragenden Person ist gelöscht"
    told = sorted(subject for _, subject in heard(before))
    assert told == sorted([f"{case.reference}: {said}", f"{guest.reference}: {said}"])


@pytest.mark.parametrize("how", ["closed", "removed"])
def test_an_account_the_centre_closes_or_removes(case: Case, person: User, how: str) -> None:
    admin = desk.person("Administration", "admin@kkv.example")
    before = len(mails.deliver())
    if how == "closed":
        leaving.hand_over_and_deactivate(person=person, successors={"memberships": None}, by=admin)
        words = "ist geschlossen"
    else:
        person.delete()
        words = "ist gelöscht"
    assert [subject for _, subject in heard(before) if words in subject] == [
        f"{case.reference}: Das Konto der anfragenden Person {words}"
    ]


def test_a_closed_form_of_the_admin_tells_it_too(town: Municipality) -> None:
    guest = make_user("gast@anders.example")
    found = calendar.case(municipality=town, requester=guest)
    before = len(mails.deliver())
    client = of_the_centre(desk.person("Administration", "admin@kkv.example"))
    url = reverse("wagtailusers_users:edit", args=[guest.pk])
    data = {"email": guest.email, "first_name": "G", "last_name": "Ast", "phone": ""}
    client.post(url, data)
    guest.refresh_from_db()
    assert not guest.is_active
    assert f"{found.reference}: Das Konto der anfragenden Person ist geschlossen" in str(heard(before))


def test_the_page_that_ends_a_membership_names_what_stays(case: Case, person: User) -> None:
    page = signed_in(person).get(end_page(person)).content.decode()
    for words in ("Das bleibt offen", case.subject, "Termin: Montag, 1. März 2027",
                  f"/beratung/vorgang/{case.reference}/uebergeben/"):  # fmt: skip
        assert words in page
    Membership.objects.filter(user=person).update(asked_at=timezone.now())
    link = renewal.make_link(person).partition("://")[2].partition("/")[2]
    assert "Dort ist noch etwas offen" in Client().get(f"/{link}").content.decode()
    Case.objects.update(state="withdrawn", ended_at=timezone.now())
    assert "Das bleibt offen" not in signed_in(person).get(end_page(person)).content.decode()
    assert "Dort ist noch etwas offen" not in Client().get(f"/{link}").content.decode()


def test_an_administrator_reads_nothing_of_a_limited_case(case: Case, person: User, town: Municipality) -> None:
    admin = signed_in(requests.member(town, "leitung", role="admin"))
    page = admin.get(end_page(person)).content.decode()
    assert case.subject in page
    assert f"Hier ist {person} die Ansprechperson" in page
    municipality_side.share(case=case, private=True, colleagues=[], by=person)
    page = admin.get(end_page(person)).content.decode()
    assert case.subject not in page
    assert "Das bleibt offen" not in page


def test_what_stays_costs_the_same_for_many(
    case: Case, person: User, town: Municipality, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    departures.left_open(person, seen_by=person)
    with django_assert_num_queries(4):
        departures.left_open(person, seen_by=person)
    for number in range(5):
        calendar.case(municipality=town, requester=person, subject=f"Anliegen {number}")
    with django_assert_num_queries(4):
        assert len(departures.left_open(person, seen_by=person)) == 6


def test_the_desk_says_why_nobody_is_reached(case: Case, town: Municipality) -> None:
    guest = make_user("gast@anders.example")
    found = calendar.case(municipality=town, requester=guest, subject="Ohne Zugehörigkeit")
    client = of_the_centre(desk.person("Beratung", "wer@kkv.example"))
    url = f"/cms/beratung/vorgang/{found.pk}/"
    assert "bekommt keine E-Mails" not in client.get(url).content.decode()
    User.objects.filter(pk=guest.pk).update(is_active=False)
    assert "<strong>Konto ist geschlossen</strong>" in client.get(url).content.decode()
    User.objects.filter(pk=guest.pk).update(is_active=True)
    guest.refresh_from_db()
    erasing.erase(user=guest)
    page = client.get(url).content.decode()
    assert "<strong>Hat das Konto gelöscht</strong>" in page
    assert erasing.NOWHERE not in page
