"""Mails about a case that services send themselves; those of the calendar follow by signal."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from consultations import from_outside
from consultations.mailing import centre, handing_over, people, sending
from consultations.mailing.people import Person
from consultations.models import Adviser, Case


def address_of(case: Case) -> str:
    """Return whom of the municipality to write to: the person who asked, else the contact; empty for nobody."""
    person = people.requester_of(case)
    return person.email if person is not None else ""


def reached(case: Case) -> Person | None:
    """Return whom mails about a case go to as it is stored now; None for nobody."""
    return people.requester_of(people.fresh(case.pk))


def leave_calendar(case: Case, thread: UUID, former: Person) -> None:
    """Take a confirmed appointment out of the calendar of whoever had the case before."""
    handing_over.leave(people.fresh(case.pk), thread, former)


def enter_calendar(case: Case, thread: UUID) -> None:
    """Send a confirmed appointment to whoever has the case now."""
    handing_over.enter(people.fresh(case.pk), thread)


def tell_municipality(case: Case, kind: str) -> bool:
    """Write the municipality a mail of a kind; False when nobody can be reached. It holds a link and no text."""
    return sending.tell_requester(people.fresh(case.pk), kind)


def tell_of_page(case: Case, address: str) -> bool:
    """Tell who asked that an answer has become a page of the portal, with its address; False for nobody to reach.

    They may open the page (`topics.may_be_told`): its address may stand in a mail.
    """
    return bool(address) and sending.tell_requester(people.fresh(case.pk), "page", seite=address)


def tell_centre(case: Case, what: str) -> None:
    """Write to whoever hears of the case (`mailing.centre`); an unassigned one is seen on the desk."""
    if case.lead_id is not None:
        centre.tell(people.fresh(case.pk), what)


def tell_adviser(case: Case, adviser: Adviser, what: str) -> None:
    """Write to one adviser of a case who may hear of it."""
    if adviser.user is not None and from_outside.counts(adviser):
        sending.tell_centre(people.fresh(case.pk), adviser.user.email, what)


def confirm_receipt(case: Case) -> bool:
    """Tell the municipality the number of its case, its link, and how a member claims it: what was taken down."""
    with_account = settings.BASE_URL + reverse("consultation_case", args=[case.reference])
    return sending.tell_requester(people.fresh(case.pk), "taken_down", kontolink=with_account)
