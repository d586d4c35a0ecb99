"""Participants of an earlier appointment asked to the next one: one click, by the centre or by the requester."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.models import Adviser, Appointment, Case, Format, Invitation, Participant
from consultations.refusals import NotPossible
from consultations.services import appointments, cases, changes, invitations
from portal.accounts.models import User
from tests.factories import calendar, desk, mailing, requests
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
NORA, OTTO = "nora@nachbarort.example", "otto@nachbarort.example"


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
def lead() -> Adviser:
    return desk.adviser_with_role("Anna", weekdays=range(7))


@pytest.fixture
def form() -> Format:
    return calendar.form()


@pytest.fixture
def person() -> User:
    return requests.member(calendar.municipality())


@pytest.fixture
def case(lead: Adviser, person: User) -> Case:
    found = calendar.case(municipality=calendar.municipality(), requester=person)
    for name, email in (("Nora Öz", NORA), ("Otto Süß", OTTO)):
        Participant.objects.create(case=found, name=name, email=email)
    return cases.assign(case=found, lead=lead, by=None)


def booked(case: Case, lead: Adviser, form: Format, days: int) -> Appointment:
    asked = calendar.placement(form, calendar.on(days), lead, place="video")
    return appointments.book(placement=asked, case=case, by=None)


def pk_of(email: str) -> int:
    return Participant.objects.get(email=email).pk


def invited_to(row: Appointment) -> set[str]:
    rows = Invitation.objects.filter(thread=row.thread, withdrawn_at=None)
    return set(rows.values_list("participant__email", flat=True))


def ticked(html: str) -> list[int]:
    """Return the values of the boxes that are ticked on a page."""
    boxes = re.findall(r'<input[^>]*type="checkbox"[^>]*>', html)
    return [
        int(re.search(r'value="(\d+)"', box)[1])  # type: ignore[index]
        for box in boxes
        if "checked" in box and re.search(r'name="(guests|people)"', box)
    ]


def test_the_desk_proposes_who_took_part_before(case: Case, lead: Adviser, form: Format, settings: Any) -> None:
    client = signed_in(calendar.user_of(lead))
    address = f"/cms/beratung/vorgang/{case.pk}/termin/"
    assert "wieder einladen" not in client.get(address).content.decode(), "the first asks everybody by itself"
    first = booked(case, lead, form, 1)
    assert invited_to(first) == {NORA, OTTO}
    html = client.get(address).content.decode()
    assert ticked(html) == [pk_of(NORA), pk_of(OTTO)]
    typed = {
        "day": "11.03.2027", "time": "10:00", "place": "video", "place_detail": "", "guests": [pk_of(NORA)],
    }  # fmt: skip
    assert client.post(address, typed).status_code == 302
    second = Appointment.objects.exclude(thread=first.thread).get()
    assert invited_to(second) == {NORA}
    assert mailing.subjects(NORA).count("Einladung zu einem Beratungstermin") == 2, "once for each appointment"
    assert mailing.subjects(OTTO).count("Einladung zu einem Beratungstermin") == 1
    told = mailing.to("kthe@muehltal.example")[-1]
    text = told.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Teilnehmende: Nora Öz" in text


def test_nobody_has_to_be_asked_again(case: Case, lead: Adviser, form: Format) -> None:
    client = signed_in(calendar.user_of(lead))
    first = booked(case, lead, form, 1)
    typed = {"day": "11.03.2027", "time": "10:00", "place": "video", "place_detail": ""}
    assert client.post(f"/cms/beratung/vorgang/{case.pk}/termin/", typed).status_code == 302
    second = Appointment.objects.exclude(thread=first.thread).get()
    assert invited_to(second) == set()


def test_somebody_of_another_case_is_no_choice(case: Case, lead: Adviser, form: Format) -> None:
    booked(case, lead, form, 1)
    other = Participant.objects.create(case=calendar.case("Anderes"), name="Fremd", email="fremd@ort.example")
    typed = {"day": "11.03.2027", "time": "10:00", "place": "video", "guests": [other.pk]}
    answer = signed_in(calendar.user_of(lead)).post(f"/cms/beratung/vorgang/{case.pk}/termin/", typed)
    assert answer.status_code == 422
    assert "lässt sich nicht mehr einladen" in answer.content.decode()
    assert Appointment.objects.count() == 1


def test_who_declined_is_listed_and_not_ticked_who_was_taken_off_is_not_listed(
    case: Case, lead: Adviser, form: Format
) -> None:
    first = booked(case, lead, form, 1)
    rows = {row.participant.email: row for row in Invitation.objects.select_related("participant")}
    invitations.answer(invitation=rows[NORA], accept=False)
    assert [each.email for each in invitations.before(case)] == [NORA, OTTO]
    html = signed_in(calendar.user_of(lead)).get(f"/cms/beratung/vorgang/{case.pk}/termin/").content.decode()
    assert ticked(html) == [pk_of(OTTO)]
    assert "hat zuletzt abgesagt" in html
    invitations.take_back(invitation=rows[OTTO], by=None)
    assert [each.email for each in invitations.before(case)] == [NORA]
    assert invitations.before(case, first) == []


def test_the_requester_asks_the_same_people_with_one_click(
    case: Case, lead: Adviser, form: Format, person: User
) -> None:
    booked(case, lead, form, 1)
    second = booked(case, lead, form, 10)
    address = f"/beratung/vorgang/{case.reference}/termin/{second.thread}/personen/"
    client = Client()
    client.force_login(person)
    html = client.get(address).content.decode()
    assert "Dieselben Personen einladen" in html
    assert ticked(html) == [pk_of(NORA), pk_of(OTTO)]
    none = client.post(address, {"action": "again"})
    assert none.status_code == 422
    assert "mindestens eine Person" in none.content.decode()
    done = client.post(address, {"action": "again", "people": ticked(html)}, follow=True)
    assert "Die Personen sind eingeladen" in done.content.decode()
    assert "Dieselben Personen einladen" not in done.content.decode()
    assert invited_to(second) == {NORA, OTTO}
    again = client.post(address, {"action": "again", "people": ticked(html)})
    assert again.status_code == 302, "sent twice"
    assert Invitation.objects.count() == 4
    assert mailing.subjects(NORA).count("Einladung zu einem Beratungstermin") == 2


def test_a_moved_appointment_asks_nobody_anew(case: Case, lead: Adviser, form: Format) -> None:
    row = booked(case, lead, form, 1)
    new = changes.move(appointment=row, placement=calendar.placement(form, calendar.on(2), lead), by=None)
    assert invitations.before(case, new) == []
    html = signed_in(calendar.user_of(lead)).get(f"/cms/beratung/termin/{new.pk}/verschieben/").content.decode()
    assert "wieder einladen" not in html


def test_not_more_than_twenty(case: Case, lead: Adviser, form: Format) -> None:
    first = booked(case, lead, form, 1)
    for number in range(18):
        invitations.invite(appointment=first, name=f"Person {number}", email=f"p{number}@ort.example", by=None)
    second = booked(case, lead, form, 10)
    invitations.invite(appointment=second, name="Neu", email="neu@ort.example", by=None)
    everybody = [each.pk for each in invitations.before(case, second)]
    assert len(everybody) == 20
    with pytest.raises(NotPossible, match="20 Personen"):
        invitations.invite_again(appointment=second, people=everybody, by=None)
    assert invited_to(second) == {"neu@ort.example"}
    assert len(invitations.invite_again(appointment=second, people=everybody[:19], by=None)) == 19
