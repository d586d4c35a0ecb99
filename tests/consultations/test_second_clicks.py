"""A municipality's second click: told that it is done, nothing changes, and nobody gets a mail by it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from consultations.models import Adviser, Appointment, Case, Concern, Format, RequestDraft, WaitingEntry
from consultations.refusals import NotPossible
from consultations.requester import changing, tokens
from consultations.services import appointments, cases, changes, groups, seats
from consultations.wizard import drafts
from portal.core.models import OutboxMessage
from tests.factories import calendar as make
from tests.factories import desk, requests
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


@pytest.fixture
def adviser() -> Adviser:
    return desk.adviser_with_role("Größe")


@pytest.fixture
def form(adviser: Adviser) -> Format:
    return make.form()


def guest(form: Format | None = None, name: str = "Nora Öz") -> Case:
    case = make.case(form=form)
    address = f"{name.partition(' ')[0].lower()}@muehltal.example"
    Concern.objects.create(case=case, contact_name=name, contact_email=address)
    return case


@pytest.fixture
def case(form: Format) -> Case:
    return guest(form)


@pytest.fixture
def booked(case: Case, form: Format, adviser: Adviser) -> Appointment:
    return appointments.book(
        placement=make.placement(form, make.on(1), adviser, place="video"), case=case, by=None
    )


def base(case: Case) -> str:
    return f"/beratung/vorgang/{tokens.make(case.concern)}/"


def minute(days: int, hour: int = 10) -> int:
    return int(make.on(days, hour).timestamp()) // 60


def twice(url: str, data: dict[str, Any], client: Client | None = None) -> str:
    """Send a form twice: both answers lead to the same page, which is returned; the second writes to nobody."""
    sender = client or Client()
    first, sent = sender.post(url, data), OutboxMessage.objects.count()
    second = sender.post(url, data)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert OutboxMessage.objects.count() == sent
    return sender.get(second["Location"]).content.decode()


# -- seats of the waiting list ------------------------------------------------------------------------------------


def offered(adviser: Adviser, entry_of: Case, **fields: Any) -> WaitingEntry:
    """Return the entry of a case that a seat is offered to, in three days."""
    form = make.group_form(capacity=1, places=["video"], **fields)
    wanted = make.placement(form, make.on(3), adviser, by_centre=True, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde", by=None)
    first = seats.book(session=session, case=guest(name="Käthe Süß"), by=None)
    entry = seats.join(session=session, case=entry_of, by=None)
    changes.cancel(appointment=first, by=None)
    return WaitingEntry.objects.get(pk=entry.pk)


@pytest.mark.parametrize(
    ("entry_way", "said"), [("direct", "Platz ist gebucht"), ("triage", "für Sie vorgemerkt")]
)
def test_an_accepted_seat(adviser: Adviser, entry_way: str, said: str) -> None:
    case = guest()
    entry = offered(adviser, case, entry=entry_way)
    assert entry.state == "offered"
    assert said in twice(f"{base(case)}warteliste/{entry.pk}/", {"action": "accept"})
    assert Appointment.objects.filter(case=case).count() == 1


def test_an_accepted_seat_is_found_after_its_session_has_moved_and_not_after_it_was_cancelled(
    adviser: Adviser,
) -> None:
    entry = offered(adviser, guest())
    seat = seats.accept(entry=entry, by=None)
    later = make.placement(entry.session.format, make.on(4), adviser, by_centre=True, place="video")
    groups.move(session=entry.session, placement=later, by=None)
    again = seats.accept(entry=entry, by=None)
    assert (again.thread, again.starts_at, again.state) == (seat.thread, make.on(4), "confirmed")
    changes.cancel(appointment=again, by=None)
    with pytest.raises(NotPossible, match="kein Platz angeboten"):
        seats.accept(entry=entry, by=None)


def test_leaving_the_line(adviser: Adviser) -> None:
    case = guest()
    entry = offered(adviser, case)
    assert "nicht mehr auf der Warteliste" in twice(f"{base(case)}warteliste/{entry.pk}/", {"action": "leave"})


# -- a time that is chosen ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("entry", "said"), [("direct", "Termin ist gebucht"), ("triage", "Termin ist angefragt")])
def test_a_chosen_time(case: Case, form: Format, entry: str, said: str) -> None:
    Format.objects.filter(pk=form.pk).update(entry=entry)
    address = f"{base(case)}termin-waehlen/"
    assert said in twice(address, {"slot": minute(2)})
    other = Client().post(address, {"slot": minute(2, 11)})
    assert other.status_code == 409
    assert "schon einen Termin" in other.content.decode()
    assert Appointment.objects.filter(case=case).count() == 1


def test_a_chosen_time_of_somebody_with_an_account(form: Format) -> None:
    person = requests.member(make.municipality())
    case = make.case(form=form, requester=person)
    Concern.objects.create(case=case)
    client = Client()
    client.force_login(person)
    address = f"/beratung/vorgang/{case.reference}/termin-waehlen/"
    assert "Termin ist gebucht" in twice(address, {"slot": minute(2)}, client)


def test_a_chosen_seat(adviser: Adviser) -> None:
    group = make.group_form(places=["video"])
    wanted = make.placement(group, make.on(3), adviser, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde NOOTS", by=None)
    case = guest(group)
    assert "Termin ist gebucht" in twice(f"{base(case)}termin-waehlen/", {"session": session.pk})
    assert Client().post(f"{base(case)}termin-waehlen/", {"slot": minute(3)}).status_code == 409, "no seat"


# -- the time an appointment has already --------------------------------------------------------------------------


def test_a_moved_appointment(booked: Appointment, case: Case) -> None:
    address = f"{base(case)}termin/{booked.thread}/"
    assert "Termin ist verschoben" in twice(address, {"slot": minute(2)})
    moved = Appointment.objects.get(case=case, state="confirmed")
    assert (moved.starts_at, moved.sequence) == (make.on(2), 1)
    slots = re.findall(r'name="slot" value="(\d+)"', Client().get(address).content.decode())
    assert str(minute(2)) not in slots, "its own time is no choice"
    assert str(minute(1)) in slots


def test_the_row_from_before_the_first_click_is_moved_there_already(
    booked: Appointment, form: Format, adviser: Adviser
) -> None:
    wanted = make.placement(form, make.on(2), adviser)
    moved = changes.move(appointment=booked, placement=wanted, by=None)
    assert changes.move(appointment=booked, placement=wanted, by=None) == moved
    assert changes.move(appointment=moved, placement=wanted, by=None).sequence == moved.sequence
    assert changing.change(booked, "move", by=None, minute=minute(2)) == "verschoben"
    with pytest.raises(NotPossible, match="öffnen Sie den neuen"):
        changes.move(appointment=booked, placement=make.placement(form, make.on(4), adviser), by=None)


def test_another_place_or_other_people_at_the_same_time_are_a_change(
    booked: Appointment, form: Format, adviser: Adviser
) -> None:
    phone = changes.move(
        appointment=booked, placement=make.placement(form, make.on(1), adviser, place="phone"), by=None
    )
    assert (phone.place, phone.sequence) == ("phone", 1)
    other = changes.move(
        appointment=phone, placement=make.placement(form, make.on(1), make.adviser("Weiß")), by=None
    )
    assert other.sequence == 2


def test_the_desk_moves_to_where_it_is(booked: Appointment, adviser: Adviser) -> None:
    before = OutboxMessage.objects.count()
    data = {"slot": make.on(1).isoformat(), "place": "video", "place_detail": ""}
    answer = signed_in(make.user_of(adviser)).post(f"/cms/beratung/termin/{booked.pk}/verschieben/", data)
    assert answer.status_code == 302
    booked.refresh_from_db()
    assert (booked.state, booked.sequence) == ("confirmed", 0)
    assert OutboxMessage.objects.count() == before


def test_another_time_for_a_request(case: Case, form: Format, adviser: Adviser) -> None:
    wanted = make.placement(form, make.on(1), adviser, place="video")
    asked = appointments.request_slot(placement=wanted, case=case, by=None)
    address = f"{base(case)}termin/{asked.thread}/"
    assert "andere Zeit ist angefragt" in twice(address, {"slot": minute(2)})
    asked.refresh_from_db()
    assert (asked.starts_at, asked.sequence) == (make.on(2), 1)
    same = make.placement(form, make.on(2), adviser)
    assert appointments.choose_again(appointment=asked, placement=same, by=None).sequence == 1


def test_a_second_click_answers_no_question_of_the_centre(case: Case, form: Format, adviser: Adviser) -> None:
    wanted = make.placement(form, make.on(1), adviser, place="video")
    asked = appointments.request_slot(placement=wanted, case=case, by=None)
    row = cases.assign(case=case, lead=adviser, by=None)
    cases.advance(case=row, action="start", by=None)
    changing.change(asked, "move", by=None, minute=minute(2))
    cases.advance(case=row, action="ask", by=None)
    changing.change(asked, "move", by=None, minute=minute(2))
    assert Case.objects.get(pk=case.pk).state == "waiting"


@pytest.mark.parametrize("action", ["cancel", "withdraw"])
def test_an_end_is_told_once_though_the_row_is_from_before(
    case: Case, form: Format, adviser: Adviser, action: str
) -> None:
    wanted = make.placement(form, make.on(1), adviser, place="video")
    act = appointments.book if action == "cancel" else appointments.request_slot
    row = act(placement=wanted, case=case, by=None)
    word = changing.change(row, action, by=None)
    sent = OutboxMessage.objects.count()
    row.state = "confirmed" if action == "cancel" else "requested"  # as the second of two at once has read it
    assert changing.change(row, action, by=None) == word
    assert OutboxMessage.objects.count() == sent


# -- the wizard ---------------------------------------------------------------------------------------------------


def test_guidance_that_has_answered() -> None:
    walk = requests.Walk(Client(), make.municipality())
    walk.begin()
    walk.post("anliegen", **requests.CONCERN)
    assert "Schön" in twice(f"{walk.base}hilfen/", {"action": "solved"}, walk.client)
    assert walk.post("hilfen", action="on").status_code == 404
    assert walk.post("anliegen", action="solved").status_code == 404
    assert walk.client.get(f"{walk.base}hilfen/").status_code == 404
    made_up = walk.base.replace("/anfragen/", "/anfragen/x")
    assert walk.client.post(f"{made_up}hilfen/", {"action": "solved"}).status_code == 404


def test_a_draft_of_somebody_else_is_not_said_to_be_answered() -> None:
    town = make.municipality()
    client = Client()
    client.force_login(requests.member(town))
    walk = requests.Walk(client)
    walk.begin()
    walk.post("anliegen", **requests.CONCERN)
    assert Client().post(f"{walk.base}hilfen/", {"action": "solved"}).status_code == 403, "the login comes first"
    assert RequestDraft.objects.count() == 1
    RequestDraft.objects.update(changed_at=make.NOW - drafts.life() - timedelta(days=1))
    assert client.post(f"{walk.base}hilfen/", {"action": "solved"}).status_code == 404, "too old, not answered"
