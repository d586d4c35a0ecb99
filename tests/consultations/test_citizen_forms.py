"""Every text that leaves, or is shown to the other side, is looked at before it is sent; and never refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.models import Case, CaseTask, GroupSession, Message, Minutes, Rating
from consultations.requester import tokens
from consultations.services import appointments, cases, groups, intake, ratings
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
TEXT = "Es geht um Frau Müller, geboren am 3. März 1985."
SENTENCE = "was wie ein Name mit Geburtsdatum aussieht"
CHECKED = {"no_citizens": "on"}


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(make.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def case() -> Case:
    """A case the centre has taken down, in progress: its link opens it."""
    concern = intake.Concern(make.municipality(), "Frage", "Wie?", name="Käthe Müßig", email="k@muehltal.example")
    made = intake.take_down(concern=concern, by=None).case
    made = cases.assign(case=made, lead=desk.adviser_with_role(), by=None)
    return cases.advance(case=made, action="start", by=None)


@pytest.fixture
def staff(case: Case) -> Client:
    assert case.lead is not None
    return signed_in(case.lead.user)


def warned_then_sent(client: Client, address: str, data: dict[str, Any]) -> None:
    """Send a text: asked for a look first, with what was typed; sent once that is confirmed."""
    answer = client.post(address, data)
    page = answer.content.decode()
    assert answer.status_code in (409, 422), address
    assert SENTENCE in page
    assert TEXT in page, "nothing typed is lost"
    assert 'name="no_citizens"' in page
    assert client.post(address, {**data, **CHECKED}).status_code == 302


@pytest.mark.parametrize(("step", "data", "table"), [
    ("aufgabe", {"side": "municipality", "text": TEXT}, CaseTask),
    ("protokoll", {"text": TEXT, "release": "on"}, Minutes),
    ("protokoll", {"question": TEXT, "answer": "So."}, Minutes),
])  # fmt: skip
def test_tasks_and_minutes(staff: Client, case: Case, step: str, data: dict[str, Any], table: Any) -> None:
    warned_then_sent(staff, f"/cms/beratung/vorgang/{case.pk}/{step}/", data)
    assert table.objects.count() == 1


@pytest.mark.parametrize(("step", "state"), [("ablehnen", "declined"), ("zurueckgezogen", "withdrawn")])
def test_reasons_for_the_end_of_a_case(staff: Client, case: Case, step: str, state: str) -> None:
    warned_then_sent(staff, f"/cms/beratung/vorgang/{case.pk}/{step}/", {"reason": TEXT})
    case.refresh_from_db()
    assert (case.state, case.reason) == (state, TEXT)


def test_a_proposal_and_the_reason_of_a_cancellation(staff: Client, case: Case) -> None:
    assert case.lead is not None
    form = make.form()
    address = f"/cms/beratung/vorgang/{case.pk}/vorschlag/"
    slot = staff.get(address).context["form"].fields["slots"].choices[0][1][0][0]
    warned_then_sent(staff, address, {"slots": [slot], "text": TEXT})
    assert TEXT in Message.objects.latest("pk").text
    row = appointments.book(placement=make.placement(form, make.on(3), case.lead), case=case, by=None)
    warned_then_sent(staff, f"/cms/beratung/termin/{row.pk}/absagen/", {"reason": TEXT})
    row.refresh_from_db()
    assert (row.state, row.reason) == ("cancelled", TEXT)


def test_the_reason_of_a_cancelled_group_session(staff: Client, case: Case) -> None:
    assert case.lead is not None
    dated = make.placement(make.group_form(), make.on(4), case.lead, place="video")
    session = groups.plan(placement=dated, title="Sprechstunde", by=None)
    warned_then_sent(staff, f"/cms/beratung/gruppentermine/{session.pk}/absagen/", {"reason": TEXT})
    assert GroupSession.objects.get().state == "cancelled"


def test_reasons_of_the_municipality(case: Case) -> None:
    assert case.lead is not None
    row = appointments.book(placement=make.placement(make.form(), make.on(3), case.lead), case=case, by=None)
    base, client = f"/beratung/vorgang/{tokens.make(case.concern)}/", Client()
    warned_then_sent(client, f"{base}termin/{row.thread}/", {"action": "cancel", "reason": TEXT})
    row.refresh_from_db()
    assert (row.state, row.reason) == ("cancelled", TEXT)
    warned_then_sent(client, f"{base}zurueckziehen/", {"reason": TEXT})
    case.refresh_from_db()
    assert case.state == "withdrawn"


def test_the_remark_of_a_rating(case: Case) -> None:
    cases.close(case=cases.advance(case=case, action="advise", by=None), by=None)
    address = f"/beratung/bewertung/{ratings.token_for(Case.objects.get())}/"
    warned_then_sent(Client(), address, {"stars": "5", "solved": "ja", "text": TEXT})
    assert Rating.objects.get().text == TEXT


def test_texts_without_anything_of_a_citizen_are_not_asked_about(staff: Client, case: Case) -> None:
    address = f"/cms/beratung/vorgang/{case.pk}/aufgabe/"
    text = "Das Geburtsdatum wird seit dem 01.01.2020 übermittelt"
    assert "no_citizens" not in staff.get(address).content.decode()
    assert staff.post(address, {"side": "centre", "text": text}).status_code == 302
