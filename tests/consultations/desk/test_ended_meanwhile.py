"""A case or an appointment ends while somebody writes: the form comes back with every word, and says why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client

from consultations.models import Adviser, Appointment, Case, FaqDraft, InternalNote, Message
from consultations.services import appointments, cases, changes, faq_drafts, groups, minutes
from portal.accounts.models import Membership, Municipality
from portal.core.visibility import EXTERNAL_ADVISER_GROUP
from portal.core.work import SAME_WITHIN
from tests import factories
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
CASE, APPOINTMENT = "/cms/beratung/vorgang/{pk}/", "/cms/beratung/termin/{pk}/"
GROUPS, OUTSIDE = "/cms/beratung/gruppentermine/", "/beratung/zugewiesen/"
LONG = "Ein langer Text, an dem jemand eine halbe Stunde geschrieben hat."
ENDED = "Dieser Vorgang ist inzwischen beendet"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(make.NOW, tick=False) as found:
        yield found


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def case(lead: Adviser) -> Case:
    return desk.working_case(lead)


@pytest.fixture
def client(lead: Adviser) -> Client:
    return signed_in(make.user_of(lead))


@pytest.fixture
def other(lead: Adviser) -> Client:
    return signed_in(make_user("zwei@kkv.example", role="Beratung", last_name="Zwei"))


def assert_kept(answer: Any, *words: str) -> None:
    assert answer.status_code == 422
    text = answer.content.decode()
    for word in words:
        assert word in text, word


@pytest.mark.parametrize(("step", "fields"), [
    ("nachricht", {"text": LONG}), ("aufgabe", {"side": "municipality", "text": LONG}),
    ("ablehnen", {"reason": LONG}), ("zurueckgezogen", {"reason": LONG}),
])  # fmt: skip
def test_a_form_of_the_case(client: Client, case: Case, step: str, fields: dict[str, str]) -> None:
    address = f"{CASE.format(pk=case.pk)}{step}/"
    assert client.get(address).status_code == 200
    cases.withdraw(case=case, by=None)
    assert_kept(client.post(address, fields), LONG, ENDED)
    assert not Message.objects.filter(text=LONG).exists()
    assert client.get(address).status_code == 302, "an empty form leads back as before"


@pytest.mark.parametrize(("step", "state"), [("ablehnen", "declined"), ("zurueckgezogen", "withdrawn")])
def test_a_second_click_that_ends_a_case(client: Client, other: Client, case: Case, step: str, state: str) -> None:
    address = f"{CASE.format(pk=case.pk)}{step}/"
    answers = [client.post(address, {"reason": LONG}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    case.refresh_from_db()
    assert (case.state, case.reason) == (state, LONG)
    assert_kept(client.post(address, {"reason": "Ein anderer Grund"}), "Ein anderer Grund", ENDED)
    assert_kept(other.post(address, {"reason": LONG}), LONG, ENDED)


@pytest.mark.parametrize(
    ("name", "fields"),
    [("termin", {"place": "phone", "place_detail": LONG}), ("vorschlag", {"slots": [], "text": LONG})],
)
def test_a_new_date(client: Client, case: Case, name: str, fields: dict[str, Any]) -> None:
    make.form()
    cases.decline(case=case, by=None, reason="Nicht zuständig")
    answer = client.post(f"{CASE.format(pk=case.pk)}{name}/", {**fields, "slot": make.on(1).isoformat()})
    assert_kept(answer, LONG, ENDED)
    assert not Appointment.objects.exists()
    assert client.get(f"{CASE.format(pk=case.pk)}{name}/").status_code == 302


@pytest.fixture
def booked(case: Case, lead: Adviser) -> Appointment:
    placed = make.placement(make.form(), make.on(1), lead, place="phone")
    return appointments.book(placement=placed, case=case, by=None)


@pytest.mark.parametrize(
    ("name", "fields"),
    [("absagen", {"reason": LONG}), ("ort", {"place": "phone", "place_detail": LONG}),
     ("verschieben", {"slot": make.on(2).isoformat(), "place": "phone", "place_detail": LONG})],
)  # fmt: skip
def test_an_appointment_that_has_changed(
    client: Client, booked: Appointment, name: str, fields: dict[str, str]
) -> None:
    changes.cancel(appointment=booked, by=None)
    address = f"{APPOINTMENT.format(pk=booked.pk)}{name}/"
    assert_kept(client.post(address, fields), LONG, "hat sich inzwischen geändert")
    assert client.get(address).status_code == 302


def test_a_second_click_on_an_appointment_is_told_that_it_is_done(
    client: Client, other: Client, booked: Appointment, clock: Any
) -> None:
    move = f"{APPOINTMENT.format(pk=booked.pk)}verschieben/"
    data = {"slot": make.on(2).isoformat(), "place": "phone", "place_detail": ""}
    assert [client.post(move, data).status_code for _ in range(2)] == [302, 302]
    assert_kept(client.post(move, {**data, "slot": make.on(3).isoformat()}), "inzwischen geändert")
    assert_kept(client.post(move, {**data, "place_detail": "06151 77"}), "06151 77", "inzwischen geändert")
    new = Appointment.objects.get(moved_from=booked)
    cancel = f"{APPOINTMENT.format(pk=new.pk)}absagen/"
    assert [client.post(cancel, {"reason": LONG}).status_code for _ in range(2)] == [302, 302]
    assert_kept(other.post(cancel, {"reason": LONG}), LONG)
    clock.shift(SAME_WITHIN + timedelta(seconds=1))
    assert_kept(client.post(cancel, {"reason": LONG}), LONG)


def test_a_second_click_that_confirms_another_time(client: Client, case: Case, lead: Adviser) -> None:
    row = appointments.request_by_wishes(
        case=case, form=make.form(), wishes=[(make.MONDAY + timedelta(days=2), "morning")], by=None
    )
    address = f"{APPOINTMENT.format(pk=row.pk)}bestaetigen/"
    data = {"day": "2027-03-03", "time": "10:00", "place": "phone"}
    assert [client.post(address, data).status_code for _ in range(2)] == [302, 302]
    assert_kept(client.post(address, {**data, "time": "11:00"}), "inzwischen geändert")


def test_a_group_session(client: Client, lead: Adviser) -> None:
    placed = make.placement(make.group_form(), make.on(3), lead, by_centre=True, place="video")
    session = groups.plan(placement=placed, title="Sprechstunde", by=None)
    address = f"{GROUPS}{session.pk}/"
    assert [client.post(f"{address}absagen/", {"reason": LONG}).status_code for _ in range(2)] == [302, 302]
    changed = {"title": LONG, "place": "video", "place_detail": "", "capacity": "3"}
    assert_kept(client.post(f"{address}aendern/", changed), LONG, "findet nicht mehr statt")
    assert client.get(f"{address}aendern/").status_code == 302


def test_an_adviser_from_outside(lead: Adviser, case: Case) -> None:
    outside = desk.adviser_with_role("Extern", role="", external=True)
    person = make.user_of(outside)
    person.groups.add(Group.objects.get_or_create(name=EXTERNAL_ADVISER_GROUP)[0])
    body = Municipality.objects.create(name="Städteverbund", slug="test-verbund", kind=Municipality.Kind.VERBAND)
    Membership.objects.create(
        user=person, municipality=body, state="confirmed", confirmed_at=make.NOW, is_external_adviser=True
    )
    cases.assign(case=case, lead=lead, by=None, further=[outside])
    cases.decline(case=case, by=None, reason="Nicht zuständig")
    client, address = signed_in(person), f"{OUTSIDE}{case.pk}/"
    assert_kept(client.post(address, {"text": LONG}), LONG, ENDED)
    assert not Message.objects.filter(text=LONG).exists()
    assert "Nachricht an die Kommune" not in client.get(address).content.decode()


def test_a_question_whose_case_is_open_again_or_passed_on(client: Client, lead: Adviser, case: Case) -> None:
    case = cases.advance(case=case, action="advise", by=lead.user)
    written = minutes.write(case=case, by=lead.user, question="Wie?", answer="So.", text="")
    address, topic = f"/cms/beratung/protokoll/{written.pk}/faq/", factories.topic("Kasse")
    data = {"question": "Wie geht es?", "answer": LONG, "topic": topic.pk}
    Case.objects.filter(pk=case.pk).update(state="in_progress")
    assert_kept(client.post(address, data), LONG, "beraten, beantwortet oder abgeschlossen")
    Case.objects.filter(pk=case.pk).update(state=case.state)
    case.refresh_from_db()
    draft = faq_drafts.propose(minutes=written, question="Wie?", answer="So.", topic=topic, by=lead.user)
    seen = faq_drafts.fingerprint(draft)
    faq_drafts.confirm(draft=draft, by=make_user("drei@kkv.example"), text_seen=seen, hints_seen=True)
    assert_kept(client.post(address, data), LONG, "liegt schon bei der Redaktion")
    assert FaqDraft.objects.get().answer == "So."


def test_notes_go_on_after_the_end(client: Client, case: Case) -> None:
    cases.decline(case=case, by=None, reason="Nicht zuständig")
    assert client.post(f"{CASE.format(pk=case.pk)}notiz/", {"text": LONG}).status_code == 302
    assert InternalNote.objects.filter(text=LONG).exists()
