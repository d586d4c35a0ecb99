"""Mails that follow from the calendar: one entry for life, read by two readers, in the order of the changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as conf
from django.core import mail
from django.db import transaction
from django.test import Client
from icalendar import Calendar

from consultations.mailing import texts, zones
from consultations.mailing.kinds import shipped
from consultations.models import (
    Adviser,
    Appointment,
    Case,
    Concern,
    Format,
    Invitation,
    Reminder,
    WaitingEntry,
)
from consultations.requester.invited import url_for
from consultations.services import (
    appointments,
    cases,
    changes,
    correspondence,
    groups,
    invitations,
    municipality_side,
    seats,
)
from consultations.states import CaseState
from portal.core.models import OutboxMessage
from tests import mails
from tests.consultations import strict_ics
from tests.factories import calendar, desk, mailing
from tests.factories.mailing import ASKER, GUEST
from tests.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
SUBJECT = "Geheimes Anliegen zur Wohnsitzanmeldung"


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    settings.HOLIDAYS = ""
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    with time_machine.travel(calendar.NOW, tick=False) as found:
        yield found


@pytest.fixture
def adviser() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def form() -> Format:
    return calendar.form()


@pytest.fixture
def case() -> Case:
    return mailing.case_with_people(subject=SUBJECT)


def moved(row: Appointment, form: Format, adviser: Adviser, days: int) -> Appointment:
    return changes.move(
        appointment=row, placement=calendar.placement(form, calendar.on(days), adviser), by=adviser.user
    )


@pytest.mark.parametrize("address", [ASKER, GUEST])
def test_one_entry_lives_from_booking_to_cancellation(
    case: Case, adviser: Adviser, form: Format, address: str
) -> None:
    row = mailing.booked(case, adviser, form)
    for days in (11, 28, 30):  # the second is after the clocks have changed
        row = moved(row, form, adviser, days)
    changes.cancel(appointment=row, by=adviser.user, reason="Erkrankt")
    found = [mailing.calendar_of(each) for each in mailing.to(address)]
    assert [method for method, _, _ in found] == ["REQUEST"] * 4 + ["CANCEL"]
    loose = [Calendar.from_ical(text) for _, text, _ in found]
    strict = [strict_ics.parse(text) for _, text, _ in found]
    events = [each.walk("VEVENT")[0] for each in loose]
    assert [int(str(event["SEQUENCE"])) for event in events] == [0, 1, 2, 3, 4]
    assert [each.part("VEVENT").value("SEQUENCE") for each in strict] == ["0", "1", "2", "3", "4"]
    assert {str(event["UID"]) for event in events} == {each.part("VEVENT").value("UID") for each in strict}
    assert len({str(event["UID"]) for event in events}) == 1
    starts = [calendar.on(days) for days in (10, 11, 28, 30, 30)]
    assert [event.decoded("DTSTART") for event in events] == starts
    assert [each.part("VEVENT").value("DTSTART")[-6:] for each in strict] == ["100000"] * 5  # wall time
    for (method, text, file), one, other in zip(found, loose, strict, strict=True):
        assert text == file
        assert method == str(one["METHOD"]) == other.value("METHOD")
        check_entry(other.part("VEVENT"), address, cancelled=method == "CANCEL")
        assert other.part("VTIMEZONE").value("TZID") == "Europe/Berlin"
        assert SUBJECT not in text.decode()


def check_entry(event: strict_ics.Component, address: str, *, cancelled: bool) -> None:
    assert event.value("STATUS") == ("CANCELLED" if cancelled else "CONFIRMED")
    assert event.value("ORGANIZER").startswith("mailto:")
    assert address not in event.value("ORGANIZER")
    assert event.value("ATTENDEE") == f"mailto:{address}"  # nobody learns another one's address
    assert event.parameters("ATTENDEE")["RSVP"] == "FALSE"
    assert event.parameters("DTSTART") == {"TZID": "Europe/Berlin"}


def test_the_zone_changes_when_clocks_do() -> None:
    text = zones.rules("Europe/Berlin", 2027).to_ical()
    zone = strict_ics.parse(b"BEGIN:VCALENDAR\r\n" + text + b"END:VCALENDAR\r\n")
    summer, winter = zone.part("VTIMEZONE").part("DAYLIGHT"), zone.part("VTIMEZONE").part("STANDARD")
    assert (summer.value("DTSTART"), winter.value("DTSTART")) == ("19960331T020000", "19961027T030000")
    assert summer.value("RRULE") == "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"
    assert (summer.value("TZOFFSETFROM"), summer.value("TZOFFSETTO")) == ("+0100", "+0200")
    assert (winter.value("TZOFFSETFROM"), winter.value("TZOFFSETTO")) == ("+0200", "+0100")
    assert zones.rules("America/New_York", 2027)["TZID"] == "America/New_York"  # not by the Union's rule


def test_no_mail_says_what_the_concern_is(case: Case, adviser: Adviser, form: Format) -> None:
    row = mailing.booked(case, adviser, form)
    changes.cancel(appointment=row, by=adviser.user, reason="Vertraulicher Grund")
    for found in mailing.deliver():
        text = found.as_string() + "".join(
            str(part.get_content()) for part in found.walk() if part.get_content_maintype() == "text"
        )
        assert SUBJECT not in text
        assert "Vertraulich" not in text
        assert case.reference in str(found["Subject"])
    (guest, *_) = mailing.to(GUEST)
    assert "/beratung/vorgang/" not in mails.text_of(guest)


def test_both_parts_say_the_same(case: Case, adviser: Adviser, form: Format) -> None:
    mailing.booked(case, adviser, form)
    (found,) = mailing.to(ASKER)
    plain, html = (found.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    link = f"http://testserver/beratung/vorgang/{case.reference}/"
    assert "Donnerstag, 11. März 2027, 10:00 bis 11:00 Uhr" in plain
    assert "Donnerstag, 11. März 2027, 10:00 bis 11:00 Uhr" in html
    assert link in plain
    assert f'<a href="{link}">{link}</a>' in html
    assert "Teilnehmende: Nora Öz" in plain
    assert found["Reply-To"]
    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics",
    ]  # fmt: skip


def test_a_request_is_confirmed_or_declined(case: Case, adviser: Adviser, form: Format) -> None:
    asked = appointments.request_slot(
        placement=calendar.placement(form, calendar.on(3), adviser), case=case, by=None
    )
    assert mailing.deliver() == []  # the receipt is the wizard's
    appointments.confirm(appointment=asked, by=adviser.user)
    assert (mailing.subjects(ASKER), mailing.subjects(GUEST)) == (
        ["Ihr Termin steht fest"], ["Einladung zu einem Beratungstermin"],
    )  # fmt: skip
    other = appointments.request_slot(
        placement=calendar.placement(form, calendar.on(4), adviser), case=case, by=None
    )
    appointments.decline(appointment=other, by=adviser.user, reason="Nicht zuständig")
    assert mailing.subjects(ASKER)[1:] == ["Terminwunsch nicht möglich"]
    assert mailing.calendar_of(mailing.to(ASKER)[1])[0] == "CANCEL"
    assert len(mailing.subjects(GUEST)) == 1  # has not heard of it before


def test_place_and_adviser_change_the_same_entry(case: Case, adviser: Adviser, form: Format) -> None:
    row = mailing.booked(case, adviser, form)
    changes.change_place(appointment=row, by=adviser.user, place="video", place_detail="https://video.example/1")
    changes.hand_over(appointment=row, to=calendar.adviser("Nachfolge").pk, by=None)
    assert mailing.subjects(ASKER)[1:] == ["Angaben zum Termin geändert"] * 2
    events = [strict_ics.parse(mailing.calendar_of(each)[1]).part("VEVENT") for each in mailing.to(ASKER)]
    assert [event.value("SEQUENCE") for event in events] == ["0", "1", "2"]
    assert "https://video.example/1" in events[1].value("LOCATION")


@pytest.mark.parametrize("role", ["lead", "further"])
def test_a_hand_over_inside_the_centre_says_who_advises_now(
    case: Case, adviser: Adviser, form: Format, role: str
) -> None:
    second = calendar.adviser("Weiß")
    asked = calendar.placement(form, calendar.on(10), adviser, place="video", further=[second.pk])
    row = appointments.book(placement=asked, case=case, by=None)
    successor = calendar.adviser("Nachfolge")
    part = row.allocations.get(role=role)
    changes.pass_on(allocation=part, to=successor.pk, by=None)
    stays = second if role == "lead" else adviser
    crew = f"{successor}, {stays}" if role == "lead" else f"{stays}, {successor}"
    for address in (ASKER, GUEST):
        first, last = mailing.to(address)
        assert f"Beratung: {adviser}, {second}\n" in mails.text_of(first)
        assert f"Beratung: {crew}\n" in mails.text_of(last)
        event = Calendar.from_ical(mailing.calendar_of(last)[1]).walk("VEVENT")[0]
        assert str(event["DESCRIPTION"]).startswith(f"Beratung: {crew}\n")
    invitation = Invitation.objects.get()
    page = Client().get(url_for(invitation).removeprefix(conf.BASE_URL)).content.decode()
    assert str(successor) in page
    assert str(second if role == "further" else adviser) not in page
    asker = Client()
    asker.force_login(case.requester)  # type: ignore[arg-type]
    own = asker.get(f"/beratung/vorgang/{case.reference}/").content.decode()
    assert f"<dt>Beratung</dt><dd>{crew}</dd>" in own


def test_nobody_who_advises_is_no_empty_line() -> None:
    for kind in ("booked", "moved", "changed", "participant_invited", "participant_changed"):
        assert "Beratung: Jörg Größe" in texts.preview(kind, shipped()[kind]).text
        assert "Beratung:" not in texts.fill(shipped()[kind], {"link": "https://portal.example/"}).text


def test_a_failing_mail_server_loses_nothing_and_keeps_the_order(
    case: Case, adviser: Adviser, form: Format, settings: Any, clock: Any
) -> None:
    settings.OUTBOX_EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1  # nobody listens
    row = mailing.booked(case, adviser, form)
    assert mailing.deliver() == []
    changes.cancel(appointment=row, by=adviser.user)
    clock.shift(timedelta(minutes=2))
    assert mailing.deliver() == []
    waiting = OutboxMessage.objects.filter(key=f"case:{case.pk}", state="waiting").order_by("sequence")
    assert [message.attempts > 0 for message in waiting] == [True, *[False] * 5]  # nothing overtakes
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    clock.shift(timedelta(hours=1))
    assert mailing.subjects(ASKER) == ["Ihr Termin steht fest", "Termin abgesagt"]
    assert [mailing.calendar_of(found)[0] for found in mailing.to(GUEST)] == ["REQUEST", "CANCEL"]
    assert [mailing.calendar_of(found)[0] for found in mailing.to("gre@kkv.example")] == ["REQUEST", "CANCEL"]
    assert len(mail.outbox) == 6


def test_who_joins_later_is_invited_to_what_is_to_come(case: Case, adviser: Adviser, form: Format) -> None:
    row = moved(mailing.booked(case, adviser, form), form, adviser, 14)
    changes.cancel(appointment=mailing.booked(case, adviser, form, days=9), by=adviser.user)
    invitation = invitations.invite(appointment=row, name="Jörg Später", email="spaeter@ort.example", by=None)
    later = invitation.participant
    (found,) = mailing.to(later.email)
    assert url_for(invitation) in mails.text_of(found)
    assert strict_ics.parse(mailing.calendar_of(found)[1]).part("VEVENT").value("SEQUENCE") == "1"
    assert "Guten Tag Jörg Später" in mails.text_of(found)
    assert Reminder.objects.filter(appointment=row, participant=later).count() == 1


def entries(address: str) -> list[tuple[str, str, int]]:
    """Return METHOD, STATUS and SEQUENCE of the calendar entries an address has got."""
    found = [mailing.calendar_of(each) for each in mailing.to(address) if each.get_content_type() != "text/plain"
             and any(part.get_content_type() == "text/calendar" for part in each.walk())]  # fmt: skip
    events = [(method, strict_ics.parse(text).part("VEVENT")) for method, text, _ in found]
    return [(method, event.value("STATUS"), int(event.value("SEQUENCE"))) for method, event in events]


def test_who_is_uninvited_hears_that_the_appointment_is_for_others(
    case: Case, adviser: Adviser, form: Format
) -> None:
    row = mailing.booked(case, adviser, form)
    invitation = Invitation.objects.get(participant__email=GUEST)
    old = url_for(invitation)
    invitations.take_back(invitation=invitation, by=None)
    told = mailing.to(GUEST)[-1]
    assert mailing.subjects(GUEST)[-1] == "Ihre Einladung ist zurückgezogen"
    assert "findet ohne Sie statt" in mails.text_of(told)
    assert old not in told.as_string()
    assert old.encode() not in mailing.calendar_of(told)[2]
    again = invitations.invite(appointment=row, name="Nora Öz", email=GUEST, by=None)
    assert url_for(again) in mails.text_of(mailing.to(GUEST)[-1])
    row.refresh_from_db()
    moved(row, form, adviser, 14)
    found = entries(GUEST)
    assert [(method, status) for method, status, _ in found] == [
        ("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED"), ("REQUEST", "CONFIRMED"), ("REQUEST", "CONFIRMED"),
    ]  # fmt: skip
    numbers = [sequence for *_, sequence in found]
    assert numbers == sorted(set(numbers)), "each is newer than the one before"
    assert [method for method, *_ in entries(ASKER)] == ["REQUEST"] * 2
    assert entries(ASKER)[1][2] > entries(ASKER)[0][2]


def test_whoever_asked_is_not_told_twice_when_invited_too(case: Case, adviser: Adviser, form: Format) -> None:
    row = mailing.booked(case, adviser, form)
    invitation = invitations.invite(appointment=row, name="Käthe", email=ASKER.upper(), by=None)
    invitations.take_back(invitation=invitation, by=None)
    assert mailing.subjects(ASKER) == ["Ihr Termin steht fest"]


def test_mails_name_who_is_invited_to_this_appointment(case: Case, adviser: Adviser, form: Format) -> None:
    row, other = mailing.booked(case, adviser, form), mailing.booked(case, adviser, form, days=11)
    gone = invitations.invite(appointment=row, name="Zoë Weg", by=None)
    invitations.invite(appointment=row, name="Ida Bleibt", by=None)
    invitations.invite(appointment=other, name="Max Woanders", by=None)
    invitations.take_back(invitation=gone, by=None)
    row.refresh_from_db()
    moved(row, form, adviser, 14)
    assert "Teilnehmende: Nora Öz, Ida Bleibt\n" in mails.text_of(mailing.to(ASKER)[-1])


def guest_has(case: Case, email: str) -> Concern:
    """Let the case be of somebody without account."""
    Case.objects.filter(pk=case.pk).update(requester=None)
    case.refresh_from_db()
    return Concern.objects.create(case=case, contact_name="Käthe", contact_email=email)


def test_a_case_handed_over_takes_its_entries_along(case: Case, adviser: Adviser, form: Format) -> None:
    first, second = "kaethe@stadt.example", "joerg@stadt.example"
    guest_has(case, first)
    mailing.booked(case, adviser, form)
    municipality_side.hand_to_address(case=case, name="Jörg", email=second, by=None)
    left = mailing.to(first)[-1]
    assert mailing.subjects(first)[-1] == "Termin jetzt bei einer anderen Person"
    assert "Der Termin findet statt, aber ohne Sie" in mails.text_of(left)
    assert "/beratung/vorgang/" not in left.as_string() + mailing.calendar_of(left)[2].decode()
    assert mailing.subjects(second) == ["Ihnen wurde ein Vorgang übergeben", "Ihr Termin steht fest"]
    municipality_side.hand_to_address(case=case, name="Käthe", email=first, by=None)
    back, away = entries(first), entries(second)
    assert [entry[:2] for entry in back] == [
        ("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED"), ("REQUEST", "CONFIRMED"),
    ]  # fmt: skip
    assert [entry[:2] for entry in away] == [("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED")]
    for numbers in ([entry[2] for entry in back], [entry[2] for entry in away]):
        assert numbers == sorted(set(numbers))
    assert entries(GUEST) == [("REQUEST", "CONFIRMED", 0)]  # nothing changes for others


def test_who_hands_over_and_is_invited_keeps_the_entry(case: Case, adviser: Adviser, form: Format) -> None:
    first, second = "kaethe@stadt.example", "joerg@stadt.example"
    guest_has(case, first)
    row = mailing.booked(case, adviser, form)
    invitations.invite(appointment=row, name="Käthe", email=first, by=None)
    assert Reminder.objects.filter(appointment=row, participant__email=first).count() == 0
    municipality_side.hand_to_address(case=case, name="Jörg", email=second, by=None)
    assert [method for method, *_ in entries(first)] == ["REQUEST", "REQUEST"]
    assert mailing.subjects(first)[-1] == "Einladung zu einem Beratungstermin"
    assert Reminder.objects.filter(appointment=row, participant__email=first).count() == 1


def test_nothing_is_sent_of_a_change_that_is_rolled_back(case: Case, adviser: Adviser, form: Format) -> None:
    with transaction.atomic():
        mailing.booked(case, adviser, form)
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


def test_the_states_of_a_case_are_told(adviser: Adviser) -> None:
    asker = make_user(ASKER)
    case = desk.working_case(adviser, requester=asker)
    mail.outbox.clear()
    correspondence.answer(case=case, text="Geheime Rückfrage", by=adviser.user, wait=True)
    case.refresh_from_db()
    assert case.state == CaseState.WAITING
    cases.advance(case=case, action="resume", by=adviser.user)
    correspondence.answer(case=case, text="Geheime Nachricht", by=adviser.user)
    cases.advance(case=case, action="answer", by=adviser.user)
    cases.close(case=case, by=adviser.user)
    assert mailing.subjects(ASKER) == [
        "Wir brauchen eine Angabe von Ihnen", "Neue Nachricht", "Ihre schriftliche Antwort ist da",
        "Ihr Vorgang ist abgeschlossen",
    ]  # fmt: skip
    assert all("Geheim" not in found.as_string() for found in mailing.deliver())


def test_a_declined_case_cancels_first_what_is_in_the_calendar(case: Case, adviser: Adviser, form: Format) -> None:
    mailing.booked(case, adviser, form)
    appointments.request_slot(placement=calendar.placement(form, calendar.on(3), adviser), case=case, by=None)
    cases.decline(case=case, by=adviser.user, reason="Andere Stelle")
    assert mailing.subjects(ASKER)[1:] == ["Wir können Ihr Anliegen nicht übernehmen", "Termin abgesagt"]
    assert mailing.subjects(GUEST)[1:] == ["Beratungstermin abgesagt"]


def test_who_waits_for_a_seat_hears_of_it(adviser: Adviser, case: Case) -> None:
    form = calendar.group_form(capacity=1)
    session = groups.plan(
        placement=calendar.placement(form, calendar.on(10), adviser, place="video"),
        title="Sprechstunde EfA",
        by=None,
    )
    first = calendar.case("Anderes")
    taken = seats.book(session=session, case=first, by=None)
    seats.join(session=session, case=case, by=None)
    changes.cancel(appointment=taken, by=None)
    assert mailing.subjects(ASKER) == ["Ein Platz ist für Sie frei geworden"]
    entry = WaitingEntry.objects.get()
    seats.accept(entry=entry, by=None)
    groups.move(session=session, placement=calendar.placement(form, calendar.on(11), adviser), by=None)
    groups.cancel(session=session, by=None)
    assert mailing.subjects(ASKER)[1:] == ["Ihr Termin steht fest", "Termin verschoben", "Termin abgesagt"]
    events = [strict_ics.parse(mailing.calendar_of(each)[1]).part("VEVENT") for each in mailing.to(ASKER)[1:]]
    assert [event.value("SEQUENCE") for event in events] == ["0", "1", "2"]
