"""Seats of a group format that the centre confirms: asked for, confirmed, declined, moved, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from consultations.models import Appointment, Case, Concern, GroupSession, Seat, WaitingEntry
from consultations.refusals import NotPossible, SlotTaken
from consultations.requester import tokens
from consultations.services import appointments, cases, groups, seats
from tests import mails
from tests.factories import calendar as make
from tests.factories import desk, requests
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


@pytest.fixture
def session() -> GroupSession:
    """One seat, in three days at 10, confirmed by the centre."""
    form = make.group_form(capacity=1, entry="triage", places=["video"])
    wanted = make.placement(form, make.on(3), desk.adviser_with_role(), by_centre=True, place="video")
    return groups.plan(placement=wanted, title="Werkstatt NOOTS", by=None)


def guest(name: str = "Nora Öz") -> Case:
    case = make.case(municipality=make.municipality(f"Ort {name}"))
    address = f"{name.partition(' ')[0].lower()}@muehltal.example"
    Concern.objects.create(case=case, contact_name=name, contact_email=address)
    return case


def waiting(session: GroupSession, case: Case | None = None) -> WaitingEntry:
    return seats.join(session=session, case=case or guest("Käthe Süß"), by=None)


def test_the_wizard_asks_and_the_desk_confirms(session: GroupSession) -> None:
    town = make.municipality()
    person = requests.member(town)
    client = Client()
    client.force_login(person)
    walk = requests.Walk(client)
    walk.up_to_the_choice()
    walk.choose_format("sprechstunde")
    assert walk.post("termin", format="sprechstunde", session=f"platz:{session.pk}").status_code == 302
    assert walk.post("pruefen").status_code == 302
    seat = Appointment.objects.get(session=session)
    assert (seat.state, seat.seat.number) == ("requested", 1)
    works = signed_in(desk.person("Beratung", "wer@kkv.example"))
    for address in (f"/cms/beratung/gruppentermine/{session.pk}/", f"/cms/beratung/vorgang/{seat.case_id}/"):
        text = works.get(address).content.decode()
        assert "Bestätigen" in text, address
        assert "Ablehnen" in text, address
    done = works.post(f"/cms/beratung/termin/{seat.pk}/festhalten/", {"action": "bestaetigen", "back": "session"})
    assert done["Location"] == f"/cms/beratung/gruppentermine/{session.pk}/"
    seat.refresh_from_db()
    assert (seat.state, seat.seat.number) == ("confirmed", 1)
    assert any("steht fest" in mail["Subject"] for mail in mails.deliver())


def _decline(seat: Appointment) -> None:
    appointments.decline(appointment=seat, by=None, reason="Passt nicht")


def _withdraw(seat: Appointment) -> None:
    appointments.withdraw(appointment=seat, by=None)


def _end_case(seat: Appointment) -> None:
    cases.withdraw(case=Case.objects.get(pk=seat.case_id or 0), by=None)


@pytest.mark.parametrize("end", [_decline, _withdraw, _end_case])
def test_a_request_that_ends_frees_the_seat_for_who_waits(
    session: GroupSession, end: Callable[[Appointment], None]
) -> None:
    seat = seats.ask(session=session, case=guest(), by=None)
    entry = waiting(session)
    with pytest.raises(SlotTaken):
        seats.ask(session=session, case=make.case(), by=None)
    end(seat)
    entry.refresh_from_db()
    assert entry.state == "offered"
    assert entry.appointment is not None
    assert Seat.objects.get(session=session).appointment == entry.appointment


def test_who_accepts_from_the_waiting_list_is_confirmed_by_the_centre(session: GroupSession) -> None:
    seat, case = seats.ask(session=session, case=guest(), by=None), guest("Käthe Süß")
    entry = waiting(session, case)
    appointments.decline(appointment=seat, by=None)
    address = f"/beratung/vorgang/{tokens.make(case.concern)}/"
    answer = Client().post(f"{address}warteliste/{entry.pk}/", {"action": "accept"})
    assert answer["Location"].endswith("?fertig=platz-angefragt")
    assert "Wir bestätigen ihn" in Client().get(answer["Location"]).content.decode()
    asked = Appointment.objects.get(case=case, session=session)
    assert asked.state == "requested"
    told = [mail for mail in mails.deliver() if mail["To"] == "käthe@muehltal.example"]
    assert "eingegangen" in told[-1]["Subject"]
    appointments.confirm(appointment=asked, by=None)
    asked.refresh_from_db()
    assert (asked.state, asked.seat.number) == ("confirmed", 1)


def test_the_municipality_takes_a_requested_seat_back_and_cannot_move_it(session: GroupSession) -> None:
    case = guest()
    seat = seats.ask(session=session, case=case, by=None)
    address = f"/beratung/vorgang/{tokens.make(case.concern)}/termin/{seat.thread}/"
    page = Client().get(address).content.decode()
    assert "Terminanfrage zurückziehen" in page
    assert 'name="slot"' not in page
    assert Client().post(address, {"slot": "30000000"}).status_code == 409
    assert Client().post(address, {"action": "withdraw"}).status_code == 302
    assert not Seat.objects.filter(session=session).exists()


def test_a_session_moves_and_ends_with_its_requests(session: GroupSession) -> None:
    seat = seats.ask(session=session, case=guest(), by=None)
    adviser = session.allocations.get().adviser
    later = make.placement(session.format, make.on(4), adviser, by_centre=True, place="video")
    groups.move(session=session, placement=later, by=None)
    seat.refresh_from_db()
    assert (seat.state, seat.starts_at, seat.sequence, seat.seat.number) == ("requested", make.on(4), 1, 1)
    assert "Zeit geändert" in [mail for mail in mails.deliver() if "nora" in mail["To"]][-1]["Subject"]
    groups.cancel(session=session, by=None, reason="Zu wenige")
    seat.refresh_from_db()
    assert (seat.state, seat.reason) == ("declined", "Zu wenige")
    with pytest.raises(NotPossible):
        appointments.confirm(appointment=seat, by=None)


def test_a_seat_is_confirmed_before_the_session_begins_and_never_as_a_date_of_its_own(
    session: GroupSession,
) -> None:
    seat = seats.ask(session=session, case=guest(), by=None)
    adviser = make.adviser("Süß")
    wanted = make.placement(session.format, make.on(5), adviser)
    with pytest.raises(NotPossible, match="für alle"):
        appointments.confirm(appointment=seat, by=None, placement=wanted)
    works = signed_in(desk.person("Beratung", "wer@kkv.example"))
    answer = works.get(f"/cms/beratung/termin/{seat.pk}/bestaetigen/")
    assert answer["Location"] == f"/cms/beratung/vorgang/{seat.case_id}/"
    with pytest.raises(SlotTaken, match="schon begonnen"):
        appointments.confirm(appointment=seat, by=None, now=make.on(3) + timedelta(minutes=1))


def test_a_seat_that_is_free_again_before_the_draft_is_sent_is_asked_for(session: GroupSession) -> None:
    seat = seats.ask(session=session, case=guest(), by=None)
    client = Client()
    client.force_login(requests.member(make.municipality()))
    walk = requests.Walk(client)
    walk.up_to_the_choice()
    walk.choose_format("sprechstunde")
    assert walk.post("termin", format="sprechstunde", session=f"warten:{session.pk}").status_code == 302
    appointments.withdraw(appointment=seat, by=None)
    assert walk.post("pruefen").status_code == 302
    case = Case.objects.latest("pk")
    assert Appointment.objects.get(case=case).state == "requested"
    assert not WaitingEntry.objects.filter(case=case).exists()


def test_another_lead_at_the_same_time_is_no_other_time_for_who_has_asked(session: GroupSession) -> None:
    seat = seats.ask(session=session, case=guest(), by=None)
    mails.deliver()
    other = desk.adviser_with_role("Weiß")
    wanted = make.placement(session.format, session.starts_at, other, by_centre=True, place="video")
    groups.move(session=session, placement=wanted, by=None)
    assert all("@kkv.example" in mail["To"] for mail in mails.deliver()), "who advises alone"
    wanted = make.placement(session.format, make.on(4), other, by_centre=True, place="video")
    groups.move(session=GroupSession.objects.get(pk=session.pk), placement=wanted, by=None)
    assert any("Angefragte Zeit" in mail["Subject"] for mail in mails.deliver())
    seat.refresh_from_db()
    assert (seat.state, seat.starts_at) == ("requested", make.on(4))
