"""When an answer is due, on Hessian working days, and what the correspondence does with the state of a case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError

from consultations.models import Case, Closure, Message
from consultations.refusals import NotPossible
from consultations.services import alerts, appointments, cases, changes, correspondence, minutes, service_time
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("day", "number", "due"),
    [
        (date(2027, 3, 1), 3, date(2027, 3, 4)),
        (date(2027, 3, 5), 1, date(2027, 3, 8)),
        (date(2027, 3, 6), 1, date(2027, 3, 8)),
        (date(2027, 3, 25), 1, date(2027, 3, 30)),  # Good Friday, Easter Monday
        (date(2027, 5, 26), 1, date(2027, 5, 28)),  # Corpus Christi is a holiday of Hessen
    ],
)
def test_working_days(day: date, number: int, due: date) -> None:
    assert service_time.working_day_after(day, number) == due


def test_closures_and_the_setting_count(settings: Any) -> None:
    Closure.objects.create(name="Betriebsausflug", day=3, month=3, year=2027)
    assert make.case().answer_due == date(2027, 3, 5)
    settings.ANSWER_WORKING_DAYS = 1
    assert make.case().answer_due == date(2027, 3, 2)


def test_the_time_runs_from_question_to_answer() -> None:
    lead = desk.adviser_with_role()
    case = desk.working_case(lead)
    due = case.answer_due
    correspondence.receive(case=case, text="Und noch etwas", by=None, now=make.NOW + timedelta(days=1))
    case.refresh_from_db()
    assert case.answer_due == due, "it runs already"
    correspondence.answer(case=case, text="Antwort", by=lead.user)
    case.refresh_from_db()
    assert (case.answer_due, case.first_answer_at) == (None, make.NOW)
    correspondence.receive(case=case, text="Danke, aber", by=None, now=make.NOW + timedelta(days=7))
    case.refresh_from_db()
    assert (case.answer_due, case.first_answer_at) == (date(2027, 3, 11), make.NOW)


def test_a_confirmed_appointment_is_an_answer_and_an_end_stops_the_time() -> None:
    lead = desk.adviser_with_role()
    booked, withdrawn = desk.working_case(lead), desk.working_case(lead)
    appointments.book(placement=make.placement(make.form(), make.on(1), lead), case=booked, by=lead.user)
    cases.withdraw(case=withdrawn, by=None)
    for case in (booked, withdrawn):
        case.refresh_from_db()
        assert case.answer_due is None
    assert (booked.first_answer_at, withdrawn.first_answer_at) == (make.NOW, None)


def test_a_date_the_municipality_takes_itself_is_no_answer() -> None:
    lead, member = desk.adviser_with_role(), make_user("amt@stadt.example")
    form = make.form()
    for number, by in enumerate((None, member)):  # by a signed link, by an account
        case = make.case(requester=member)
        appointments.book(placement=make.placement(form, make.on(1, 10 + number), lead), case=case, by=by)
        case.refresh_from_db()
        assert (case.answer_due, case.first_answer_at) == (None, None), "nothing is owed, nothing was answered"
    correspondence.answer(case=case, text="Bis Dienstag", by=lead.user)
    case.refresh_from_db()
    assert case.first_answer_at == make.NOW


def test_who_has_asked_and_moves_the_own_appointment_is_still_owed_an_answer() -> None:
    lead, member = desk.adviser_with_role(), make_user("amt@stadt.example")
    form, case = make.form(), make.case(requester=member)
    booked = appointments.book(placement=make.placement(form, make.on(1), lead), case=case, by=member)
    correspondence.receive(case=case, text="Was sollen wir mitbringen?", by=member)
    for number, by in enumerate((member, None), start=2):
        booked = changes.move(appointment=booked, placement=make.placement(form, make.on(number), lead), by=by)
        case.refresh_from_db()
        assert (case.answer_due, case.first_answer_at) == (date(2027, 3, 4), None)
    changes.move(appointment=booked, placement=make.placement(form, make.on(4), lead), by=lead.user)
    case.refresh_from_db()
    assert (case.answer_due, case.first_answer_at) == (None, make.NOW), "moved by the centre, it is a word of it"


def test_a_date_taken_after_a_question_leaves_the_question_open() -> None:
    lead = desk.adviser_with_role()
    case = make.case()
    correspondence.receive(case=case, text="Und die Kosten?", by=None)
    appointments.book(placement=make.placement(make.form(), make.on(1), lead), case=case, by=None)
    case.refresh_from_db()
    assert (case.answer_due, case.first_answer_at) == (date(2027, 3, 4), None)


def test_a_time_taken_back_leaves_a_concern_owed_that_nobody_has_answered() -> None:
    lead, case = desk.adviser_with_role(), make.case()
    asked = appointments.request_slot(placement=make.placement(make.form(), make.on(1), lead), case=case, by=None)
    cases.advance(case=cases.assign(case=case, lead=lead, by=None), action="start", by=lead.user)
    appointments.withdraw(appointment=asked, by=None)
    case.refresh_from_db()
    assert (case.state, case.answer_due, case.first_answer_at) == ("in_progress", date(2027, 3, 4), None)
    with time_machine.travel(make.on(30), tick=False):
        assert list(Case.objects.filter(alerts.overdue())) == [case], "its goal is still unanswered"


def test_a_time_taken_back_ends_nothing_else_that_is_open() -> None:
    lead, form = desk.adviser_with_role(), make.form()
    other, taken_up = desk.working_case(lead), desk.working_case(lead)
    for case in (other, taken_up):
        correspondence.answer(case=case, text="Dazu melden wir uns.", by=lead.user)
    standing, given_up = (
        appointments.request_slot(placement=make.placement(form, make.on(1, hour), lead), case=other, by=None)
        for hour in (10, 11)
    )
    appointments.withdraw(appointment=given_up, by=None)
    other.refresh_from_db()
    assert other.answer_due == date(2027, 3, 4), "one request stands"
    appointments.withdraw(appointment=standing, by=None)
    other.refresh_from_db()
    assert other.answer_due is None
    for action in ("ask", "resume"):
        taken_up = cases.advance(case=taken_up, action=action, by=lead.user)
    asked = appointments.request_slot(placement=make.placement(form, make.on(2), lead), case=taken_up, by=None)
    appointments.withdraw(appointment=asked, by=None)
    taken_up.refresh_from_db()
    assert taken_up.answer_due == date(2027, 3, 4), "the centre has taken it up again"


def test_a_date_called_off_before_any_word_leaves_the_concern_owed() -> None:
    lead, form = desk.adviser_with_role(), make.form()
    case, heard, withdrawn = make.case(), make.case(), make.case()
    for hour, each in ((10, case), (11, heard), (12, withdrawn)):
        booked = appointments.book(placement=make.placement(form, make.on(1, hour), lead), case=each, by=None)
        if each is heard:
            correspondence.answer(case=each, text="Bringen Sie den Bescheid mit.", by=lead.user)
        if each is withdrawn:
            cases.withdraw(case=each, by=None)
        else:
            changes.cancel(appointment=booked, by=None)
        each.refresh_from_db()
    assert (case.answer_due, case.first_answer_at) == (date(2027, 3, 4), None)
    assert (heard.answer_due, withdrawn.answer_due) == (None, None)


def test_a_case_that_waits_for_the_municipality_is_never_overdue() -> None:
    lead = desk.adviser_with_role()
    case = cases.advance(case=desk.working_case(lead), action="ask", by=lead.user)
    case.refresh_from_db()
    assert (case.answer_due, case.first_answer_at) == (None, make.NOW), "the click sends a mail: a word of ours"
    Case.objects.filter(pk=case.pk).update(answer_due=make.MONDAY)  # of an earlier version
    with time_machine.travel(make.on(30), tick=False):
        assert not Case.objects.filter(alerts.overdue()).exists()
        assert alerts.look() == ""
    Case.objects.filter(pk=case.pk).update(answer_due=None)
    cases.advance(case=case, action="resume", by=lead.user)
    case.refresh_from_db()
    assert case.answer_due == date(2027, 3, 4), "taken up again by the centre, it is the centre's turn"


def test_a_message_reopens_within_sixty_days_and_goes_on_with_what_waits() -> None:
    lead = desk.adviser_with_role()
    case = cases.advance(case=desk.working_case(lead), action="ask", by=None)
    correspondence.receive(case=case, text="Hier", by=None)
    case.refresh_from_db()
    assert case.state == "in_progress"
    cases.advance(case=case, action="answer", by=None)
    cases.close(case=case, by=None)
    with pytest.raises(NotPossible, match="neue Anfrage"):
        correspondence.answer(case=case, text="Zu spät", by=lead.user)
    with pytest.raises(NotPossible, match="neue Anfrage"):
        correspondence.receive(case=case, text="x", by=None, now=make.NOW + timedelta(days=61))
    correspondence.receive(case=case, text="x", by=None, now=make.NOW + timedelta(days=59))
    case.refresh_from_db()
    assert case.state == "in_progress"
    cases.decline(case=case, by=None, reason="Nein")
    with pytest.raises(NotPossible):
        correspondence.receive(case=case, text="x", by=None)


@pytest.mark.parametrize("state", cases.TO_WAITING)
def test_a_message_lets_a_case_wait_from_every_state_with_a_lead(state: str) -> None:
    lead = desk.adviser_with_role()
    case = cases.assign(case=make.case(), lead=lead, by=None)
    way = {"assigned": (), "in_progress": ("start",), "measures_open": ("start", "advise", "leave_measures")}
    for action in way.get(state, ("start", {"advised": "advise", "answered": "answer"}.get(state, ""))):
        case = cases.advance(case=case, action=action, by=None)
    assert case.state == state
    correspondence.answer(case=case, text="Welches Verfahren nutzen Sie?", by=lead.user, wait=True)
    case.refresh_from_db()
    assert (case.state, case.answer_due) == ("waiting", None)
    correspondence.answer(case=case, text="Wir meinen das Fachverfahren.", by=lead.user, wait=True)
    case.refresh_from_db()
    assert case.state == "waiting", "it waits already"


def test_a_message_says_something() -> None:
    case = desk.working_case(desk.adviser_with_role())
    with pytest.raises(ValidationError, match="schreiben Sie eine Nachricht"):
        correspondence.answer(case=case, text=" ", by=None)
    correspondence.answer(case=case, text="", by=None, files=[desk.pdf()])
    assert Message.objects.get().files.count() == 1


@pytest.mark.parametrize("text", ["{kommune} {name}", "{0}", "{kommune!r}", "{kommune.pk}", "{", "a } b"])
def test_templates_with_unknown_placeholders_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        minutes.check_template(text)


def test_every_placeholder_is_filled() -> None:
    text = " ".join(f"{{{name}}}" for name in minutes.PLACEHOLDERS)
    minutes.check_template(text)
    assert "{" not in text.format_map(minutes._values(make.case(), None))
