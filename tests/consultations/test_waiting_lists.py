"""Who waits for a seat hears of what becomes of the session, agrees to the time they see, and can wait again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from consultations.models import Appointment, Case, CaseEvent, Concern, GroupSession, WaitingEntry
from consultations.refusals import SlotTaken
from consultations.requester import tokens
from consultations.services import appointments, changes, groups, record, seats
from consultations.states import AppointmentState, CaseState, WaitingState
from consultations.tasks import tidy
from tests import mails
from tests.factories import calendar as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
State = AppointmentState
WAITS = "Sie stehen auf der Warteliste"


@pytest.fixture
def session() -> GroupSession:
    """One seat, taken, in three days at 10."""
    form = make.group_form(capacity=1, accept_hours=48)
    wanted = make.placement(form, make.on(3), make.adviser(), by_centre=True, place="video")
    session = groups.plan(placement=wanted, title="Werkstatt Registermodernisierung", by=None)
    seats.book(session=session, case=guest("Nora", session), by=None)
    return session


def guest(name: str, session: GroupSession) -> Case:
    town = make.municipality(f"Ort {name}")
    case = make.case(municipality=town, form=session.format)
    Concern.objects.create(case=case, contact_name=f"{name} Öz", contact_email=f"{name.lower()}@ort.example")
    return case


def waiting(session: GroupSession, *names: str) -> list[WaitingEntry]:
    return [seats.join(session=session, case=guest(name, session), by=None) for name in names]


def free_the_seat() -> None:
    changes.cancel(appointment=Appointment.objects.get(state=State.CONFIRMED), by=None)


def move(session: GroupSession, start: Any, *, place: str = "video") -> GroupSession:
    adviser = session.allocations.latest("pk").adviser
    wanted = make.placement(session.format, start, adviser, by_centre=True, place=place)
    return groups.move(session=session, placement=wanted, by=None)


def sent() -> int:
    """Send what is stored; returns how many mails there are by now."""
    return len(mails.deliver())


def told(since: int) -> dict[str, Any]:
    """Return the mails after so many, by who gets them."""
    return {str(mail["To"]): mail for mail in mails.deliver()[since:]}


def base(case: Case) -> str:
    return f"/beratung/vorgang/{tokens.make(case.concern)}/"


def page(address: str) -> str:
    return str(Client().get(address, follow=True).content.decode())


def test_who_waits_hears_that_a_session_is_moved(session: GroupSession) -> None:
    first, second = waiting(session, "Wanda", "Zora")
    free_the_seat()
    before = sent()
    move(session, make.on(2, 14))
    mail = told(before)
    offered, waits = mails.text_of(mail["wanda@ort.example"]), mails.text_of(mail["zora@ort.example"])
    assert "Termin mit Ihrem angebotenen Platz verschoben" in mail["wanda@ort.example"]["Subject"]
    assert "Mittwoch, 3. März 2027, 14:00" in offered
    assert "bis Mittwoch, 3. März 2027, 07:00 Uhr weiter" in offered
    assert "Termin der Warteliste verschoben" in mail["zora@ort.example"]["Subject"]
    assert "Neuer Termin: Mittwoch, 3. März 2027, 14:00" in waits
    assert CaseEvent.objects.filter(action="waiting.move", case__in=(first.case, second.case)).count() == 2
    before = sent()
    move(session, make.on(2, 14), place="phone")
    assert set(told(before)) == {"gre@kkv.example"}, "the time is the same: whoever leads it hears of the place"


def test_an_offer_stands_until_the_beginning_at_most(session: GroupSession) -> None:
    (entry,) = waiting(session, "Wanda")
    free_the_seat()
    before = sent()
    move(session, make.on(1, 14))
    entry.refresh_from_db()
    assert entry.appointment is not None
    assert entry.appointment.held_until == entry.appointment.starts_at == make.on(1, 14)
    assert "bis Dienstag, 2. März 2027, 14:00 Uhr weiter" in mails.text_of(told(before)["wanda@ort.example"])
    assert "bis 2. März 2027, 14:00 Uhr an" in page(base(entry.case))


def test_a_seat_is_accepted_for_the_time_that_was_seen(session: GroupSession) -> None:
    (entry,) = waiting(session, "Wanda")
    free_the_seat()
    address, seen = base(entry.case), {"action": "accept", "about": record.time_of(session)}
    assert f'name="about" value="{seen["about"]}"' in page(address)
    moved = move(session, make.on(2, 14))
    refused = Client().post(f"{address}warteliste/{entry.pk}/", seen)
    assert refused.status_code == 409
    assert "inzwischen verschoben" in refused.content.decode()
    entry.refresh_from_db()
    assert entry.state == WaitingState.OFFERED
    seen["about"] = record.time_of(moved)
    for _ in range(2):  # the second one changes nothing
        assert Client().post(f"{address}warteliste/{entry.pk}/", seen)["Location"].endswith("?fertig=angenommen")
    assert Appointment.objects.get(case=entry.case).starts_at == make.on(2, 14)


def test_an_offer_that_has_run_out_is_not_moved_along(session: GroupSession) -> None:
    first, second = waiting(session, "Wanda", "Zora")
    free_the_seat()
    before = sent()
    with time_machine.travel(make.NOW + timedelta(hours=49), tick=False):
        move(session, make.on(4, 14))
        mail = told(before)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (WaitingState.PASSED, WaitingState.OFFERED)
    assert "Nicht mehr auf der Warteliste" in mail["wanda@ort.example"]["Subject"]


def test_who_waits_hears_that_a_session_is_cancelled(session: GroupSession) -> None:
    entries = waiting(session, "Wanda", "Zora")
    free_the_seat()
    before = sent()
    groups.cancel(session=session, by=None)
    mail = told(before)
    for name in ("wanda", "zora"):
        assert "Termin der Warteliste abgesagt" in mail[f"{name}@ort.example"]["Subject"]
        assert "findet nicht statt" in mails.text_of(mail[f"{name}@ort.example"])
    for entry in entries:
        entry.refresh_from_db()
        assert entry.state == WaitingState.LEFT


def test_a_seat_held_for_a_form_is_not_booked_at_another_time(session: GroupSession) -> None:
    free_the_seat()
    held = seats.hold(session=session, holder="a")
    (entry,) = [seats.join(session=session, case=guest("Wanda", session), by=None)]
    move(session, make.on(2, 14))
    with pytest.raises(SlotTaken, match="inzwischen verschoben"):
        appointments.book_held(appointment=held, case=guest("Zora", session), by=None)
    entry.refresh_from_db()
    assert entry.state == WaitingState.OFFERED, "whoever waits comes first"


def test_leaving_the_list_is_asked_before(session: GroupSession) -> None:
    (entry,) = waiting(session, "Wanda")
    case_page, address = page(base(entry.case)), f"{base(entry.case)}warteliste/{entry.pk}/"
    assert f'href="{address}"' in case_page
    assert 'value="leave"' not in case_page
    question = page(address)
    assert "Wenn Sie sich austragen" in question
    assert "Werkstatt Registermodernisierung" in question
    entry.refresh_from_db()
    assert entry.state == WaitingState.WAITING
    free_the_seat()
    assert "bekommt ihn die nächste Kommune" in page(address)
    assert Client().post(address, {"action": "leave"})["Location"].endswith("?fertig=ausgetragen")
    assert Client().get(address)["Location"] == base(entry.case), "there is nothing left to ask"


def wait_again(session: GroupSession, case: Case, **more: str) -> Any:
    return Client().post(f"{base(case)}termin-waehlen/", {"wait": session.pk, **more})


def test_who_has_left_the_list_can_wait_again(session: GroupSession) -> None:
    first, second = waiting(session, "Wanda", "Zora")
    seats.leave(entry=first, by=None)
    before = sent()
    shown = page(f"{base(first.case)}termin-waehlen/")
    assert "Auf die Warteliste" in shown
    assert "Ausgebucht, 1 auf der Warteliste" in shown
    for _ in range(2):  # a second click keeps the place and tells nobody
        assert wait_again(session, first.case)["Location"].endswith("?fertig=warteliste")
    assert WAITS in page(f"{base(first.case)}?fertig=warteliste")
    again = WaitingEntry.objects.get(case=first.case, state=WaitingState.WAITING)
    assert again.pk > second.pk
    assert sent() == before + 1, "the centre is told once"


def test_whose_offer_has_passed_can_wait_again(session: GroupSession) -> None:
    first, second = waiting(session, "Wanda", "Zora")
    free_the_seat()
    with time_machine.travel(make.NOW + timedelta(hours=48), tick=False):
        tidy()
        assert wait_again(session, first.case).status_code == 302
    second.refresh_from_db()
    assert second.state == WaitingState.OFFERED
    assert WaitingEntry.objects.filter(case=first.case).count() == 2


def test_a_place_in_the_line_is_what_was_asked_for(session: GroupSession) -> None:
    case = guest("Wanda", session)
    Case.objects.filter(pk=case.pk).update(state=CaseState.WAITING, lead=session.allocations.get().adviser)
    seen = record.time_of(session)
    move(session, make.on(2, 14))
    refused = wait_again(session, case, **{f"about-{session.pk}": seen})
    assert refused.status_code == 409
    assert "inzwischen verschoben" in refused.content.decode()
    assert not WaitingEntry.objects.exists()
    free_the_seat()
    free = wait_again(session, case)
    assert free.status_code == 409
    assert "Es sind noch Plätze frei" in free.content.decode()
    assert "Platz buchen" in free.content.decode()
    case.refresh_from_db()
    assert case.state == CaseState.WAITING, "nothing has been done"
    assert wait_again(session, case, wait="999999").status_code == 409
    booked = {"session": session.pk, f"about-{session.pk}": seen}
    assert Client().post(f"{base(case)}termin-waehlen/", booked).status_code == 409
    booked[f"about-{session.pk}"] = record.time_of(GroupSession.objects.get())
    assert Client().post(f"{base(case)}termin-waehlen/", booked)["Location"].endswith("?fertig=gebucht")
    assert wait_again(session, case).status_code == 409
