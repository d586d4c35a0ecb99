"""Who gets mails about a case, and where their links lead."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from consultations import asking, links
from consultations.models import Appointment, Case, CaseContact, Invitation, Participant
from portal.accounts.models import User


@dataclass(frozen=True)
class Person:
    """Somebody who gets mails: `participant` is None for whoever asked; `link` may be empty for a participant."""

    name: str
    email: str
    link: str
    participant: Participant | None = None

    @property
    def is_requester(self) -> bool:
        return self.participant is None


def fresh(pk: int) -> Case:
    """Return a case as it is now with what mails say of it; one query."""
    rows = Case.objects.select_related(
        "concern", "municipality", "requester", "format", "lead__user", "topic", "contact"
    )
    return rows.get(pk=pk)


def requester_of(case: Case) -> Person | None:
    """Return whoever asked: the account; without one the contact the centre has noted, or who wrote the request.

    An account whose membership in the municipality has ended is not written to, and nobody in its place: a contact
    that is still noted then is that person, or somebody who had no part in the case since it was claimed. None
    where nobody can be reached.
    """
    link = links.for_municipality(case)
    if case.requester is not None and case.requester.is_active and asking.counts(case):
        return Person(str(case.requester), case.requester.email, link)
    if case.requester_id is not None:
        return None
    contact: CaseContact | None = getattr(case, "contact", None)
    if contact is not None and contact.email:
        return Person(contact.name, contact.email, link)
    concern = getattr(case, "concern", None)
    if concern is not None and concern.contact_email:
        return Person(concern.contact_name, concern.contact_email, link)
    return None


def standing(appointment: Appointment) -> QuerySet[Invitation]:
    """Return the invitations to an appointment that are not withdrawn, of people with an address."""
    rows = Invitation.objects.filter(thread=appointment.thread, withdrawn_at=None).exclude(participant__email="")
    return rows.select_related("participant").order_by("participant_id")


def names_of(case: Case, appointment: Appointment | None) -> list[str]:
    """Return the names of who is invited to an appointment, with or without an address; withdrawn ones are not.

    Without a stored appointment: of who is named for the case and not invited yet, or invited to any.
    """
    rows = Participant.objects.filter(case=case, invitations__withdrawn_at=None).exclude(name="")
    if appointment is not None and appointment.pk is not None:
        rows = Participant.objects.filter(
            case=case, invitations__thread=appointment.thread, invitations__withdrawn_at=None
        ).exclude(name="")
    return list(rows.order_by("pk").distinct().values_list("name", flat=True))


def same_address(one: str, other: str) -> bool:
    """True where two addresses are the same mailbox, but for the case of letters."""
    return one.strip().lower() == other.strip().lower()


def is_requester(participant: Participant, case: Case) -> bool:
    """True for a participant with the address of whoever asked, who gets the mails to that person instead."""
    person = requester_of(case)
    return person is not None and same_address(person.email, participant.email)


def invited_person(invitation: Invitation) -> Person:
    """Return the person of an invitation; the link leads to their own page."""
    from consultations.requester.invited import url_for

    participant = invitation.participant
    return Person(participant.name, participant.email, url_for(invitation), participant)


def as_person(participant: Participant) -> Person:
    """Return a participant, whatever they are invited to."""
    return Person(participant.name, participant.email, "", participant)


def as_invited(participant: Participant, appointment: Appointment) -> Person | None:
    """Return a participant as they are invited to an appointment; None for who is not, or without address."""
    invitation = standing(appointment).filter(participant=participant).first()
    return invited_person(invitation) if invitation is not None else None


def everybody(case: Case, appointment: Appointment) -> list[Person]:
    """Return the requester first, then each person invited to the appointment with an address of their own."""
    first = requester_of(case)
    found = [first] if first is not None else []
    known = {person.email.lower() for person in found}
    for invitation in standing(appointment):
        if invitation.participant.email.lower() not in known:
            found.append(invited_person(invitation))
            known.add(invitation.participant.email.lower())
    return found


def account_of(email: str) -> User | None:
    """Return the active account with an address, if there is one."""
    return User.objects.filter(email__iexact=email, is_active=True).first()
