"""What somebody has told the advice: exported whole, and without name or address once the account is erased."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from consultations.mailing import choices
from consultations.mailing.kinds import Text
from consultations.models import (
    Case,
    CaseContact,
    CaseTask,
    Concern,
    ContactNote,
    DraftFile,
    Format,
    Invitation,
    Message,
    NoReminders,
    Participant,
    Rating,
    RequestDraft,
)
from consultations.requester import invited as invited_page
from consultations.requester import tokens
from consultations.services import case_files, minutes, town_invitations
from portal.accounts import erasing, own_data, services
from portal.accounts.models import Municipality, User
from tests.factories import calendar, desk, mailing, requests
from tests.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture(autouse=True)
def _open(settings: Any) -> Iterator[None]:
    settings.CONSULTATIONS_OPEN = True
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def town() -> Municipality:
    return calendar.municipality()


@pytest.fixture
def person(town: Municipality) -> User:
    return requests.member(town)


def author() -> User:
    """Return somebody of the centre who writes minutes."""
    return User.objects.filter(email="anna@kkv.example").first() or make_user("anna@kkv.example")


def confirm(user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def said(user: User) -> dict[str, Any]:
    found: dict[str, Any] = own_data.export(user)["consultations"]
    return found


def as_guest(town: Municipality, email: str) -> Case:
    case = calendar.case(municipality=town, subject="Als Gast gefragt")
    Concern.objects.create(
        case=case, contact_name="Käthe Größe", contact_email=email.upper(), phone="06441 1", goal="Wissen"
    )
    Message.objects.create(case=case, side="municipality", author_name="Käthe Größe", text="Noch eine Frage")
    Message.objects.create(case=case, side="municipality", author_name="Nora Öz", text="Von einer anderen")
    return case


def test_files_tasks_minutes_and_rating_are_exported(town: Municipality, person: User) -> None:
    case = calendar.case(municipality=town, requester=person)
    case_files.store(case=case, files=[desk.pdf("Antrag.pdf")], by=person)
    case_files.store(case=case, files=[desk.pdf("Geheim.pdf")], by=None, internal=True)
    minutes.add_task(case=case, by=None, side="municipality", text="Muster ausfüllen")
    minutes.write(case=case, by=author(), question="", answer="", text="Entwurf des Protokolls")
    minutes.write(
        case=case, by=author(), question="", answer="", text="Vereinbart: Anschluss im Mai", release=True
    )
    Rating.objects.create(case=case, stars=4, solved=True, text="Hat geholfen")
    draft = RequestDraft.objects.create(user=person, answers={"subject": "Neu"})
    DraftFile.objects.create(draft=draft, name="Skizze.pdf", size=3)
    found = said(person)
    (row,) = found["cases"]
    assert (row["rating"]["stars"], row["rating"]["text"]) == (4, "Hat geholfen")
    assert [task["text"] for task in row["tasks"]] == ["Muster ausfüllen"]
    assert [entry["text"] for entry in row["minutes"]] == ["Vereinbart: Anschluss im Mai"]
    assert [file["name"] for file in row["files"]] == ["Antrag.pdf"]
    assert [file["name"] for file in found["files"]] == ["Antrag.pdf"]
    assert [file["name"] for file in found["draft_files"]] == ["Skizze.pdf"]
    for word in ("Geheim", "Entwurf des Protokolls"):
        assert word not in str(found)


def test_who_has_left_gets_their_words_and_not_what_became_of_it(town: Municipality, person: User) -> None:
    case = calendar.case(municipality=town, requester=person, subject="Mein Anliegen")
    minutes.write(case=case, by=author(), question="", answer="", text="Später vereinbart", release=True)
    CaseTask.objects.create(case=case, side="centre", text="Später zugesagt")
    services.end_membership(membership=person.memberships.get(), by=None, reason="left")
    found = said(person)
    assert found["cases"][0]["subject"] == "Mein Anliegen"
    assert "Später" not in str(found)


def test_requests_as_a_guest_belong_to_the_confirmed_address(town: Municipality) -> None:
    guest = make_user("gast@muehltal.example")
    as_guest(town, guest.email)
    taken = calendar.case(municipality=town)
    CaseContact.objects.create(case=taken, channel="phone", name="Käthe Größe", email=guest.email, phone="06441 1")
    EmailAddress.objects.filter(user=guest).delete()
    assert said(guest)["guest_cases"] == said(guest)["contact"] == said(guest)["messages"] == []
    confirm(guest)
    found = said(guest)
    assert found["guest_cases"][0]["concern"]["contact_name"] == "Käthe Größe"
    assert [row["name"] for row in found["contact"]] == ["Käthe Größe"]
    assert [row["text"] for row in found["messages"]] == ["Noch eine Frage"]


def test_erasing_takes_name_address_and_choice_of_a_guest(town: Municipality) -> None:
    guest, other = make_user("gast@muehltal.example"), "andere@muehltal.example"
    EmailAddress.objects.filter(user=guest).delete()
    choices.switch(other, off=True)
    NoReminders.objects.create(address_hash=choices.STORED.of(guest.email))
    confirm(guest)
    case, kept = as_guest(town, guest.email), as_guest(town, other)
    link = f"/beratung/vorgang/{tokens.make(case.concern)}/"
    CaseContact.objects.create(case=kept, channel="mail", name="Käthe Größe", email=guest.email, phone="06441 1")
    assert Client().get(link).status_code == 200
    erasing.erase(user=guest)
    concern = Concern.objects.get(case=case)
    assert (concern.contact_name, concern.contact_email, concern.phone) == ("", "", "")
    assert concern.goal == "Wissen", "what the municipality has asked stays"
    assert list(case.messages.values_list("author_name", flat=True)) == ["", "Nora Öz"]
    contact = CaseContact.objects.get()
    assert (contact.name, contact.email, contact.phone) == ("", "", "")
    assert Client().get(link).status_code == 404
    assert not choices.is_off("gast@muehltal.example")
    assert choices.is_off(other)
    assert Concern.objects.get(case=kept).contact_name == "Käthe Größe"


def test_erasing_ends_the_links_of_invitations_and_nobody_elses(town: Municipality) -> None:
    guest = make_user("gast@muehltal.example")
    EmailAddress.objects.filter(user=guest).delete()
    confirm(guest)
    lead = desk.adviser_with_role(weekdays=range(7))
    case = desk.working_case(lead, municipality=town)
    for name, email in (("Gesa Muster", "Gast@muehltal.example"), ("Nora Öz", "nora@muehltal.example")):
        Participant.objects.create(case=case, name=name, email=email)
    mailing.booked(case, lead, calendar.form())
    rows = list(Invitation.objects.order_by("participant"))
    own, other = (invited_page.path_of(row) for row in rows)
    assert [Client().get(path).status_code for path in (own, other)] == [200, 200]
    erasing.erase(user=guest)
    assert [Client().get(path).status_code for path in (own, other)] == [404, 200]
    entry = Client().get(f"{own}termin.ics")
    assert entry.status_code == 404
    assert Client().post(own, {"answer": "refuse"}).status_code == 404
    assert set(Invitation.objects.values_list("answer", flat=True)) == {"open"}
    assert rows[0].participant.case.participants.filter(name="Gelöschtes Konto", email="").count() == 1


def test_nobody_erases_what_is_of_an_address_they_have_not_confirmed(town: Municipality) -> None:
    guest = make_user("gast@muehltal.example")
    EmailAddress.objects.filter(user=guest).delete()
    as_guest(town, guest.email)
    NoReminders.objects.create(address_hash=choices.STORED.of(guest.email))
    erasing.erase(user=guest)
    assert Concern.objects.get().contact_name == "Käthe Größe"
    assert NoReminders.objects.exists()


def noted(user: User) -> list[str]:
    return [row["text"] for row in own_data.export(user)["contact_notes"]]


def invited(town: Municipality, to: str) -> ContactNote:
    form = Format.objects.first() or calendar.form()
    link = town_invitations.link_to(town, form)
    text = Text(f"Beratung für {to}", f"Guten Tag,\n\nwir beraten Sie ({to}) gern:\n{link}")
    note = town_invitations.send(town=town, form=form, to=to, text=text, by=author())
    assert note is not None
    return note


def test_notes_give_what_they_say_of_an_address_and_lose_it_with_the_account(town: Municipality) -> None:
    guest = make_user("nora.klaer@muehltal.example")
    invitation = invited(town, "Nora.Klaer@muehltal.example")
    by_hand = ContactNote.objects.create(
        municipality=town, channel="phone", day=calendar.MONDAY,
        text=f"Uwe fehlt bis Mai.\nVertretung: {guest.email}.\nNicht x{guest.email} und nicht {guest.email}.org",
    )  # fmt: skip
    other = invited(town, "uwe@muehltal.example")
    EmailAddress.objects.filter(user=guest).delete()
    assert noted(guest) == [], "nobody has shown that it is theirs"
    untouched = ContactNote.objects.get(pk=other.pk).text
    confirm(guest)
    assert sorted(noted(guest)) == sorted([invitation.text, f"Vertretung: {guest.email}."])
    address = guest.email
    erasing.erase(user=guest)
    for note in (invitation, by_hand, other):
        note.refresh_from_db()
    assert "klaer@muehltal.example" not in invitation.text.lower()
    assert invitation.text.startswith("Einladung „Erstgespräch“ an (gelöschte Adresse)\n\nBetreff: ")
    assert by_hand.text == (
        "Uwe fehlt bis Mai.\nVertretung: (gelöschte Adresse).\n"
        f"Nicht x{address} und nicht {address}.org"
    )  # fmt: skip
    assert other.text == untouched
