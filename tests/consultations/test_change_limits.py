"""Too many changes of a case in an hour: counted for the person or the case, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.models import Case, CaseFile, Invitation, Message
from consultations.requester import tokens, views
from consultations.services import appointments, cases, intake
from tests.factories import calendar, desk, requests
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
TEXT = "Bitte nicht verlieren: Wir sind so weit."
SENTENCE = "sehr viele Änderungen in kurzer Zeit"


@pytest.fixture(autouse=True)
def _one_an_hour(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    cache.clear()
    monkeypatch.setattr(views, "CHANGES_PER_HOUR", 1)
    with time_machine.travel(calendar.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def case() -> Case:
    concern = intake.Concern(
        calendar.municipality(), "Frage", "Wie?", name="Käthe Müßig", email="kaethe@muehltal.example"
    )
    made = intake.take_down(concern=concern, by=None).case
    return cases.assign(case=made, lead=desk.adviser_with_role(), by=None)


def base(case: Case) -> str:
    return f"/beratung/vorgang/{tokens.make(case.concern)}/"


def used_up(case: Case) -> Client:
    """Return a guest who has changed as much as may be."""
    client = Client()
    assert client.post(f"{base(case)}nachricht/", {"text": "Eins"}).status_code == 302
    return client


def test_a_message_stays_in_its_form_and_files_are_asked_for_again(case: Case) -> None:
    client = used_up(case)
    answer = client.post(f"{base(case)}nachricht/", {"text": TEXT, "uploads": desk.pdf()})
    page = answer.content.decode()
    assert answer.status_code == 429
    assert SENTENCE in page
    assert f"{TEXT}</textarea>" in page
    assert "Dateien wählen Sie dann bitte noch einmal" in page
    assert (Message.objects.filter(text=TEXT).count(), CaseFile.objects.count()) == (0, 0)


def test_an_invitation_an_agenda_and_a_hand_over_stay_in_their_forms(case: Case) -> None:
    assert case.lead is not None
    placed = calendar.placement(calendar.form(), calendar.on(3), case.lead)
    row = appointments.book(placement=placed, case=case, by=None)
    client = used_up(case)
    for part, typed in (
        (f"termin/{row.thread}/personen/", {"action": "invite", "name": "Nora Öz", "email": "nora@dorf.example"}),
        (f"termin/{row.thread}/personen/", {"action": "agenda", "text": TEXT}),
        ("uebergeben/", {"name": "Nora Öz", "email": "nora@muehltal.example"}),
    ):
        answer = client.post(f"{base(case)}{part}", typed)
        page = answer.content.decode()
        assert answer.status_code == 429, part
        assert SENTENCE in page
        for name, value in typed.items():
            assert name == "action" or value in page, (part, name)
    assert not Invitation.objects.exists()
    case.refresh_from_db()
    assert case.concern.contact_email == "kaethe@muehltal.example"


def test_a_reason_is_there_to_be_copied(case: Case) -> None:
    answer = used_up(case).post(f"{base(case)}zurueckziehen/", {"reason": TEXT})
    assert answer.status_code == 429
    assert f"{TEXT}</textarea>" in answer.content.decode()
    case.refresh_from_db()
    assert case.state == "assigned"


def test_the_case_is_counted_not_the_address_and_an_account_by_itself(case: Case) -> None:
    used_up(case)
    concern = intake.Concern(case.municipality, "Andere", "Wie?", name="Öz", email="oez@muehltal.example")
    other = intake.take_down(concern=concern, by=None).case
    assert Client().post(f"{base(other)}nachricht/", {"text": "Eins"}).status_code == 302
    person = requests.member(case.municipality)
    intake.claim(case=case, user=person)
    client, address = signed_in(person), f"/beratung/vorgang/{case.reference}/nachricht/"
    assert client.post(address, {"text": "Zwei"}).status_code == 302
    assert client.post(address, {"text": "Drei"}).status_code == 429
