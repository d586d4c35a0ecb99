"""Which cases somebody may see and change, and what a case shows to its requester: no internal notes, ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from consultations import asking
from consultations.models import Appointment, Case, Concern, WaitingEntry
from consultations.requester import tokens
from consultations.services import record
from consultations.states import WAITING_OPEN, AppointmentState, CaseState
from portal.accounts.models import Membership, User
from portal.core.models import Operator

SHOWN = (
    AppointmentState.REQUESTED, AppointmentState.CONFIRMED, AppointmentState.CANCELLED, AppointmentState.DECLINED,
    AppointmentState.WITHDRAWN, AppointmentState.DONE, AppointmentState.NO_SHOW,
)  # fmt: skip
COMING = (AppointmentState.REQUESTED, AppointmentState.CONFIRMED)


class NotYours(Exception):  # noqa: N818 - a refusal of the rules
    """There is no such case, or it is somebody else's: both look the same."""


@dataclass(frozen=True)
class Access:
    """A case as one person has opened it: `ref` is what stands in the address, `person` who is signed in.

    With `may_change` appointments can be moved and cancelled and the case withdrawn. Opened `by_link`, the account
    of `person` need not see the case at all: it says who acts, and nothing of what the link allows.
    """

    case: Case
    ref: str
    person: User | None
    may_change: bool

    @property
    def by_link(self) -> bool:
        return not is_reference(self.ref)


def is_reference(ref: str) -> bool:
    """True for a case number, which needs an account; everything else is a signed link."""
    return ref.startswith("B-") and len(ref) == 11 and ref.isprintable()


def visible_to(person: User) -> QuerySet[Case]:
    """Return the cases of a person and of their municipalities, without what colleagues keep to themselves.

    A membership that has ended closes also the cases they have asked for themselves (`consultations.asking`).
    """
    bodies = asking.bodies_of(person).values("municipality")
    named = Concern.colleagues.through.objects.filter(user=person).values("concern__case")
    shared = Q(municipality__in=bodies) & (~Q(concern__private=True) | Q(pk__in=named))
    rows = Case.objects.filter(asking.asked_by(person) | shared)
    return rows.select_related("concern", "municipality", "requester", "topic", "format", "lead__user")


def may_change(case: Case, person: User) -> bool:
    """True for the requester while they count, colleagues named by them, who manages the municipality's access."""
    if case.requester_id == person.pk and asking.counts(case):
        return True
    bodies = asking.bodies_of(person).filter(municipality=case.municipality_id)
    own = bodies.values_list("role", flat=True).first()
    if own is None or own == Membership.Role.ADMIN:
        return own is not None
    return Concern.objects.filter(case=case, colleagues=person).exists()


def belongs(case: Case, person: User) -> bool:
    """True for a confirmed member of the case's municipality who is no adviser from outside."""
    return asking.bodies_of(person).filter(municipality=case.municipality_id).exists()


def open_case(request: HttpRequest, ref: str) -> Access:
    """Return the case of an address: a number and an account that may see it, or a signed link.

    Raises:
        NotYours: No such case for this person.
        LinkBroken, LinkReplaced: See `tokens.case_of`.
    """
    person = request.user if isinstance(request.user, User) and request.user.is_authenticated else None
    if not is_reference(ref):
        found = tokens.case_of(ref)
        if found.requester is not None and not (found.requester.is_active and asking.counts(found)):
            raise tokens.LinkReplaced  # a link from before an account that is closed, or whose person has left
        return Access(found, ref, person, may_change=True)
    case = visible_to(person).filter(reference=ref).first() if person is not None else None
    if case is None or person is None:
        raise NotYours
    return Access(case, ref, person, may_change(case, person))


def contact_of(case: Case) -> tuple[str, str]:
    """Return name and address of whoever asked, from the account or from what was said; empty where nobody did."""
    if case.requester is not None:
        reached = case.requester.is_active and asking.counts(case)
        return str(case.requester), case.requester.email if reached else ""
    concern = getattr(case, "concern", None)
    return (concern.contact_name, concern.contact_email) if concern is not None else ("", "")


def appointments_of(case: Case) -> list[Appointment]:
    """Return what became of each appointment, the latest row of each thread: 1 query."""
    rows = Appointment.objects.filter(case=case, state__in=SHOWN).select_related("format", "session", "case")
    return sorted(rows, key=lambda row: (row.starts_at is not None, row.starts_at or row.created_at))


def coming(appointments: Sequence[Appointment], now: datetime) -> Appointment | None:
    """Return the next appointment that is requested or confirmed and not over."""
    ahead = [row for row in appointments if row.state in COMING and (row.ends_at is None or row.ends_at > now)]
    return min(ahead, key=lambda row: (row.starts_at is None, row.starts_at or row.created_at), default=None)


def advisers_of(case: Case, appointment: Appointment | None) -> list[str]:
    """Return the names of who advises at an appointment, the lead first, else of who leads the case; one query."""
    crew = record.advised_by(appointment) if appointment is not None else []
    if crew:
        return [str(person) for person in crew]
    return [str(case.lead)] if case.lead is not None else []


def waiting_of(case: Case) -> list[WaitingEntry]:
    """Return the waiting lists a case stands on."""
    rows = WaitingEntry.objects.filter(case=case, state__in=WAITING_OPEN)
    return list(rows.select_related("session__format", "appointment").order_by("session__starts_at"))


def can_be_withdrawn(case: Case) -> bool:
    return CaseState(case.state).is_open


def actions_of(appointment: Appointment, now: datetime | None = None) -> list[str]:
    """Return what the municipality can do with an appointment now: move, cancel, withdraw."""
    moment = now or timezone.now()
    if appointment.case is None or not appointment.case.is_open:
        return []
    if appointment.state == AppointmentState.REQUESTED:
        if appointment.starts_at is not None and appointment.starts_at <= moment:
            return []
        return ["withdraw"] if appointment.session_id is not None else ["move", "withdraw"]
    if appointment.state == AppointmentState.CONFIRMED and (appointment.starts_at or moment) > moment:
        return ["cancel"] if appointment.session_id is not None else ["move", "cancel"]
    return []


def mailbox() -> str:
    """Return where the centre reads mail about cases."""
    return (Operator.objects.first() or Operator()).mailbox
