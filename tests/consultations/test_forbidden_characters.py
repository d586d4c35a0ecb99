"""NUL and its like in what the municipality's side reads: PostgreSQL refuses them, and the page must not fail."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client

from consultations.models import Adviser, Appointment, Case, Concern, RequestDraft
from consultations.requester import tokens
from consultations.services import appointments
from portal.accounts.models import Municipality
from tests.factories import calendar, desk, requests
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
NUL = "\x00"
START = "/beratung/anfragen/"


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.mark.parametrize("name", ["anliegen", "seite", "termin", "format", "kommune"])
@pytest.mark.parametrize("value", ["/a", "erstgespraech", "stadt", ""])
def test_the_first_page_opens(town: Municipality, name: str, value: str) -> None:
    assert Client().get(f"{START}?{name}={quote(value + NUL)}").status_code == 200


def test_a_link_does_not_bring_them_into_a_draft(town: Municipality) -> None:
    carried = {"anliegen": f"Ein{NUL}Wort", "seite": f"/seite{NUL}/", "format": f"x{NUL}", "termin": NUL}
    answer = Client().post(START, {"topic": "0", "municipality": town.pk, **carried})
    assert answer.status_code == 302
    answers = RequestDraft.objects.get().answers
    assert (answers["subject_hint"], answers["page"]) == ("Ein Wort", "/seite /")
    assert NUL not in repr(answers).replace("\\x00", NUL)


@pytest.mark.parametrize("page", ["/kontakt/", "/barriere-melden/"])
def test_the_forms_for_all_open(town: Municipality, page: str) -> None:
    answer = Client().get(f"{page}?anliegen=a%00b&seite=/x%00")
    assert answer.status_code in (200, 404)
    assert NUL not in answer.content.decode()


def test_the_choice_of_a_format(town: Municipality) -> None:
    walk = requests.Walk(Client(), town)
    walk.up_to_the_choice()
    for _ in range(2):
        assert walk.post("termin", format=f"erst{NUL}", action="format").status_code == 422
        walk.choose_format()


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role(weekdays=range(7))


def guest(lead: Adviser, *, asks: bool = False) -> tuple[Case, Appointment, str]:
    case = desk.working_case(lead)
    concern = Concern.objects.create(case=case, contact_name="Uwe Alt", contact_email="uwe@muehltal.example")
    act = appointments.request_slot if asks else appointments.book
    wanted = calendar.placement(calendar.form(), calendar.on(1), lead, place="video")
    row = act(placement=wanted, case=case, by=None)
    return case, row, f"/beratung/vorgang/{tokens.make(concern)}/"


@pytest.mark.parametrize(
    ("asks", "typed"),
    [
        (False, {"action": "cancel"}),
        (False, {"slot": int(calendar.on(2).timestamp()) // 60}),
        (True, {"action": "withdraw"}),
        (True, {"slot": int(calendar.on(2).timestamp()) // 60}),
    ],
)
def test_the_reason_of_a_change(lead: Adviser, asks: bool, typed: dict[str, str]) -> None:
    case, row, base = guest(lead, asks=asks)
    answer = Client().post(f"{base}termin/{row.thread}/", {**typed, "reason": f" Krank\x00heit\x0b{NUL}"})
    assert answer.status_code == 302
    assert "Krank heit" in Appointment.objects.filter(case=case).values_list("reason", flat=True)


def test_the_reason_of_a_withdrawal(lead: Adviser) -> None:
    case, _, base = guest(lead)
    assert Client().post(f"{base}zurueckziehen/", {"reason": f"Er{NUL}ledigt"}).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.reason) == ("withdrawn", "Er ledigt")


def test_the_number_of_a_case(town: Municipality) -> None:
    client = signed_in(requests.member(town))
    for path in ("", "uebergeben/"):
        for send in (client.get, client.post):
            assert send(f"/beratung/vorgang/B-12%004-5678/{path}").status_code in (404, 405)
