"""Who advises and has a private feed is told at once as well: by a plain mail, once, not of what they did."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest

from consultations import calendar_feed, times
from consultations.mailing import advisers
from consultations.models import Adviser, AdviserEntry, Appointment, Case, Format
from consultations.requester import changing
from consultations.requester.cases import mailbox
from consultations.services import absences, appointments, assignment, cases, changes
from portal.accounts.models import User
from tests import mails
from tests.factories import bodies, calendar, desk, mailing

pytestmark = [
    pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox", "mails_in_memory"),
]  # fmt: skip


@pytest.fixture
def anna() -> Adviser:
    return desk.adviser_with_role("Anna")


@pytest.fixture
def bernd() -> Adviser:
    """Has a private feed."""
    adviser = desk.adviser_with_role("Bernd")
    calendar_feed.renew(adviser=adviser, by=None)
    return adviser


@pytest.fixture
def coordinator() -> User:
    return desk.person("Koordination", "koordination@kkv.example")


@pytest.fixture
def form() -> Format:
    return calendar.form()


@pytest.fixture
def case() -> Case:
    return mailing.case_with_people()


def address(adviser: Adviser) -> str:
    return calendar.user_of(adviser).email


def led_by(adviser: Adviser, case: Case) -> Case:
    return assignment.assign(case=case, adviser=adviser, by=None, reason="Absprache")


def booked(case: Case, form: Format, *crew: Adviser, days: int = 0) -> Appointment:
    asked = calendar.placement(
        form, calendar.on(days, 10), crew[0], place="video", place_detail="https://video.example/raum",
        further=[each.pk for each in crew[1:]],
    )  # fmt: skip
    return appointments.book(placement=asked, case=case, by=None)


def sent() -> int:
    return len(mailing.deliver())


def told(since: int, *people: str) -> list[tuple[str, str]]:
    """Return who of some got which mail after so many: address and what the subject says has happened."""
    return [
        (str(mail["To"]), str(mail["Subject"]).partition(": ")[2])
        for mail in mailing.deliver()[since:]
        if mail["To"] in people
    ]


def last_to(person: str) -> EmailMessage:
    return mailing.to(person)[-1]


def test_a_booking_nobody_leads_yet_tells_who_advises(case: Case, form: Format, bernd: Adviser) -> None:
    row = booked(case, form, bernd)
    own, box = address(bernd), mailbox()
    assert told(0, own) == [(own, "Neuer Termin")]
    found = last_to(own)
    assert not [part for part in found.walk() if part.get_content_type() == "text/calendar"], "the feed has it"
    assert f"/cms/beratung/vorgang/{case.pk}/" in mails.text_of(found)
    assert not AdviserEntry.objects.exists()
    before = sent()
    changing.change(row, "cancel", by=case.requester)
    assert sorted(told(before, own, box)) == [(own, "Termin abgesagt"), (box, "Termin abgesagt")]
    changing.change(row, "cancel", by=case.requester)
    assert len(told(before, own)) == 1, "a second click tells nobody"


def test_who_leads_the_appointment_of_anothers_case_is_told(
    case: Case, form: Format, anna: Adviser, bernd: Adviser
) -> None:
    row = booked(led_by(anna, case), form, bernd, days=1)
    before = sent()
    changing.change(row, "cancel", by=case.requester)
    assert sorted(told(before, address(anna), address(bernd))) == [
        (address(anna), "Termin abgesagt"), (address(bernd), "Termin abgesagt"),
    ]  # fmt: skip


def test_who_leads_both_is_told_once(case: Case, form: Format, bernd: Adviser) -> None:
    case = led_by(bernd, case)
    for days, way in ((1, "cancel"), (2, "move")):
        row = booked(case, form, bernd, days=days)
        before = sent()
        changing.change(row, way, by=case.requester, minute=times.to_minute(calendar.on(3, 11)))
        word = "Termin verschoben" if way == "move" else "Termin abgesagt"
        assert told(before, address(bernd)) == [(address(bernd), word)]


def test_a_hand_over_tells_both_but_not_who_has_done_it(
    case: Case, form: Format, anna: Adviser, bernd: Adviser, coordinator: User
) -> None:
    row = booked(led_by(anna, case), form, anna)
    before = sent()
    changes.hand_over(appointment=row, to=bernd.pk, by=coordinator)
    assert told(before, address(bernd)) == [(address(bernd), "Termin jetzt bei Ihnen")]
    assert "Montag, 1. März 2027, 10:00" in mails.text_of(last_to(address(bernd)))
    before = sent()
    row.refresh_from_db()
    changes.hand_over(appointment=row, to=anna.pk, by=coordinator)
    assert told(before, address(bernd)) == [(address(bernd), "Termin jetzt bei anderen Beratenden")]
    assert "https://video.example" not in mails.text_of(last_to(address(bernd))), "who leaves needs no dial-in"
    row.refresh_from_db()
    before = sent()
    changes.hand_over(appointment=row, to=bernd.pk, by=bernd.user)
    changes.hand_over(appointment=row, to=bernd.pk, by=bernd.user)
    assert told(before, address(bernd)) == []


def test_who_stays_and_who_leaves_hear_of_a_move_and_of_the_place(
    case: Case, form: Format, anna: Adviser, bernd: Adviser, coordinator: User
) -> None:
    row = booked(case, form, bernd, days=1)
    before = sent()
    changes.change_place(appointment=row, by=coordinator, place="video", place_detail="https://video.example/neu")
    row.refresh_from_db()
    to = calendar.placement(form, calendar.on(1, 14), bernd, place="video")
    row = changes.move(appointment=row, placement=to, by=coordinator)
    row = changes.move(
        appointment=row,
        placement=calendar.placement(form, calendar.on(2, 14), anna, place="video"),
        by=coordinator,
    )
    assert [what for _, what in told(before, address(bernd))] == [
        "Ort oder Einwahl geändert", "Termin verschoben", "Termin jetzt bei anderen Beratenden",
    ]  # fmt: skip
    assert "Dienstag, 2. März 2027, 14:00" in mails.text_of(last_to(address(bernd))), "the time they know"
    assert [what for _, what in told(before, address(anna))] == ["Termin jetzt bei Ihnen"], "by an entry"
    before = sent()
    changes.cancel(appointment=row, by=coordinator)
    assert told(before, address(bernd)) == [], "who has left hears no more"


def test_a_confirmed_request_is_told_a_request_is_not(
    case: Case, form: Format, bernd: Adviser, coordinator: User
) -> None:
    asked = calendar.placement(form, calendar.on(2), bernd, place="video")
    row = appointments.request_slot(placement=asked, case=case, by=None)
    assert told(0, address(bernd)) == []
    appointments.confirm(appointment=row, by=coordinator)
    assert told(0, address(bernd)) == [(address(bernd), "Neuer Termin")]


def test_an_entry_takes_the_place_of_the_plain_mail(case: Case, form: Format, bernd: Adviser) -> None:
    advisers.choose(bernd, by_mail=True)
    booked(case, form, bernd)
    assert told(0, address(bernd)) == [(address(bernd), "Neuer Termin")]
    assert mailing.calendar_of(last_to(address(bernd)))[0] == "REQUEST"


@pytest.mark.parametrize("has_feed", [True, False])
def test_who_stands_in_hears_of_the_appointments_of_who_is_away(
    case: Case, form: Format, anna: Adviser, bernd: Adviser, coordinator: User, has_feed: bool
) -> None:
    advisers.choose(bernd, by_mail=not has_feed)
    row = booked(case, form, bernd, days=7)
    today = calendar.MONDAY
    absences.plan(
        adviser=bernd, first_day=today, last_day=today + timedelta(days=2), by=None, deputy=anna, anyway=True
    )
    before = sent()
    changes.cancel(appointment=row, by=coordinator)
    assert told(before, address(anna), address(bernd), mailbox()) == [
        (address(bernd), "Termin abgesagt"), (address(anna), "Termin abgesagt (in Vertretung für Jörg Bernd)"),
    ]  # fmt: skip


def test_the_deputy_is_told_once_by_appointment_and_case(
    case: Case, form: Format, anna: Adviser, bernd: Adviser
) -> None:
    row = booked(led_by(bernd, case), form, bernd, days=7)
    absences.plan(
        adviser=bernd, first_day=calendar.MONDAY, last_day=calendar.MONDAY, by=None, deputy=anna, anyway=True
    )
    before = sent()
    changing.change(row, "cancel", by=case.requester)
    assert sorted(who for who, _ in told(before, address(anna), address(bernd))) == [address(anna), address(bernd)]


def test_from_outside_only_who_is_on_the_case_hears_of_what_is_new(
    case: Case, form: Format, anna: Adviser, coordinator: User
) -> None:
    outside = desk.adviser_with_role("Extern", role="")
    bodies.belongs(calendar.user_of(outside), bodies.association(), is_external_adviser=True)
    Adviser.objects.filter(pk=outside.pk).update(external=True)
    calendar_feed.renew(adviser=outside, by=None)
    row = booked(case, form, anna, outside, days=1)
    assert told(0, address(outside)) == []
    cases.assign(case=case, lead=anna, further=[outside], by=None)
    before = sent()
    changes.change_place(appointment=row, by=coordinator, place="video", place_detail="https://video.example/b")
    assert told(before, address(outside)) == [(address(outside), "Ort oder Einwahl geändert")]
    assert f"/beratung/zugewiesen/{case.pk}/" in mails.text_of(last_to(address(outside)))
    Adviser.objects.filter(pk=outside.pk).update(active=False)
    before = sent()
    row.refresh_from_db()
    changes.cancel(appointment=row, by=coordinator)
    assert told(before, address(outside)) == [], "who advises no more hears nothing"
