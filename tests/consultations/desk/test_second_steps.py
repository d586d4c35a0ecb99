"""A second click on the desk is told that it is done, and of no error; who comes after somebody else reads why."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from consultations.models import Adviser, Appointment, Case
from consultations.services import appointments, cases, changes, groups
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
NOT_POSSIBLE = "bei diesem Stand des Vorgangs nicht möglich"


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role("Anna")


@pytest.fixture
def client(lead: Adviser) -> Client:
    return signed_in(make.user_of(lead))


def twice(client: Client, address: str, action: str) -> str:
    """Click twice before the page is there; returns what is read then."""
    for _ in range(2):
        answer = client.post(address, {"action": action})
    return client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("before", "action", "label"),
    [
        ((), "ask", "Wartet auf Kommune"),
        ((), "advise", "Beraten"),
        (("advise",), "continue", "In Bearbeitung"),
        (("advise",), "close", "Abgeschlossen"),
        (("advise", "close"), "reopen", "In Bearbeitung"),
    ],
)
def test_a_step_of_a_case(lead: Adviser, client: Client, before: tuple[str, ...], action: str, label: str) -> None:
    case = desk.working_case(lead)
    for step in before:
        act: dict[str, Any] = {} if step == "close" else {"action": step}
        case = (cases.close if step == "close" else cases.advance)(case=case, by=lead.user, **act)
    page = twice(client, f"/cms/beratung/vorgang/{case.pk}/weiter/", action)
    assert f"Der Vorgang ist jetzt „{label}“" in page
    assert NOT_POSSIBLE not in page


def test_a_step_of_somebody_else_is_no_success_of_mine(lead: Adviser, client: Client) -> None:
    case = desk.working_case(lead)
    cases.advance(case=case, action="advise", by=desk.person("Beratung", "bernd@kkv.example"))
    page = twice(client, f"/cms/beratung/vorgang/{case.pk}/weiter/", "advise")
    assert NOT_POSSIBLE in page
    assert "Der Vorgang ist jetzt" not in page


def test_my_step_that_was_undone_meanwhile_is_none(lead: Adviser, client: Client) -> None:
    case, address = desk.working_case(lead), ""
    address = f"/cms/beratung/vorgang/{case.pk}/weiter/"
    client.post(address, {"action": "advise"})
    cases.close(case=Case.objects.get(pk=case.pk), by=None)
    page = client.post(address, {"action": "advise"}, follow=True).content.decode()
    assert NOT_POSSIBLE in page


def asked(lead: Adviser, case: Case) -> Appointment:
    wanted = make.placement(make.form(entry="triage"), make.on(2), lead, place="video")
    return appointments.request_slot(placement=wanted, case=case, by=None)


def test_a_confirmation(lead: Adviser, client: Client) -> None:
    row = asked(lead, desk.working_case(lead))
    address = f"/cms/beratung/termin/{row.pk}/festhalten/"
    page = twice(client, address, "bestaetigen")
    assert "Der Termin ist bestätigt." in page
    assert "schon bestätigt" not in page
    other = signed_in(desk.person("Beratung", "bernd@kkv.example"))
    assert "schon bestätigt" in twice(other, address, "bestaetigen")
    changes.cancel(appointment=row, by=None)
    late = client.post(address, {"action": "bestaetigen"}, follow=True).content.decode()
    assert "Dieser Termin ist abgesagt." in late


@pytest.mark.parametrize(
    ("action", "said"),
    [("durchgefuehrt", "als durchgeführt festgehalten"), ("nicht-erschienen", "Festgehalten: nicht erschienen")],
)
def test_what_became_of_an_appointment(lead: Adviser, client: Client, action: str, said: str) -> None:
    case = desk.working_case(lead)
    wanted = make.placement(make.form(), make.on(0), lead, place="video")
    row = appointments.book(placement=wanted, case=case, by=None)
    with time_machine.travel(make.on(0, 12), tick=False):
        page = twice(client, f"/cms/beratung/termin/{row.pk}/festhalten/", action)
    assert said in page
    assert "hat schon stattgefunden" not in page
    assert "Dieser Termin ist vorbei" not in page


def test_a_session_that_took_place(lead: Adviser, client: Client) -> None:
    wanted = make.placement(make.group_form(), make.on(0), lead, by_centre=True, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde", by=None)
    other = signed_in(desk.person("Beratung", "bernd@kkv.example"))
    address = f"/cms/beratung/gruppentermine/{session.pk}/durchgefuehrt/"
    with time_machine.travel(make.on(0, 12), tick=False):
        page = twice(client, address, "")
        assert "als durchgeführt festgehalten" in page
        assert "findet nicht mehr statt" not in page
        assert "als durchgeführt festgehalten" not in twice(other, address, "")
