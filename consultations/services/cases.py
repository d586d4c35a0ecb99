"""Cases: received, given to somebody, worked on, ended, by the ways of `consultations.states`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from consultations import case_words, deputies
from consultations.models import Adviser, Appointment, Case, Format, WaitingEntry
from consultations.privacy import archive
from consultations.refusals import NotPossible
from consultations.services import appointments, calendar, changes, record, seats, service_time
from consultations.states import (
    ENDED_CASES,
    REOPENS_WITHIN,
    WAITING_OPEN,
    AppointmentState,
    CaseState,
)

# Ways that need nothing but themselves; the others have functions of their own.
PLAIN = ("start", "ask", "resume", "advise", "answer", "leave_measures", "continue")
TO_WAITING: Mapping[str, tuple[str, ...]] = {
    CaseState.ASSIGNED: ("start", "ask"),
    CaseState.IN_PROGRESS: ("ask",),
    **dict.fromkeys((CaseState.ADVISED, CaseState.ANSWERED, CaseState.MEASURES_OPEN), ("continue", "ask")),
}
"""The ways from a state to waiting for the municipality; from the others the centre has none."""

TO_COME = "Zu diesem Vorgang gibt es noch offene Termine. Sagen Sie sie ab oder warten Sie sie ab."
TO_NOTE = (
    "Ein Termin dieses Vorgangs hat schon begonnen. Halten Sie bei ihm zuerst fest, was daraus geworden ist: "
    "„Durchgeführt“ oder „Nicht erschienen“."
)
TO_DECIDE = "Zu diesem Vorgang gibt es noch eine Terminanfrage. Lehnen Sie sie zuerst ab."


@transaction.atomic
def receive(
    *, municipality: Any, subject: str, by: Any, requester: Any = None, topic: Any = None,
    form: Format | None = None,
) -> Case:  # fmt: skip
    """Open a case for a municipality; `requester` is its person, if any is known, `by` who writes it down.

    Raises:
        NotPossible: The municipality does not exist any more.
    """
    if not municipality.active:
        raise NotPossible("Diese Kommune besteht nicht mehr. Wählen Sie ihre Nachfolgerin.")
    case = Case(municipality=municipality, requester=requester, subject=subject.strip(), topic=topic, format=form)
    case.full_clean(validate_unique=False)
    case.answer_due = service_time.due_after(timezone.now())
    case.save()
    case_words.add(case, *case_words.texts_of(case))
    record.note("case", case, "receive", by=by, new=case.state, case=case)
    return case


def locked(case: Case) -> Case:
    """Return a case as it is now, its row locked until the transaction ends."""
    return Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=case.pk)


def _go(case: Case, action: str, *, by: Any, detail: dict[str, Any] | None = None, **fields: Any) -> Case:
    old = case.state
    case.state = record.target("case", action, old, "Das ist bei diesem Stand des Vorgangs nicht möglich.")
    for name, value in fields.items():
        setattr(case, name, value)
    case.ended_at = timezone.now() if case.state in ENDED_CASES else None
    case.save()
    record.note("case", case, action, by=by, old=old, new=case.state, case=case, **(detail or {}))
    return case


def refuse_absent(adviser: Adviser) -> None:
    """Refuse somebody who is away today, and name who stands in.

    Raises:
        NotPossible: The adviser is away.
    """
    absence = deputies.absence_of(adviser)
    if absence is not None:
        deputy = f" Vertretung: {absence.deputy}." if absence.deputy is not None else ""
        raise NotPossible(
            f"{adviser} ist bis zum {absence.last_day:%d.%m.%Y} abwesend. Bitte wählen Sie jemand anderen.{deputy}"
        )


def _refuse_gone(adviser: Adviser) -> None:
    if not adviser.active:
        raise NotPossible(f"{adviser} berät nicht mehr. Bitte wählen Sie jemand anderen.")


def _refuse_idle(adviser: Adviser) -> None:
    _refuse_gone(adviser)
    refuse_absent(adviser)


def assign(*, case: Case, lead: Adviser, by: Any, further: Iterable[Adviser] = ()) -> Case:
    """Give a case to a lead and further advisers; somebody else may take over later, the state stays then.

    Who is on the case already stays, lead and further advisers, also while they are away.

    Raises:
        NotPossible: The lead or a new further adviser does not advise any more, a new one is away today, or the
            case has ended.
    """
    with calendar.guarded():
        row = locked(case)
        if not row.is_open:
            raise NotPossible(appointments.CASE_ENDED)
        stays = row.lead_id == lead.pk
        (_refuse_gone if stays else _refuse_idle)(lead)
        others = [person for person in further if person.pk != lead.pk]
        known = set(row.further.values_list("pk", flat=True))
        for person in others:
            if person.pk not in known:
                _refuse_idle(person)
        if stays and known == {person.pk for person in others}:
            return row
        row.further.set(others)
        given: dict[str, Any] = {"adviser": lead.pk, "further": sorted(person.pk for person in others)}
        if row.state == CaseState.RECEIVED:
            return _go(row, "assign", by=by, detail=given, lead=lead)
        row.lead = lead
        row.save(update_fields=["lead"])
        action = "further" if stays else "reassign"
        record.note("case", row, action, by=by, old=row.state, new=row.state, case=row, **given)
        return row


def advance(*, case: Case, action: str, by: Any) -> Case:
    """Take a case one of the ways of PLAIN.

    Raises:
        NotPossible: The way does not begin at its state.
    """
    if action not in PLAIN:
        raise ValueError(action)
    with calendar.guarded():
        return _go(locked(case), action, by=by)


def wait(*, case: Case, by: Any) -> bool:
    """Let a case wait for the municipality, which is told; False where no way leads there, or it waits already."""
    with calendar.guarded():
        row = locked(case)
        ways = TO_WAITING.get(row.state, ())
        for action in ways:
            _go(row, action, by=by)
        return bool(ways)


def close(*, case: Case, by: Any) -> Case:
    """Close a case; it is taken from the waiting lists.

    Raises:
        NotPossible: An appointment is still to come, nobody has noted what became of one, a request for one is
            undecided, or the way does not begin at its state.
    """
    with calendar.guarded():
        row = locked(case)
        if reasons := _still_open(row, timezone.now()):
            raise NotPossible(" ".join(reasons))
        closed = _go(row, "close", by=by)
        _leave_lists(row, by=by, now=timezone.now())
        return closed


def go_on(*, case: Case, by: Any) -> None:
    """Let a case go on that has waited for the municipality; every other stays as it is."""
    with calendar.guarded():
        row = locked(case)
        if row.state == CaseState.WAITING:
            _go(row, "resume", by=by)


def _leave_lists(case: Case, *, by: Any, now: datetime) -> None:
    """Take a case that ends from the waiting lists; a seat that is offered to it goes to the next."""
    waiting = WaitingEntry.objects.filter(case=case, state__in=WAITING_OPEN)
    for entry in waiting.select_related("session__format"):
        seats.leave(entry=entry, by=by, now=now)


def decline(*, case: Case, by: Any, reason: str) -> Case:
    """Decline a case, with a reason the municipality reads; its appointments end with it.

    Raises:
        NotPossible: No reason, or the case has ended.
    """
    if not reason.strip():
        raise NotPossible("Bitte geben Sie an, warum der Vorgang abgelehnt wird.")
    return _end(case, "decline", by=by, reason=record.reason_of(reason))


def withdraw(*, case: Case, by: Any, reason: str = "") -> Case:
    """Withdraw a case; its appointments end with it. A second time changes nothing."""
    return _end(case, "withdraw", by=by, reason=record.reason_of(reason))


def _pending(case: Case) -> Any:
    open_states = (AppointmentState.REQUESTED, AppointmentState.CONFIRMED)
    return Appointment.objects.filter(case=case, state__in=open_states)


def _still_open(case: Case, now: datetime) -> list[str]:
    """Say in German what has to be done about the appointments of a case before it can be closed."""
    rows = list(_pending(case).values_list("state", "starts_at"))
    asked = any(state == AppointmentState.REQUESTED for state, _ in rows)
    begun = {starts_at <= now for state, starts_at in rows if state == AppointmentState.CONFIRMED}
    sentences = ((False in begun, TO_COME), (True in begun, TO_NOTE), (asked, TO_DECIDE))
    return [sentence for holds, sentence in sentences if holds]


def _end(case: Case, action: str, *, by: Any, reason: str) -> Case:
    with calendar.guarded():
        row = locked(case)
        if action == "withdraw" and row.state == CaseState.WITHDRAWN:
            return row
        _go(row, action, by=by, reason=reason)
        now = timezone.now()
        _leave_lists(row, by=by, now=now)
        for appointment in _pending(row).select_related("session__format").order_by("session", "pk"):
            if appointment.state == AppointmentState.CONFIRMED and appointment.ends_at > now:
                changes.cancel(appointment=appointment, by=by, now=now)
            elif appointment.state == AppointmentState.REQUESTED:
                end = appointments.decline if action == "decline" else appointments.withdraw
                end(appointment=appointment, by=by)
        return row


def reopen(*, case: Case, by: Any, now: datetime | None = None) -> Case:
    """Open a closed case again, within 60 days of its end: what a new message of the municipality does.

    Raises:
        NotPossible: It has not been closed, or too long ago.
    """
    with calendar.guarded():
        row = locked(case)
        if row.ended_at is not None and row.ended_at + REOPENS_WITHIN < (now or timezone.now()):
            raise NotPossible(appointments.CASE_ENDED)
        archive.reopened(row)
        return _go(row, "reopen", by=by)
