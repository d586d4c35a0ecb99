"""What somebody has answered was about one time: at another one they are asked anew, whoever changes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.mailing import people, reminders
from consultations.models import Adviser, Appointment, Case, CaseEvent, Format, Invitation, Reminder
from consultations.refusals import NotPossible
from consultations.requester import invited
from consultations.services import appointments, changes, groups, invitations, seats
from tests import mails
from tests.factories import calendar, desk, mailing
from tests.factories.mailing import ASKER, GUEST

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
REMINDED = "Erinnerung an Ihren Termin"
HINT = "Bitte sagen Sie zu oder ab, auch wenn Sie schon geantwortet haben."


@pytest.fixture(autouse=True)
def _monday_morning(settings: Any) -> Iterator[None]:
    settings.CONSULTATIONS_OPEN = True
    settings.HOLIDAYS = ""
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def case() -> Case:
    return mailing.case_with_people()


@pytest.fixture
def workshop() -> Format:
    return calendar.form("workshop", name="Workshop", reminder_days="7, 1")


def reminded(address: str) -> int:
    return mailing.subjects(address).count(REMINDED)


def at(row: Appointment, day: int, lead: Adviser, hour: int = 10) -> Any:
    return calendar.placement(row.format, calendar.on(day, hour), lead, place="video")


def answered(accept: bool = True) -> Invitation:
    return invitations.answer(invitation=Invitation.objects.get(), accept=accept)


def said() -> tuple[str, bool]:
    row = Invitation.objects.get()
    return str(row.answer), row.answered_at is not None


@pytest.mark.parametrize("accept", [True, False])
def test_a_move_opens_the_answers_and_asks_again(case: Case, lead: Adviser, accept: bool) -> None:
    row = mailing.booked(case, lead, calendar.form())
    answered(accept)
    with time_machine.travel(calendar.on(0, 12), tick=False):
        changes.move(appointment=row, placement=at(row, 11, lead), by=lead.user)
        assert said() == ("open", False)
        event = CaseEvent.objects.get(action="appointment.move")
        assert event.detail["asked_anew"] == [Invitation.objects.get().pk]
        told = mailing.to(GUEST)[-1]
        assert HINT in mails.text_of(told)
        assert b"PARTSTAT=NEEDS-ACTION" in mailing.calendar_of(told)[1].replace(b"\r\n ", b"")
        page = Client().get(invited.path_of(Invitation.objects.get())).content.decode()
        assert "Was Sie zur früheren Zeit geantwortet haben, gilt nicht mehr" in page
        answered(accept)
        assert said()[0] == ("accepted" if accept else "declined")


def test_where_the_time_stays_so_do_the_answers(case: Case, lead: Adviser) -> None:
    row = mailing.booked(case, lead, calendar.form())
    answered()
    other = calendar.adviser("Weiß")
    moved = changes.move(appointment=row, placement=at(row, 10, other), by=lead.user)
    changes.change_place(appointment=moved, by=lead.user, place="video", place_detail="https://video.example/1")
    changes.hand_over(appointment=moved, to=lead.pk, by=None)
    assert said() == ("accepted", True)
    assert all(HINT not in mails.text_of(mail) for mail in mailing.to(GUEST))
    assert "geantwortet haben, gilt nicht" not in Client().get(invited.path_of(answered())).content.decode()


def test_a_further_adviser_who_joins_is_told_as_a_change(case: Case, lead: Adviser) -> None:
    row = mailing.booked(case, lead, calendar.form())
    further = desk.adviser_with_role("Weiß")
    with time_machine.travel(calendar.on(0, 12), tick=False):
        joined = calendar.placement(row.format, calendar.on(10), lead, place="video", further=[further.pk])
        row = changes.move(appointment=row, placement=joined, by=lead.user)
        told = mailing.to(ASKER)[-1]
        assert mailing.subjects(ASKER)[-1] == "Angaben zum Termin geändert"
        assert "die Zeit bleibt" in mails.text_of(told)
        assert f"Beratung: {lead}, {further}\n" in mails.text_of(told)
        for adviser, what in ((lead, "Termin geändert"), (further, "Termin jetzt bei Ihnen")):
            assert mailing.subjects(calendar.user_of(adviser).email)[-1] == what
        address = invited.path_of(Invitation.objects.get())
        assert "Der Termin ist verschoben" not in Client().get(address).content.decode()
    with time_machine.travel(calendar.on(0, 13), tick=False):
        row = changes.move(appointment=row, placement=at(row, 11, lead), by=lead.user)
        assert mailing.subjects(ASKER)[-1] == "Termin verschoben"
        assert mailing.subjects(calendar.user_of(lead).email)[-1] == "Termin verschoben"
        changes.move(appointment=row, placement=at(row, 11, further), by=lead.user)
        assert mailing.subjects(ASKER)[-1] == "Angaben zum Termin geändert"
        page = Client().get(address).content.decode()
        assert "Der Termin ist verschoben" in page, "the time they knew is still another one"


def test_a_session_with_another_lead_is_told_as_a_change(case: Case, lead: Adviser) -> None:
    form, place = calendar.group_form(), {"place": "video", "by_centre": True}
    when = calendar.on(10)
    session = groups.plan(placement=calendar.placement(form, when, lead, **place), title="Übung", by=None)
    seats.book(session=session, case=case, by=None)
    other = calendar.adviser("Weiß")
    groups.move(session=session, placement=calendar.placement(form, when, other, **place), by=None)
    assert mailing.subjects(ASKER)[-1] == "Angaben zum Termin geändert"
    assert f"Beratung: {other}\n" in mails.text_of(mailing.to(ASKER)[-1])


def test_what_is_withdrawn_stays_as_it_is(case: Case, lead: Adviser) -> None:
    row = mailing.booked(case, lead, calendar.form())
    answered(accept=False)
    invitations.take_back(invitation=Invitation.objects.get(), by=None)
    row.refresh_from_db()
    changes.move(appointment=row, placement=at(row, 11, lead), by=lead.user)
    assert said() == ("declined", True)


def test_a_session_that_moves_asks_all_its_guests_anew(case: Case, lead: Adviser) -> None:
    form = calendar.group_form()
    place = {"place": "video", "by_centre": True}
    session = groups.plan(
        placement=calendar.placement(form, calendar.on(10), lead, **place), title="Werkstatt", by=None
    )
    seats.book(session=session, case=case, by=None)
    answered(accept=False)
    groups.move(session=session, placement=calendar.placement(form, calendar.on(10), lead, **place), by=None)
    assert said() == ("declined", True), "the same time"
    session.refresh_from_db()
    groups.move(session=session, placement=calendar.placement(form, calendar.on(11), lead, **place), by=None)
    assert said() == ("open", False)


def test_a_request_at_another_time_asks_anew_and_one_confirmed_as_asked_does_not(
    case: Case, lead: Adviser
) -> None:
    asked = calendar.placement(calendar.form(), calendar.on(10), lead, place="video")
    row = appointments.request_slot(placement=asked, case=case, by=None)
    answered()
    row = appointments.choose_again(appointment=row, placement=at(row, 11, lead), by=None)
    assert said() == ("open", False)
    answered()
    again = appointments.confirm(appointment=row, by=None)
    assert said() == ("accepted", True)
    changes.cancel(appointment=again, by=None)


def test_a_request_confirmed_for_another_time_asks_anew(case: Case, lead: Adviser) -> None:
    row = appointments.request_by_wishes(
        case=case, form=calendar.form(), wishes=[(calendar.on(9).date(), "any")], by=None
    )
    answered()
    appointments.confirm(appointment=row, placement=at(row, 10, lead), by=lead.user)
    assert said() == ("open", False)


def test_a_page_that_shows_the_earlier_time_takes_no_answer(case: Case, lead: Adviser) -> None:
    row = mailing.booked(case, lead, calendar.form())
    invitation = Invitation.objects.get()
    address = invited.path_of(invitation)
    about = Client().get(address).context["about"]
    assert f'name="about" value="{about}"' in Client().get(address).content.decode()
    changes.move(appointment=row, placement=at(row, 11, lead), by=lead.user)
    late = Client().post(address, {"answer": "accept", "about": about})
    assert late.status_code == 409
    assert "inzwischen verschoben" in late.content.decode()
    assert said() == ("open", False)
    with pytest.raises(NotPossible):
        invitations.answer(invitation=invitation, accept=True, about="Unsinn")
    now = late.context["about"]
    assert Client().post(address, {"answer": "accept", "about": now}).status_code == 302
    assert said()[0] == "accepted"


@pytest.mark.parametrize("refuses_again", [True, False])
def test_who_refused_the_former_day_is_reminded_of_the_new_one(
    case: Case, lead: Adviser, workshop: Format, refuses_again: bool
) -> None:
    row = mailing.booked(case, lead, workshop)
    invitation = people.standing(row).get()
    invitations.answer(invitation=invitation, accept=False)
    placement = calendar.placement(workshop, calendar.on(14), lead, place="video")
    new = changes.move(appointment=row, placement=placement, by=lead.user)
    guests = Reminder.objects.filter(appointment=new, participant=invitation.participant)
    assert [each.days_before for each in guests] == [7, 1], "the answer was about the former day"
    if refuses_again:
        invitations.answer(invitation=invitation, accept=False)
    with time_machine.travel(calendar.on(13), tick=False):
        reminders.run()
        assert (reminded(GUEST), reminded(ASKER)) == (0 if refuses_again else 1, 1)
    assert guests.get(days_before=1).state == ("dropped" if refuses_again else "sent")


@pytest.mark.parametrize("accepts", [True, False])
def test_who_refused_a_request_and_comes_after_all_is_reminded(
    case: Case, lead: Adviser, workshop: Format, accepts: bool
) -> None:
    asked = calendar.placement(workshop, calendar.on(14), lead, place="video")
    request = appointments.request_slot(placement=asked, case=case, by=None)
    invitation = people.standing(request).get()
    invitations.answer(invitation=invitation, accept=False)
    row = appointments.confirm(appointment=request, by=lead.user)
    guests = Reminder.objects.filter(appointment=row, participant=invitation.participant)
    assert not guests.exists()
    with time_machine.travel(calendar.on(8), tick=False):
        for _ in range(2):
            if accepts:
                invitations.answer(invitation=invitation, accept=True)
            else:
                invitations.leave_open(invitation=invitation)
    assert [each.days_before for each in guests] == [1], "a week before has passed"
    with time_machine.travel(calendar.on(13), tick=False):
        reminders.run()
        assert (reminded(GUEST), reminded(ASKER)) == (1, 1)
    assert guests.get().state == "sent"
