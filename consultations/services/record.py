"""One change of state: the row, what it takes of people's time, the log.

Called inside a transaction with the row locked.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from consultations import states
from consultations.models import (
    Adviser,
    Allocation,
    Appointment,
    Case,
    CaseEvent,
    GroupSession,
    Invitation,
    WaitingEntry,
)
from consultations.refusals import NotPossible
from consultations.signals import calendar_changed
from consultations.states import BLOCKING, AppointmentState, CaseState, WrongState
from portal.core import audit
from portal.core.text import printable

_DECIDES = frozenset({"confirm", "decline", "withdraw"})
"""Steps that change STATUS of the entry whoever asked may have in a calendar: TENTATIVE until then."""
CASE_ENDED = "Dieser Vorgang ist abgeschlossen. Bitte stellen Sie eine neue Anfrage."
_MOVED_ON = {
    AppointmentState.HELD: "Für diesen Termin fehlt noch die Anfrage.",
    AppointmentState.REQUESTED: "Dieser Termin ist noch nicht bestätigt.",
    AppointmentState.CONFIRMED: "Dieser Termin ist schon bestätigt.",
    AppointmentState.MOVED: "Dieser Termin ist verschoben worden. Bitte öffnen Sie den neuen.",
    AppointmentState.CANCELLED: "Dieser Termin ist abgesagt.",
    AppointmentState.DECLINED: "Diese Anfrage ist abgelehnt.",
    AppointmentState.WITHDRAWN: "Diese Anfrage ist zurückgezogen.",
    AppointmentState.EXPIRED: "Die Vormerkung ist abgelaufen. Bitte wählen Sie einen neuen Termin.",
    AppointmentState.DONE: "Dieser Termin hat schon stattgefunden.",
    AppointmentState.NO_SHOW: "Dieser Termin ist vorbei.",
}


def target(kind: str, action: str, state: str | None, sentence: str = "") -> str:
    """Return the state an action leads to.

    Raises:
        NotPossible: The way does not begin here; the sentence says what is the case.
    """
    try:
        return states.target(kind, action, state)
    except WrongState as error:
        known = _MOVED_ON.get(AppointmentState(state), "") if kind == "appointment" and state else ""
        raise NotPossible(sentence or known or "Das ist in diesem Zustand nicht möglich.") from error


def reason_of(text: str) -> str:
    """Return a reason as it is stored: kept without the checks of a form, which would make it so."""
    return printable(text).strip()[:500]


def note(
    kind: str, subject: Any, action: str, *, by: Any, old: str = "", new: str = "", case: Case | None = None,
    appointment: Appointment | None = None, **detail: Any,
) -> None:  # fmt: skip
    """Write a change into the append-only log and, where there is a case, into its history; tell who listens."""
    case_id = case.pk if case is not None else None
    ids = {"case": case_id, **detail} if case_id else detail
    audit.record(f"{kind}.{action}", actor=by, subject=subject, old=old, new=new, **ids)
    if case is not None:
        CaseEvent.objects.create(
            case=case,
            appointment=appointment,
            action=f"{kind}.{action}",
            old=old,
            new=new,
            actor=by,
            detail=detail,
        )
    calendar_changed.send(
        sender=type(subject), kind=kind, subject=subject, action=action, by=by, detail=detail
    )  # fmt: skip


def settle(appointment: Appointment, action: str, **fields: Any) -> str:
    """Set an appointment's state and what it takes of people's time, and return the state it had; no log yet.

    What decides a request for a time raises the sequence (RFC 5546, section 2.1.4).

    Raises:
        NotPossible: Its state does not allow it.
    """
    old = appointment.state
    appointment.state = target("appointment", action, old)
    appointment.sequence += action in _DECIDES and appointment.starts_at is not None
    for name, value in fields.items():
        setattr(appointment, name, value)
    appointment.save()
    appointment.allocations.filter(state__in=BLOCKING).update(state=appointment.state)
    return old


def changed(appointment: Appointment, action: str, *, by: Any, old: str, **detail: Any) -> None:
    """Record what has been done with an appointment."""
    note(
        "appointment", appointment, action, by=by, old=old, new=appointment.state, case=appointment.case,
        appointment=appointment, **detail,
    )  # fmt: skip


def time_of(what: Appointment | GroupSession) -> str:
    """Return what a page carries to say which time an answer is about."""
    if what.starts_at is None or what.ends_at is None:
        return "-"
    return f"{what.starts_at.timestamp():.0f}-{what.ends_at.timestamp():.0f}"


def has_other_time(one: Appointment, other: Appointment) -> bool:
    return (one.starts_at, one.ends_at) != (other.starts_at, other.ends_at)


def has_new_time(appointment: Appointment) -> bool:
    """True for what a move has brought to another time; a move can also change place and people alone."""
    former = appointment.moved_from
    return former is not None and has_other_time(appointment, former)


def ask_anew(appointment: Appointment, before: Appointment) -> dict[str, list[int]]:
    """Open what everybody invited has answered where the time is another one than before; returns it for the log.

    Called before the change is recorded, so that who had refused is reminded of the new time. Withdrawn
    invitations stay as they are.
    """
    if not has_other_time(appointment, before):
        return {}
    rows = Invitation.objects.filter(thread=appointment.thread, withdrawn_at=None).order_by("pk")
    said = rows.exclude(answer=Invitation.Answer.OPEN).select_for_update()
    ids = list(said.values_list("pk", flat=True))
    Invitation.objects.filter(pk__in=ids).update(answer=Invitation.Answer.OPEN, answered_at=None)
    return {"asked_anew": ids} if ids else {}


def change(appointment: Appointment, action: str, *, by: Any, **fields: Any) -> Appointment:
    """Take an appointment one way further: state, time of people, log.

    Raises:
        NotPossible: Its state does not allow it.
    """
    old = settle(appointment, action, **fields)
    changed(appointment, action, by=by, old=old)
    return appointment


def change_session(session: GroupSession, action: str, *, by: Any) -> None:
    """Take a session one way further, and its advisers' time with it."""
    old = session.state
    session.state = target("session", action, old, "Dieser Gruppentermin findet nicht mehr statt.")
    session.save()
    session.allocations.filter(state__in=BLOCKING).update(state=session.state)
    note("session", session, action, by=by, old=old, new=session.state)


