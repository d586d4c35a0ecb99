"""Participants: an own link, an own answer, and nothing of the case but the one appointment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from icalendar import Calendar

from consultations.models import Adviser, Appointment, Case, Concern, Format, Invitation, Participant
from consultations.refusals import NotPossible
from consultations.requester import invited
from consultations.services import appointments, case_files, changes, correspondence, invitations, minutes
from portal.accounts import own_data
from portal.accounts.models import MailDomain, User
from tests import mails
from tests.factories import calendar, desk, requests
from tests.people import signed_in as with_factor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
SECRET = "Nur für uns"


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role(weekdays=range(7))


@pytest.fixture
def person() -> User:
    return requests.member(calendar.municipality())


@pytest.fixture
def case(lead: Adviser, person: User) -> Case:
    return desk.working_case(lead, municipality=calendar.municipality(), requester=person, subject=SECRET)


def erstgespraech() -> Format:
    return Format.objects.filter(key="erstgespraech").first() or calendar.form()


def booked(case: Case, lead: Adviser, days: int = 1, hour: int = 9) -> Appointment:
    placement = calendar.placement(erstgespraech(), calendar.on(days, hour), lead, place="video")
    return appointments.book(placement=placement, case=case, by=None)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def manage(case: Case, appointment: Appointment) -> str:
    return f"/beratung/vorgang/{case.reference}/termin/{appointment.thread}/personen/"


def test_who_is_named_before_is_asked_to_the_first_appointment_alone(case: Case, lead: Adviser) -> None:
    Participant.objects.create(case=case, name="Jörg Süß", email="joerg@nachbar.example")
    first = booked(case, lead)
    second = booked(case, lead, hour=14)
    assert [row.thread for row in Invitation.objects.all()] == [first.thread]
    assert invitations.invite(appointment=second, name="Jörg Süß", email="joerg@nachbar.example", by=None)
    assert Participant.objects.count() == 1


def test_the_requester_invites_and_sees_the_answer(case: Case, lead: Adviser, person: User) -> None:
    neighbour = calendar.municipality("Größingen")
    MailDomain.objects.create(municipality=neighbour, domain="nachbar.example")
    row = booked(case, lead)
    client = signed_in(person)
    answer = client.post(
        manage(case, row), {"name": "Jörg Süß", "email": "Joerg@Nachbar.example", "action": "invite"}
    )
    assert answer["Location"].endswith("?fertig=eingeladen")
    invitation = Invitation.objects.get()
    assert invitation.participant.municipality == neighbour
    html = client.get(f"/beratung/vorgang/{case.reference}/").content.decode()
    assert "Federführend: Mühltal" in html
    assert "Beteiligt: Größingen" in html
    assert "Jörg Süß (noch offen)" in html
    address = invited.path_of(invitation)
    assert address in client.get(manage(case, row)).content.decode()
    guest = Client()
    assert guest.get(address).status_code == 200
    invitation.refresh_from_db()
    assert invitation.answer == "open"  # looking changes nothing
    assert (
        "Ihre Antwort ist gespeichert" in guest.post(address, {"answer": "accept"}, follow=True).content.decode()
    )
    assert "Jörg Süß (zugesagt)" in client.get(f"/beratung/vorgang/{case.reference}/").content.decode()
    assert lead.user is not None
    shown = with_factor(lead.user).get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()
    assert "Jörg Süß (Größingen): zugesagt" in shown
    before = len(mails.deliver())
    assert guest.post(address, {"answer": "refuse"}).status_code == 302
    assert "Jörg Süß (abgesagt)" in client.get(f"/beratung/vorgang/{case.reference}/").content.decode()
    (told,) = mails.deliver()[before:]
    assert told["To"] == lead.user.email
    assert guest.post(address, {"answer": "vielleicht"}).status_code == 422


def test_a_participant_sees_one_appointment_and_nothing_else(case: Case, lead: Adviser, person: User) -> None:
    row, other = booked(case, lead), booked(case, lead, hour=14)
    invitation = invitations.invite(appointment=row, name="Jörg Süß", by=person)
    invitations.invite(appointment=other, name="Zoë Klär", by=person)
    correspondence.answer(case=case, text="Nachricht an Sie", by=lead.user, files=[desk.pdf("Geheim.pdf")])
    case_files.store(case=case, files=[desk.pdf("Anlage.pdf")], by=lead.user)
    correspondence.add_note(case=case, text="Notiz", by=lead.user)
    minutes.add_task(case=case, by=lead.user, side="municipality", text="Aufgabe dazu")
    words: dict[str, Any] = {"case": case, "by": lead.user, "answer": "", "text": ""}
    minutes.write(**words, question="Was am ersten Tag war", appointment=row, release=True)
    minutes.write(**words, question="Was am zweiten Tag war", appointment=other, release=True)
    minutes.write(**words, question="Allgemeines", release=True)
    invitations.set_agenda(appointment=row, text="Punkt eins", by=person)
    invitations.set_agenda(appointment=other, text="Punkt zwei", by=person)
    html = Client().get(invited.path_of(invitation)).content.decode()
    for shown in (
        "Dienstag, 2. März 2027, 09:00",
        "Videokonferenz",
        "Jörg Süß",
        "Punkt eins",
        "Was am ersten Tag",
    ):
        assert shown in html, shown
    for hidden in (SECRET, "Nachricht an Sie", "Geheim", "Anlage", "Notiz", "Aufgabe dazu", "zweiten Tag",
                   "Allgemeines", "Punkt zwei", "Zoë", "14:00", case.reference):  # fmt: skip
        assert hidden not in html, hidden
    entry = Client().get(f"{invited.path_of(invitation)}termin.ics").content
    (event,) = Calendar.from_ical(entry).walk("VEVENT")
    assert event.decoded("dtstart") == row.starts_at
    assert SECRET.encode() not in entry


def test_unreleased_minutes_are_not_shown(case: Case, lead: Adviser) -> None:
    row = booked(case, lead)
    invitation = invitations.invite(appointment=row, name="Jörg Süß", by=None)
    minutes.write(case=case, by=lead.user, question="Entwurf", answer="", text="", appointment=row)
    assert "Entwurf" not in Client().get(invited.path_of(invitation)).content.decode()


def test_a_withdrawn_link_shows_nothing_and_the_next_one_is_another(
    case: Case, lead: Adviser, person: User
) -> None:
    row = booked(case, lead)
    first = invitations.invite(appointment=row, name="Jörg Süß", by=person)
    old = invited.path_of(first)
    back = f"/beratung/vorgang/{case.reference}/einladung/{first.pk}/"
    assert signed_in(person).get(back).status_code == 405
    assert signed_in(person).post(back).status_code == 302
    for address in (old, f"{old}termin.ics"):
        gone = Client().get(address)
        assert gone.status_code == 404
        assert "März" not in gone.content.decode()
    assert Client().post(old, {"answer": "accept"}).status_code == 404
    again = invitations.invite(appointment=row, name="Jörg Süß", by=person)
    assert again.pk == first.pk
    assert Client().get(old).status_code == 404
    assert Client().get(invited.path_of(again)).status_code == 200
    assert Client().get("/beratung/einladung/kein:gültiger:link/").status_code == 404


def test_an_answer_can_be_changed_until_the_appointment_begins(case: Case, lead: Adviser) -> None:
    row = booked(case, lead)
    invitation = invitations.invite(appointment=row, name="Jörg Süß", by=None)
    invitations.answer(invitation=invitation, accept=True)
    assert row.starts_at is not None
    with time_machine.travel(row.starts_at - timedelta(minutes=1), tick=False):
        assert invitations.answer(invitation=invitation, accept=False).answer == "declined"
    with time_machine.travel(row.starts_at, tick=False):
        address = invited.path_of(invitation)
        late = Client().post(address, {"answer": "accept"})
        assert late.status_code == 409
        assert "schon begonnen" in late.content.decode()
        assert "Zusagen" not in Client().get(address).content.decode()
        with pytest.raises(NotPossible):
            invitations.invite(appointment=row, name="Zoë Klär", by=None)
    invitation.refresh_from_db()
    assert invitation.answer == "declined"


def test_the_link_shows_what_became_of_the_appointment(case: Case, lead: Adviser) -> None:
    row = booked(case, lead)
    invitation = invitations.invite(appointment=row, name="Jörg Süß", by=None)
    placement = calendar.placement(erstgespraech(), calendar.on(2, 10), lead, place="video")
    moved = changes.move(appointment=row, placement=placement, by=None)
    assert "3. März 2027, 10:00" in Client().get(invited.path_of(invitation)).content.decode()
    changes.cancel(appointment=moved, by=None)
    html = Client().get(invited.path_of(invitation)).content.decode()
    assert "Abgesagt" in html
    assert "Zusagen" not in html
    with pytest.raises(NotPossible, match="nicht mehr statt"):
        invitations.answer(invitation=invitation, accept=True)


def test_twenty_and_no_more(case: Case, lead: Adviser) -> None:
    row = booked(case, lead)
    for number in range(invitations.MOST):
        invitations.invite(appointment=row, name=f"Person {number}", by=None)
    with pytest.raises(NotPossible, match="20 Personen"):
        invitations.invite(appointment=row, name="Noch eine", by=None)
    with pytest.raises(ValidationError):
        invitations.invite(appointment=booked(case, lead, hour=14), name="", email="", by=None)


def test_who_has_an_account_finds_invitations_in_the_own_area(case: Case, lead: Adviser) -> None:
    stranger = requests.member(calendar.municipality("Größingen"), "fremd")
    invitation = invitations.invite(appointment=booked(case, lead), name="Fremd", email=stranger.email, by=None)
    assert "Einladungen" not in signed_in(stranger).get("/konto/").content.decode()  # nobody has confirmed it
    EmailAddress.objects.create(user=stranger, email=stranger.email, verified=True, primary=True)
    assert invited.path_of(invitation) in signed_in(stranger).get("/konto/").content.decode()
    assert signed_in(stranger).get(f"/beratung/vorgang/{case.reference}/").status_code == 404


def test_the_database_keeps_answers_and_invitations_right(case: Case, lead: Adviser) -> None:
    invitation = invitations.invite(appointment=booked(case, lead), name="Jörg Süß", by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(participant=invitation.participant, thread=invitation.thread)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(answer="accepted")


def test_own_participations_are_exported_and_erased(case: Case, lead: Adviser) -> None:
    stranger = requests.member(calendar.municipality("Größingen"), "fremd")
    invitation = invitations.invite(appointment=booked(case, lead), name="Fremd", email=stranger.email, by=None)
    case_of_all = Concern.objects.create(case=case)
    case_of_all.colleagues.add(stranger)
    part = next(part for part in own_data.all_parts() if part.name == "consultations")
    assert part.export(stranger)["invitations"] == []  # nobody has confirmed the address
    EmailAddress.objects.create(user=stranger, email=stranger.email, verified=True, primary=True)
    assert [row["answer"] for row in part.export(stranger)["invitations"]] == ["open"]
    part.erase(stranger)
    person = invitation.participant
    person.refresh_from_db()
    assert (person.name, person.email) == ("Gelöschtes Konto", "")
    assert not case_of_all.colleagues.exists()
