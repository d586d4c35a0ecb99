"""When the centre owes a word: Hessian working days, counted by the calendar of holidays and closures.

A question of the municipality starts the time; a word of the centre, a confirmed appointment or the end of the
case stops it. What the municipality does itself is no answer: docs/consultations-desk.md, section "Service time".
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from consultations.closures import closed_days
from consultations.models import Adviser, Appointment, Case, CaseEvent, Message
from consultations.states import ENDED_CASES, AppointmentState
from consultations.times import local_day

_SATURDAY = 5
# Steps after which the municipality has heard from the centre.
_ANSWERS = frozenset({
    "appointment.confirm", "appointment.decline", "case.advise", "case.answer", "case.ask",
})  # fmt: skip
# Steps by which the municipality waits for a word, in a case that runs already as well.
_ASKS = frozenset({"appointment.request", "appointment.choose_again"})
# Steps of both sides, which are an answer where the centre takes them.
_OF_BOTH = frozenset({"appointment.book", "appointment.move"})
# What becomes of every seat of a session at once (`groups` names the session then): no word about a case.
_WITH_ITS_SESSION = frozenset({"appointment.choose_again", "appointment.decline", "appointment.move"})
# What is said of one seat: an answer to the request for it, not to a question asked beside it.
_ABOUT_A_SEAT = frozenset({"appointment.confirm", "appointment.decline"})
_TAKEN_UP = "case.resume"
# A date in these is what a concern without any word waits for, or has had.
_MET = (AppointmentState.CONFIRMED, AppointmentState.DONE, AppointmentState.NO_SHOW)
_WORK = "consultations.change_case"


def is_working_day(day: date) -> bool:
    """True for Monday to Friday without public holiday or closure; one query."""
    return day.weekday() < _SATURDAY and not closed_days(day, day)


def working_day_after(day: date, number: int) -> date:
    """Return the day that is `number` working days after a day, which itself does not count; one query."""
    closed = closed_days(day, day + timedelta(days=number * 3 + 30))
    while number > 0:
        day += timedelta(days=1)
        number -= day.weekday() < _SATURDAY and day not in closed
    return day


def due_after(moment: datetime) -> date:
    """Return the local day by which a question of a moment (aware) is answered."""
    return working_day_after(local_day(moment), settings.ANSWER_WORKING_DAYS)


def owe(case: Case, *, now: datetime | None = None) -> None:
    """Start the time: the municipality has asked. One that runs already runs on."""
    if case.answer_due is None:
        case.answer_due = due_after(now or timezone.now())
        Case.objects.filter(pk=case.pk).update(answer_due=case.answer_due)


def settle(case: Case, *, answered: bool = True, now: datetime | None = None) -> None:
    """Stop the time; `answered`: because the centre has said something."""
    first = case.first_answer_at or (now or timezone.now() if answered else None)
    if (case.answer_due, case.first_answer_at) != (None, first):
        case.answer_due, case.first_answer_at = None, first
        Case.objects.filter(pk=case.pk).update(answer_due=None, first_answer_at=first)


def _acts_for_centre(by: Any, case: Case) -> bool:
    """True for who works on cases or advises, but for whoever asked; a guest's link has nobody."""
    if by is None or by.pk is None or by.pk == case.requester_id:
        return False
    return bool(by.has_perm(_WORK)) or Adviser.objects.filter(user=by.pk, active=True).exists()


def _has_written(case: Case) -> bool:
    return Message.objects.filter(case=case, side=Message.Side.MUNICIPALITY).exists()


def _is_unanswered(case: Case) -> bool:
    """True where the last word in a case is the municipality's."""
    sides = Message.objects.filter(case=case).order_by("-at", "-pk").values_list("side", flat=True)
    return sides.first() == Message.Side.MUNICIPALITY


def _is_heard(case: Case) -> bool:
    """True where the concern itself, which need not be a message, has got a word of the centre or a date."""
    return case.first_answer_at is not None or Appointment.objects.filter(case=case, state__in=_MET).exists()


def _comes_from_session(step: str, detail: dict[str, Any]) -> bool:
    """True for what an appointment went through because its whole session did."""
    return step in _WITH_ITS_SESSION and "session" in detail


def _is_taken_up(case: Case) -> bool:
    """True where the last the centre has done is to take the case up again: it has promised to go on."""
    steps = CaseEvent.objects.filter(case=case, action__in=_ANSWERS | _OF_BOTH | {_TAKEN_UP})
    for step in steps.select_related("actor").order_by("-pk"):
        if _acts_for_centre(step.actor, case) and not _comes_from_session(step.action, step.detail):
            later = Message.objects.filter(case=case, side=Message.Side.CENTRE, at__gt=step.at)
            return step.action == _TAKEN_UP and not later.exists()
    return False


def _waits_for_nothing_else(case: Case) -> bool:
    """True where nothing is open beside a request for a time that has been taken back."""
    asked = Appointment.objects.filter(case=case, state=AppointmentState.REQUESTED)
    return _is_heard(case) and not (_is_unanswered(case) or asked.exists() or _is_taken_up(case))


def _is_no_answer(step: str, subject: Any, case: Case, detail: dict[str, Any]) -> bool:
    """True for a step at a seat that is not about this case, or about less than it waits for."""
    if _comes_from_session(step, detail):
        return True
    return step in _ABOUT_A_SEAT and subject.session_id is not None and _is_unanswered(case)


def _counts_as(step: str, subject: Any, case: Case, detail: dict[str, Any]) -> str:
    """Return the step that something comes down to; empty for what says nothing about the case."""
    if detail.get("chosen"):  # the municipality has taken a time the centre had proposed
        return "appointment.book"
    if _is_no_answer(step, subject, case, detail):
        return (
            "appointment.withdraw" if step.endswith(".decline") else ""
        )  # a request less; nobody has said anything
    return step


def follow(
    sender: Any, *, kind: str, subject: Any, action: str, by: Any, detail: dict[str, Any], **kwargs: Any
) -> None:
    """Receiver of `calendar_changed`: what stops the time beside messages, and what lets it run again."""
    case = subject if kind == "case" else getattr(subject, "case", None)
    if case is None or case.pk is None:
        return
    step = _counts_as(f"{kind}.{action}", subject, case, detail)
    if step in _ANSWERS or (step in _OF_BOTH and _acts_for_centre(by, case)):
        settle(case)
    elif step == "appointment.book" and not _has_written(case):
        settle(case, answered=False)  # who has chosen a date and asked nothing more is owed nothing before it
    elif step == "appointment.withdraw" and _waits_for_nothing_else(case):
        settle(case, answered=False)  # what was asked for is asked for no more
    elif step == "appointment.cancel" and case.state not in ENDED_CASES and not _is_heard(case):
        owe(case)  # the date was all that was promised: the concern is as unanswered as before
    elif step in _ASKS and case.state not in ENDED_CASES and not _acts_for_centre(by, case):
        owe(case)
    elif step == _TAKEN_UP and _acts_for_centre(by, case):
        owe(case)  # the municipality has nothing left to do: it waits for the centre again
    elif kind == "case" and case.state in ENDED_CASES:
        settle(case, answered=action != "withdraw")
