"""Who has left the municipality gets no mail of a case they claimed, and rates nothing by an old link."""

from __future__ import annotations

import pytest
from django.core import signing
from django.test import Client

from consultations.mailing import people
from consultations.mailing.incoming import messages
from consultations.models import Adviser, Case, Concern, Rating
from consultations.requester import tokens
from consultations.services import appointments, cases, intake, ratings
from portal.accounts import services
from portal.accounts.models import Municipality, User
from tests import mails
from tests.factories import calendar, desk, requests
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


@pytest.fixture
def town() -> Municipality:
    return calendar.municipality()


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role("Größe")


def end(person: User) -> None:
    services.end_membership(membership=person.memberships.get(state="confirmed"), by=None, reason="removed")


@pytest.mark.parametrize("claimed_by", ["kathe", "nora"])
def test_the_contact_of_a_claimed_case_gets_nothing_once_its_requester_has_left(
    town: Municipality, lead: Adviser, claimed_by: str
) -> None:
    asked = intake.Concern(town, "E-Rechnung", "Wie geht das?", name="Käthe Müßig", email="kathe@muehltal.example")
    case = intake.take_down(concern=asked, by=lead.user).case
    cases.assign(case=case, lead=lead, by=None)
    person = requests.member(town, claimed_by)
    intake.claim(case=Case.objects.get(pk=case.pk), user=person)
    end(person)
    before = len(mails.deliver())
    placed = calendar.placement(calendar.form(), calendar.on(10), lead, place="video")
    appointments.book(placement=placed, case=Case.objects.get(pk=case.pk), by=lead.user)
    told = {mail["To"] for mail in mails.deliver()[before:]}
    assert told <= {calendar.user_of(lead).email}
    assert messages.writer_of(people.fresh(case.pk), "kathe@muehltal.example") is None


@pytest.fixture
def claimed(town: Municipality, lead: Adviser) -> Case:
    """A case of Käthe, taken down, with the link that she has got."""
    asked = intake.Concern(town, "E-Rechnung", "Wie geht das?", name="Käthe Müßig", email="kathe@muehltal.example")
    case = intake.take_down(concern=asked, by=lead.user).case
    cases.assign(case=case, lead=lead, by=None)
    return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize("claimed_by", ["kathe", "nora"])
def test_whose_account_is_removed_leaves_the_case_to_nobody_who_had_it_before(
    claimed: Case, town: Municipality, claimed_by: str
) -> None:
    person = requests.member(town, claimed_by)
    intake.claim(case=claimed, user=person)
    link = tokens.make(Concern.objects.get(case=claimed))
    person.delete()
    case = people.fresh(claimed.pk)
    assert case.requester is None
    assert people.requester_of(case) is None
    assert messages.writer_of(case, "kathe@muehltal.example") is None
    assert Client().get(f"/beratung/vorgang/{link}/").status_code == 404
    assert intake.may_claim(case, requests.member(town, "uwe")), "a colleague takes it over"


def test_a_closed_account_opens_nothing_by_the_links_of_before(claimed: Case, town: Municipality) -> None:
    person = requests.member(town, "kathe")
    link = f"/beratung/vorgang/{tokens.make(Concern.objects.get(case=claimed))}/"
    intake.claim(case=claimed, user=person)
    for action in ("start", "advise"):
        cases.advance(case=claimed, action=action, by=None)
    cases.close(case=claimed, by=None)
    rating = f"/beratung/bewertung/{ratings.token_for(Case.objects.get(pk=claimed.pk))}/"
    assert [Client().get(path).status_code for path in (link, rating)] == [200, 200]
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert [Client().get(path).status_code for path in (link, rating)] == [404, 404]


def test_the_desk_promises_no_mails_to_the_contact_of_before(
    claimed: Case, town: Municipality, lead: Adviser
) -> None:
    person = requests.member(town, "nora")
    intake.claim(case=claimed, user=person)
    end(person)
    page = signed_in(calendar.user_of(lead)).get(f"/cms/beratung/vorgang/{claimed.pk}/").content.decode()
    assert "sieht den Vorgang nicht und bekommt keine E-Mails." in page
    assert "Diese gehen an" not in page


@pytest.fixture
def closed(town: Municipality, lead: Adviser) -> Case:
    case = desk.working_case(lead, municipality=town, requester=requests.member(town, "kathe"))
    Concern.objects.create(case=case, goal="Anschluss")
    cases.advance(case=case, action="advise", by=lead.user)
    cases.close(case=case, by=lead.user)
    return Case.objects.get(pk=case.pk)


def test_who_has_left_neither_reads_nor_changes_the_rating_of_a_colleague(
    closed: Case, town: Municipality
) -> None:
    chief = requests.member(town, "chef", role="admin")
    links = [
        ratings.token_for(closed),
        signing.dumps([closed.pk, 0], salt=ratings.SALT),
    ]  # the second: older mails
    for link in links:
        assert Client().get(f"/beratung/bewertung/{link}/").status_code == 200
    assert closed.requester is not None
    end(closed.requester)
    browser = Client()
    browser.force_login(chief)
    page = browser.get(f"/beratung/vorgang/{closed.reference}/").content.decode()
    own = page.partition('href="/beratung/bewertung/')[2].partition("/")[0]
    said = {"stars": "1", "solved": "nein", "text": "Das hat nicht geholfen"}
    assert Client().post(f"/beratung/bewertung/{own}/", said).status_code == 302
    for link in links:
        answer = Client().get(f"/beratung/bewertung/{link}/")
        assert answer.status_code == 404
        assert "nicht geholfen" not in answer.content.decode()
        assert Client().post(f"/beratung/bewertung/{link}/", {**said, "stars": "5"}).status_code == 404
    assert Rating.objects.get().stars == 1
    end(chief)
    assert Client().get(f"/beratung/bewertung/{own}/").status_code == 404, "it was theirs as long as they belonged"


def test_a_guests_link_stays_theirs(town: Municipality, lead: Adviser) -> None:
    case = desk.working_case(lead, municipality=town)
    Concern.objects.create(case=case, contact_name="Uwe Alt", contact_email="uwe@muehltal.example")
    cases.advance(case=case, action="advise", by=lead.user)
    cases.close(case=case, by=lead.user)
    link = ratings.token_for(Case.objects.get(pk=case.pk))
    assert Client().get(f"/beratung/bewertung/{link}/").status_code == 200
    for wrong in ([case.pk, 0, 999_999], [case.pk, 0, "x"], [case.pk], {"a": 1}):
        token = signing.dumps(wrong, salt=ratings.SALT)
        status = Client().get(f"/beratung/bewertung/{token}/").status_code
        assert status == (200 if wrong == [case.pk] else 404), wrong
