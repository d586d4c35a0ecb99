"""What a case that changes hands does to calendars: the entry leaves one person's and enters another one's."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from consultations.mailing import people, reminders, sending
from consultations.mailing.invitations import Method
from consultations.mailing.people import Person
from consultations.models import Appointment, Case
from consultations.states import AppointmentState


def _confirmed(case: Case, thread: UUID) -> Appointment | None:
    rows = Appointment.objects.filter(case=case, thread=thread, state=AppointmentState.CONFIRMED)
    return rows.select_related("format", "session").first()


def leave(case: Case, thread: UUID, former: Person) -> None:
    """Cancel the entry of whoever had the case; who is invited to the appointment as well keeps it as a guest.

    The former link opens the case no more, so that the mail has none.
    """
    row = _confirmed(case, thread)
    now = people.requester_of(case)
    if row is None or (now is not None and people.same_address(now.email, former.email)):
        return
    for invitation in people.standing(row):
        if people.same_address(invitation.participant.email, former.email):
            guest = people.invited_person(invitation)
            sending.tell(case, "participant_invited", guest, row, Method.REQUEST)
            return
    sending.tell(case, "appointment_handed_over", replace(former, link=""), row, Method.CANCEL)


def enter(case: Case, thread: UUID) -> None:
    """Send the entry to whoever has the case now, and plan the reminders of who has become a guest by it."""
    row, person = _confirmed(case, thread), people.requester_of(case)
    if row is None:
        return
    if person is not None:
        sending.tell(case, "booked", person, row, Method.REQUEST)
    reminders.plan(row)
