"""What staff enter in the calendar sent twice: the second click is told that it is done, and nothing is twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from consultations.models import (
    Absence,
    Adviser,
    Appointment,
    Case,
    ContactNote,
    Format,
    GroupSession,
    Message,
)
from consultations.services import groups, seats
from portal.core.models import OutboxMessage
from portal.core.work import SAME_WITHIN
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
CASE, GROUPS = "/cms/beratung/vorgang/{pk}/", "/cms/beratung/gruppentermine/"
ABSENCES, ADVISERS = "/cms/beratung/abwesenheiten/new/", "/cms/beratung/beratende/"
TAKEN = "nicht mehr frei"


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
def form() -> Format:
    return make.form()


@pytest.fixture
def client(lead: Adviser) -> Client:
    return signed_in(make.user_of(lead))


def address(case: Case, name: str) -> str:
    return f"{CASE.format(pk=case.pk)}{name}/"


def twice(client: Client, url: str, data: dict[str, Any]) -> list[Any]:
    """Send a form twice and return both answers; nobody gets more mails by the second."""
    first, sent = client.post(url, data), OutboxMessage.objects.count()
    second = client.post(url, data)
    assert OutboxMessage.objects.count() == sent
    return [first, second]


def assert_done(answers: list[Any]) -> None:
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]


@pytest.mark.parametrize("when", ["slot", "typed"])
def test_an_appointment(client: Client, case: Case, form: Format, when: str) -> None:
    start = make.on(1)
    asked = {"slot": start.isoformat()} if when == "slot" else {"day": "2027-03-02", "time": "10:00"}
    answers = twice(client, address(case, "termin"), {**asked, "place": "phone", "place_detail": "06151 1"})
    assert_done(answers)
    assert Appointment.objects.get(case=case).starts_at == start
    page = client.get(CASE.format(pk=case.pk)).content.decode()
    assert "Der Termin ist eingetragen" in page
    assert TAKEN not in page


def test_an_appointment_with_a_change_or_of_somebody_else_is_no_second_click(
    client: Client, case: Case, form: Format, clock: Any
) -> None:
    data = {"slot": make.on(1).isoformat(), "place": "phone", "place_detail": "06151 2"}
    assert client.post(address(case, "termin"), data).status_code == 302
    assert client.post(address(case, "termin"), {**data, "place": "video"}).status_code == 422
    other = signed_in(make.user_of(desk.adviser_with_role("Weiß")))
    refused = other.post(address(case, "termin"), data)
    assert refused.status_code == 422
    assert TAKEN in refused.content.decode()
    clock.shift(SAME_WITHIN + timedelta(seconds=1))
    assert client.post(address(case, "termin"), data).status_code == 422
    assert Appointment.objects.count() == 1


def test_an_appointment_cancelled_meanwhile_is_entered_anew(client: Client, case: Case, form: Format) -> None:
    data = {"slot": make.on(1).isoformat(), "place": "phone"}
    client.post(address(case, "termin"), data)
    row = Appointment.objects.get()
    client.post(f"/cms/beratung/termin/{row.pk}/absagen/", {"reason": "Verschrieben"})
    assert client.post(address(case, "termin"), data).status_code == 302
    assert Appointment.objects.filter(state="confirmed").exclude(pk=row.pk).count() == 1


def test_times_that_are_proposed(client: Client, case: Case, form: Format) -> None:
    slots = [make.on(1).isoformat(), make.on(2).isoformat()]
    assert_done(twice(client, address(case, "vorschlag"), {"slots": slots, "text": "Passt eine davon?"}))
    assert Message.objects.filter(case=case).count() == 1


def test_a_session(client: Client, lead: Adviser) -> None:
    data = {"format": make.group_form().pk, "title": "Sprechstunde Übergang", "day": "2027-03-04",
            "time": "10:00", "adviser": lead.pk, "place": "video", "capacity": "4"}  # fmt: skip
    assert_done(twice(client, f"{GROUPS}neu/", data))
    session = GroupSession.objects.get()
    assert client.post(f"{GROUPS}neu/", {**data, "title": "Eine andere"}).status_code == 422
    client.post(f"{GROUPS}{session.pk}/absagen/", {"reason": ""})
    assert client.post(f"{GROUPS}neu/", data).status_code == 302
    assert GroupSession.objects.count() == 2, "what is cancelled can be planned anew"


def test_a_session_that_is_moved(client: Client, lead: Adviser) -> None:
    wanted = make.placement(make.group_form(), make.on(3), lead, by_centre=True, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde Größen", by=None)
    seats.book(session=session, case=make.case(requester=make_user("amt@stadt.example")), by=None)
    data = {"day": "2027-03-05", "time": "11:00", "adviser": lead.pk}
    assert_done(twice(client, f"{GROUPS}{session.pk}/verschieben/", data))
    session.refresh_from_db()
    assert (session.starts_at, session.sequence) == (make.on(4, 11), 1)


def test_an_absence(client: Client, lead: Adviser) -> None:
    data = {"adviser": lead.pk, "first_day": "2027-03-09", "last_day": "2027-03-10", "deputy": ""}
    assert_done(twice(client, ABSENCES, data))
    assert Absence.objects.count() == 1
    client.post(ABSENCES, {**data, "last_day": "2027-03-11"})
    assert Absence.objects.count() == 2


def test_a_contact_note(client: Client, case: Case) -> None:
    url = f"/cms/beratung/kommunen/{case.municipality.pk}/"
    data = {"day": "2027-03-01", "channel": "phone", "text": "Rückfrage zum Anschluss"}
    assert_done(twice(client, url, data))
    assert ContactNote.objects.count() == 1
    client.post(url, {**data, "text": "Noch eine Rückfrage"})
    assert ContactNote.objects.count() == 2


def inline(prefix: str, *rows: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        found |= {f"{prefix}-{number}-{key}": value for key, value in {"ORDER": number + 1, **row}.items()}
    return found


HOURS = {"weekday": 5, "starts": "09:00", "ends": "12:00", "valid_from": "", "valid_until": ""}


def test_hours_and_days_that_differ(client: Client, lead: Adviser) -> None:
    before = lead.hours.count()
    data = {**inline("hours", HOURS), **inline("overrides", {"day": "2027-03-08", "starts": "", "ends": ""})}
    assert_done(twice(client, f"{ADVISERS}edit/{lead.pk}/", data))
    lead = Adviser.objects.get(pk=lead.pk)
    assert (lead.hours.count(), lead.overrides.count()) == (before + 1, 1)
    client.post(f"{ADVISERS}edit/{lead.pk}/", {**data, "hours-0-ends": "13:00"})
    assert Adviser.objects.get(pk=lead.pk).hours.count() == before + 2


def test_an_adviser() -> None:
    client = signed_in(desk.person("Koordination", "koordination@kkv.example"))
    colleague = make_user("neu@kkv.example", role="Beratung", last_name="Neu")
    data = {"user": colleague.pk, "active": "on", "weight": 50, **inline("hours", HOURS), **inline("overrides")}
    first, second = twice(client, f"{ADVISERS}new/", data)
    made = Adviser.objects.get(user=colleague)
    assert first.status_code == second.status_code == 302
    assert second["Location"] == f"{ADVISERS}edit/{made.pk}/"
    assert "ist angelegt" in client.get(second["Location"]).content.decode()
    assert made.hours.count() == 1
