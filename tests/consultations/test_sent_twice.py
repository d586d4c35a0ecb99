"""A form sent twice at the same moment: the second request comes while the first has not yet committed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from consultations.models import (
    Absence,
    Appointment,
    Case,
    CaseFile,
    Concern,
    GroupSession,
    Message,
    WaitingEntry,
)
from consultations.requester import changing, follow_up
from consultations.services import (
    absences,
    appointments,
    cases,
    changes,
    correspondence,
    groups,
    intake,
    messages,
    seats,
)
from knowledge.feedback import services as feedback
from portal.core import work, work_answers
from portal.core.models import CorrectionNotice, OutboxMessage, WorkItem, WorkReport
from portal.core.review import corrections
from tests import factories
from tests.factories import calendar, desk
from tests.people import make_user

HELD_SECONDS = 0.4


def twice_at_once(action: Callable[[], object]) -> list[str]:
    """Let a second transaction begin while the first holds on before its commit; returns what failed."""
    acted, failed = Event(), []

    def first() -> None:
        try:
            with transaction.atomic():
                action()
                acted.set()
                Event().wait(HELD_SECONDS)
        except Exception as error:  # told to the test, which runs in another thread
            failed.append(repr(error))
        finally:
            acted.set()
            connection.close()

    def second() -> None:
        acted.wait()
        try:
            with suppress(work_answers.AlreadySentError, corrections.AlreadyShownError), transaction.atomic():
                action()
        except Exception as error:  # as above
            failed.append(repr(error))
        finally:
            connection.close()

    threads = [Thread(target=first), Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


@pytest.fixture(autouse=True)
def _outbox(real_db: None, settings: Any) -> None:
    settings.EMAIL_BACKEND = "portal.core.mail.OutboxBackend"
    settings.HOLIDAYS = ""  # whatever day it is


def test_two_equal_messages() -> None:
    fields = {
        "concern": "Frage",
        "message": "Müssen wir das?",
        "mailbox": "kkv@land.example",
        "email": "joerg@dorf.example",
    }
    assert twice_at_once(lambda: messages.send_contact(**fields)) == []
    assert OutboxMessage.objects.count() == 1


def test_two_equal_reports_of_a_barrier() -> None:
    fields = {"description": "Nicht vorgelesen.", "mailbox": "hilfe@kkv.example", "email": "ute@stadt.example"}
    assert twice_at_once(lambda: messages.report_barrier(**fields)) == []
    assert (WorkItem.objects.count(), WorkReport.objects.count(), OutboxMessage.objects.count()) == (1, 1, 1)


def test_two_equal_words_about_a_page() -> None:
    page = factories.article("Fristen prüfen")
    assert twice_at_once(lambda: feedback.report(page=page, text="Veraltet.", email="")) == []
    assert WorkReport.objects.count() == 1
    for _ in range(2):
        feedback.report(page=page, reason="veraltet")
    assert WorkReport.objects.count() == 3, "two people may give the same reason"


def test_two_equal_answers_to_those_who_have_had_one() -> None:
    item = work.open_item(kind="feedback", title="Ämter")
    work.add_report(item=item, text="Text", reply_to="ute@stadt.example")
    WorkReport.objects.update(answered_at=timezone.now())

    def answer() -> None:
        work_answers.send_answer(item=item, actor=None, text="Es ist behoben.", close=False, again=True)

    assert twice_at_once(answer) == []
    assert OutboxMessage.objects.count() == 1


def test_two_equal_messages_about_a_case_with_a_file() -> None:
    case, lead = calendar.case(), calendar.adviser()
    cases.assign(case=case, lead=lead, by=None)

    def write() -> None:
        correspondence.receive(case=case, text="Müssen wir das?", by=None, files=[desk.pdf()])

    assert twice_at_once(write) == []
    assert (Message.objects.count(), CaseFile.objects.count()) == (1, 1)
    assert OutboxMessage.objects.filter(key=f"case:{case.pk}").count() == 1


def test_two_equal_concerns_taken_down() -> None:
    town, user = calendar.municipality(), make_user("anna@kkv.example", role="Koordination")
    concern = intake.Concern(town, "Frage am Telefon", "Müssen wir das?", email="amt@stadt.example")
    assert twice_at_once(lambda: intake.take_down(concern=concern, by=user, files=[desk.pdf()])) == []
    assert (Case.objects.count(), Message.objects.count(), CaseFile.objects.count()) == (1, 1, 1)


def test_an_appointment_entered_twice() -> None:
    case, lead = calendar.case(), calendar.adviser()
    asked = calendar.placement(calendar.form(), calendar.on(1), lead, by_centre=True)

    def book() -> None:
        appointments.book(placement=asked, case=case, by=lead.user, now=calendar.NOW)

    assert twice_at_once(book) == []
    assert Appointment.objects.count() == 1


def _with_contact() -> Case:
    case = calendar.case()
    Concern.objects.create(case=case, contact_name="Nora Öz", contact_email="nora@muehltal.example")
    return case


def test_an_appointment_moved_twice_by_the_municipality_and_by_the_centre() -> None:
    case, lead, form = _with_contact(), calendar.adviser(), calendar.form()
    placed = calendar.placement(form, calendar.on(1), lead, place="video")
    row = appointments.book(placement=placed, case=case, by=None, now=calendar.NOW)
    move = partial(changing.change, row, "move", by=None, minute=_minute(2), now=calendar.NOW)
    assert twice_at_once(move) == []
    assert Appointment.objects.filter(case=case).count() == 2
    row = Appointment.objects.get(case=case, state="confirmed")
    placed = calendar.placement(form, calendar.on(3), lead)
    assert twice_at_once(lambda: changes.move(appointment=row, placement=placed, by=None, now=calendar.NOW)) == []
    assert Appointment.objects.get(case=case, state="confirmed").sequence == 2


def _mails_of(action: Callable[[], object]) -> int:
    """Return how many mails an action makes."""
    before = OutboxMessage.objects.count()
    action()
    return OutboxMessage.objects.count() - before


def _mails_of_two(action: Callable[[], object]) -> int:
    before = OutboxMessage.objects.count()
    assert twice_at_once(action) == []
    return OutboxMessage.objects.count() - before


def test_a_time_chosen_and_cancelled_twice() -> None:
    form, found = calendar.form(), [_with_contact(), _with_contact()]
    calendar.adviser()
    Case.objects.update(format=form)
    choose = [
        partial(follow_up.choose, case, minute=_minute(1, 10 + number), by=None, now=calendar.NOW)
        for number, case in enumerate(found)
    ]
    assert _mails_of(choose[0]) == _mails_of_two(choose[1]) > 0
    rows = [Appointment.objects.get(case=case) for case in found]
    cancel = [partial(changing.change, row, "cancel", by=None, now=calendar.NOW) for row in rows]
    assert _mails_of(cancel[0]) == _mails_of_two(cancel[1]) > 0


def _minute(days: int, hour: int = 10) -> int:
    return int(calendar.on(days, hour).timestamp()) // 60


def test_a_seat_accepted_twice() -> None:
    form, adviser, entries = calendar.group_form(capacity=1), calendar.adviser(), []
    for week in (2, 3):
        placed = calendar.placement(form, _monday(week), adviser, by_centre=True, place="video")
        session = groups.plan(placement=placed, title="Sprechstunde", by=None)
        first = seats.book(session=session, case=_with_contact(), by=None)
        entries.append(seats.join(session=session, case=_with_contact(), by=None).pk)
        changes.cancel(appointment=first, by=None)
    once, twice = WaitingEntry.objects.select_related("case", "session").filter(pk__in=entries).order_by("pk")

    def accept() -> None:
        with transaction.atomic():
            changing.answer_waiting(once, accept=True, by=None)

    again = partial(changing.answer_waiting, twice, accept=True, by=None)
    assert _mails_of(accept) == _mails_of_two(again) > 0
    assert set(WaitingEntry.objects.values_list("state", flat=True)) == {"taken"}


def _monday(week: int) -> datetime:
    """Return ten o'clock of a Monday so many weeks ahead, by the real clock."""
    today = timezone.localdate()
    return calendar.local(today + timedelta(days=7 * week - today.weekday()), 10)


def test_a_session_planned_twice() -> None:
    lead = calendar.adviser()
    asked = calendar.placement(calendar.group_form(), calendar.on(1), lead, by_centre=True)

    def plan() -> None:
        groups.plan(placement=asked, title="Sprechstunde", by=lead.user, now=calendar.NOW)

    assert twice_at_once(plan) == []
    assert GroupSession.objects.count() == 1


def test_an_absence_written_down_twice() -> None:
    lead, day = calendar.adviser(), calendar.MONDAY

    def away() -> None:
        absences.plan(adviser=lead, first_day=day, last_day=day, by=lead.user)

    assert twice_at_once(away) == []
    assert Absence.objects.count() == 1


def test_two_equal_corrections() -> None:
    page, user = factories.article("Fristen prüfen"), make_user("anna@kkv.example", role="Redaktion")
    assert twice_at_once(lambda: corrections.publish(page=page, text="Falsch war: 30.", user=user)) == []
    assert CorrectionNotice.objects.count() == 1
