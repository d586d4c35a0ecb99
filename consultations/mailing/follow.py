"""Mails that follow from changes of the calendar, whoever makes them: the municipality, the centre, a job.

Receiver of `consultations.signals.calendar_changed`, inside the transaction of the change: the mail is stored if
and only if the change is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from consultations.mailing import advisers, people, reminders, sending, sessions, values
from consultations.mailing.invitations import Method
from consultations.models import Appointment, Case, Invitation, WaitingEntry
from consultations.services import ratings, record
from consultations.states import AppointmentState


@dataclass(frozen=True)
class _Mail:
    """What one step sends: to whoever asked, to participants (empty: nothing), and as which calendar method."""

    requester: str
    participant: str
    method: Method | None


_BOOKED = _Mail("booked", "participant_invited", Method.REQUEST)
_CHANGED = _Mail("changed", "participant_changed", Method.REQUEST)
_APPOINTMENT = {
    # Who is invited to a booking is told by the invitation itself.
    "book": _Mail("booked", "", Method.REQUEST),
    "confirm": _BOOKED,
    "move": _Mail("moved", "participant_changed", Method.REQUEST),
    # A request is in nobody's calendar for certain: the mail alone.
    "choose_again": _Mail("request_changed", "", None),
    "change_place": _CHANGED,
    "hand_over": _CHANGED,
    "cancel": _Mail("cancelled", "participant_cancelled", Method.CANCEL),
    # Participants hear of confirmed appointments alone. Whoever asked may have the request in a calendar.
    "decline": _Mail("declined", "", Method.CANCEL),
    "withdraw": _Mail("request_withdrawn", "", Method.CANCEL),
}
_CASE = {"ask": "case_waiting", "answer": "case_answered", "decline": "case_declined",
         "withdraw": "case_withdrawn", "close": "case_closed", "hand_to": "handed_to"}  # fmt: skip
_OFF_THE_LIST = {"leave": "waiting_left", "pass": "waiting_left", "close": "waiting_closed",
                 "cancel": "waiting_cancelled"}  # fmt: skip
_OFFER = {"offer": "seat_offered", "move": "offer_moved"}
ANSWER_AGAIN = "Die Zeit ist eine andere. Bitte sagen Sie zu oder ab, auch wenn Sie schon geantwortet haben."
_OF_A_REQUEST = ("decline", "withdraw")
_OF_A_CONFIRMED = ("change_place", "hand_over")


def follow(sender: Any, *, kind: str, subject: Any, action: str, by: Any, **kwargs: Any) -> None:
    """Store the mails and reminders that follow from one step."""
    if kind == "appointment":
        _appointment(subject, action, by=by, detail=kwargs.get("detail", {}))
    elif kind == "session":
        sessions.follow(subject, action, by=by, detail=kwargs.get("detail", {}))
    elif kind == "case":
        _case(subject, action)
    elif kind == "waiting":
        _waiting(subject, action)
    elif kind == "invitation":
        _invitation(subject, action)


def _appointment(row: Appointment, action: str, *, by: Any, detail: Mapping[str, Any]) -> None:
    if row.case_id is None:
        return
    mail = _mail_of(row, action)
    if mail is not None and _is_told(row, action):
        case = people.fresh(row.case_id)
        for person in people.everybody(case, row):
            name = mail.requester if person.is_requester else mail.participant
            if name:
                more = {} if person.is_requester else _asks(row, action)
                sending.tell(case, name, person, row, mail.method, **more)
    advisers.follow(row, action, by=by, detail=detail)
    reminders.follow(row)


def _mail_of(row: Appointment, action: str) -> _Mail | None:
    """Return what a step sends; a move to the same time (other people, another place) is told as that."""
    return _CHANGED if action == "move" and not record.has_new_time(row) else _APPOINTMENT.get(action)


def _asks(row: Appointment, action: str) -> dict[str, str]:
    """Return what a guest is told whose answer was about an earlier time; nothing where the time stays."""
    return {"antworthinweis": ANSWER_AGAIN} if action == "move" and record.has_new_time(row) else {}


def _invitation(invitation: Invitation, action: str) -> None:
    """Tell a person who joins or leaves an appointment that is confirmed and to come.

    Who comes after all, or may, is reminded: who had refused a request has none planned when it is confirmed.
    Whoever asked has the entry already and keeps it, also when invited by the same address.
    """
    person = people.invited_person(invitation)
    case = people.fresh(invitation.participant.case_id)
    row = Appointment.objects.filter(
        case=case, thread=invitation.thread, state=AppointmentState.CONFIRMED, starts_at__gt=timezone.now()
    ).select_related("format", "session").first()  # fmt: skip
    if row is None or not person.email or people.is_requester(invitation.participant, case):
        return
    if action == "invite":
        sending.tell(case, _BOOKED.participant, person, row, _BOOKED.method)
        reminders.plan(row)
    elif action == "take_back":
        sending.tell(case, "participant_uninvited", replace(person, link=""), row, Method.CANCEL)
    elif action in ("accept", "hesitate"):
        reminders.plan(row)


def _is_told(row: Appointment, action: str) -> bool:
    """False for what nobody outside needs to hear: a request passed on inside, or one that ends with its case."""
    if action in _OF_A_CONFIRMED:
        return row.state == AppointmentState.CONFIRMED
    if action in _OF_A_REQUEST:
        return Case.objects.get(pk=row.case_id or 0).is_open
    return True


def _case(row: Case, action: str) -> None:
    if action == "close":
        sending.tell_requester(people.fresh(row.pk), _CASE[action], bewertung=ratings.url(row))
    elif action in _CASE:
        sending.tell_requester(people.fresh(row.pk), _CASE[action])


def _waiting(entry: WaitingEntry, action: str) -> None:
    case, seat = people.fresh(entry.case_id), entry.appointment
    if action in _OFFER and seat is not None and seat.held_until is not None:
        until = values.moment_in_words(seat.held_until)
        sending.tell_requester(case, _OFFER[action], seat, gehalten_bis=until)
    elif action == "move":
        sending.tell_requester(case, "waiting_moved", _as_appointment(entry))
    elif action in _OFF_THE_LIST and case.is_open:
        date = entry.appointment or _as_appointment(entry)
        sending.tell_requester(case, _OFF_THE_LIST[action], date)


def _as_appointment(entry: WaitingEntry) -> Appointment:
    """Return the date somebody waited for, in the shape mails speak of; it is not stored."""
    session = entry.session
    return Appointment(
        case=entry.case, format=session.format, session=session, state=AppointmentState.EXPIRED,
        starts_at=session.starts_at, ends_at=session.ends_at, place=session.place,
        place_detail=session.place_detail,
    )  # fmt: skip