def change_waiting(entry: WaitingEntry, action: str, *, by: Any, **fields: Any) -> None:
    """Take an entry of a waiting list one way further."""
    old = entry.state
    entry.state = target("waiting", action, old, "Dieser Eintrag der Warteliste ist nicht mehr offen.")
    for name, value in fields.items():
        setattr(entry, name, value)
    entry.save()
    note(
        "waiting", entry, action, by=by, old=old, new=entry.state, case=entry.case, session=entry.session_id,
        appointment=entry.appointment,
    )  # fmt: skip


def locked(appointment: Appointment) -> Appointment:
    """Return an appointment as it is now, its row locked until the transaction ends."""
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("case", "format", "session")
    return rows.get(pk=appointment.pk)


def lock_case(appointment: Appointment) -> None:
    """Lock the case of an appointment, before its rows as everywhere."""
    list(
        Case.objects.select_for_update(no_key=True)
        .filter(pk=appointment.case_id or 0)
        .values_list("pk", flat=True)
    )


def open_case(case: Case) -> Case:
    """Return a case as it is now, locked; appointments are made for open ones only.

    Raises:
        NotPossible: It has ended.
    """
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if not CaseState(case.state).is_open:
        raise NotPossible(CASE_ENDED)
    return case


def allocated(appointment: Appointment) -> list[Allocation]:
    """Return what an appointment blocks now, the lead first."""
    rows = appointment.allocations.filter(state__in=BLOCKING)
    return sorted(rows, key=lambda row: (row.role != Allocation.Role.LEAD, row.pk))


def lock_thread(thread: UUID) -> None:
    """Lock the rows of an appointment, before its invitations as everywhere; a move of it is waited for."""
    rows = Appointment.objects.filter(thread=thread).select_for_update(of=("self",)).order_by("pk")
    list(rows.values_list("pk", flat=True))  # the next query sees what a move has made meanwhile


def raise_sequence(thread: UUID) -> None:
    """Raise the calendar sequence of a thread's confirmed appointment; without one nothing changes.

    Needed before a single person's entry is cancelled, and after it, so that whatever this person is sent later is
    newer than the cancellation (RFC 5546, section 2.1.4). A move of the same thread is waited for.
    """
    lock_thread(thread)
    rows = Appointment.objects.filter(thread=thread)
    rows.filter(state=AppointmentState.CONFIRMED).update(sequence=F("sequence") + 1, changed_at=timezone.now())


def _parts_of(appointment: Appointment) -> QuerySet[Allocation]:
    own, session = Q(appointment=appointment, state=appointment.state), appointment.session
    shared = Q(session=session, state=session.state) if session is not None else Q(pk__in=())
    return Allocation.objects.filter(own | shared).select_related("adviser__user")


def led_by(appointment: Appointment) -> Adviser | None:
    """Return who leads an appointment, or the session it is a seat of, also when it is over; one query."""
    found = _parts_of(appointment).filter(role=Allocation.Role.LEAD).order_by("-pk").first()
    return found.adviser if found is not None else None


def advised_by(appointment: Appointment) -> list[Adviser]:
    """Return who advises at an appointment, or the session it is a seat of, the lead first; one query."""
    rows = sorted(_parts_of(appointment), key=lambda row: (row.role != Allocation.Role.LEAD, row.pk))
    return [row.adviser for row in rows]


def take_off(appointment: Appointment) -> None:
    """Set free what an appointment takes of its advisers' time; the rows stay as a record."""
    appointment.allocations.filter(state__in=BLOCKING).update(state=AppointmentState.WITHDRAWN)


def advisers_of(appointment: Appointment) -> list[int]:
    """Return whose time an appointment takes now (ids), the lead first, without locking anything."""
    return [row.adviser_id for row in allocated(appointment)]
