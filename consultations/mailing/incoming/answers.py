"""Answers out of calendars (METHOD:REPLY): they set what the invited person has answered, as the link does."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from consultations.mailing import people
from consultations.mailing.incoming import authentication, left, recognising, returned
from consultations.mailing.incoming.recognising import CalendarReply
from consultations.models import Appointment, Case, IncomingMail
from consultations.refusals import NotPossible
from consultations.services import invitations

Outcome, Reason = IncomingMail.Outcome, IncomingMail.Reason


def _appointment_of(uid: str) -> Appointment | None:
    """Return what the appointment of a UID of ours has become by now."""
    name, _, host = uid.partition("@")
    try:
        thread = UUID(name)
    except ValueError:
        return None
    if host.lower() != settings.BASE_URL.partition("://")[2].partition(":")[0].lower():
        return None
    rows = Appointment.objects.filter(thread=thread, case__isnull=False).select_related("format", "session")
    return rows.order_by("-sequence", "-pk").first()


def _is_about_now(reply: CalendarReply, appointment: Appointment) -> bool:
    """False for an answer to an earlier date of the appointment.

    The sequence also rises for a single person's entry (docs/consultations-mail.md), so that an answer counts from
    the first one of the present date on.
    """
    before = Appointment.objects.filter(thread=appointment.thread).exclude(pk=appointment.pk)
    last = before.aggregate(last=Max("sequence"))["last"]
    return last is None or reply.sequence > last


def handle(row: IncomingMail, mail: EmailMessage, raw: bytes, arrived: datetime) -> None:
    """Act on a calendar's answer that has arrived then (UTC), in the caller's transaction.

    Only the attendee answers for the attendee.
    """
    reply, sender = recognising.calendar_reply(mail), recognising.sender_of(mail)
    appointment = _appointment_of(reply.uid) if reply is not None else None
    if reply is None or appointment is None:
        left.keep(row, reason=Reason.CALENDAR, raw=raw, mail=mail)
        return
    case = people.fresh(appointment.case_id or 0)
    problem = ""
    if not sender or sender != reply.attendee:
        problem = Reason.CALENDAR
    elif authentication.is_configured() and not authentication.confirms(mail, sender):
        problem = Reason.UNCONFIRMED
    if problem:
        left.keep(row, reason=problem, raw=raw, mail=mail, case=case)
        return
    returned.forget(case, sender)
    outcome: str = Outcome.NOTHING
    if _is_about_now(reply, appointment):
        # A clock that is ahead does not make an answer younger than its mail.
        outcome = _answer(case, appointment, reply, said_at=min(reply.stamp or arrived, arrived))
    if outcome == Outcome.LEFT:
        left.keep(row, reason=Reason.CALENDAR, raw=raw, mail=mail, case=case)
        return
    row.case, row.outcome = case, outcome
    row.save()


def _answer(case: Case, appointment: Appointment, reply: CalendarReply, *, said_at: datetime) -> str:
    """Set the answer; returns what became of it.

    Whoever asked cannot cancel by a calendar, but people have to hear of it. An answer given after this one, by
    the link or by a calendar whose mail was faster, stays.
    """
    person = people.requester_of(case)
    if person is not None and people.same_address(person.email, reply.attendee):
        return Outcome.LEFT if reply.answer == "DECLINED" else Outcome.NOTHING
    invitation = people.standing(appointment).filter(participant__email__iexact=reply.attendee).first()
    if invitation is None or reply.answer not in ("ACCEPTED", "DECLINED", "TENTATIVE"):
        return Outcome.LEFT
    try:
        if reply.answer == "TENTATIVE":
            invitations.leave_open(invitation=invitation, said_at=said_at)
        else:
            invitations.answer(invitation=invitation, accept=reply.answer == "ACCEPTED", said_at=said_at)
    except NotPossible:  # begun, it does not take place, or they have said something else since
        return Outcome.NOTHING
    return Outcome.ANSWER
