"""Which people of a municipality a case belongs to: handed over to a colleague, limited to those who are named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consultations.mailing.people import Person
from consultations.models import Appointment, Case, CaseContact, Concern
from consultations.refusals import NotPossible, SlotTaken
from consultations.services import calendar, cases, notices, record
from consultations.states import AppointmentState
from portal.accounts.domains import clean_domain
from portal.accounts.models import MailDomain, Membership, User
from portal.accounts.queries import domain_of

NOT_OF_HERE = (
    "Diese Adresse gehört nicht erkennbar zu Ihrer Kommune. Bitte prüfen Sie sie, oder bitten Sie uns, den "
    "Vorgang zu übergeben."
)
NOT_A_MEMBER = "Diese Person gehört nicht zur Kommune dieses Vorgangs. Bitte wählen Sie eine andere."
BUSY = "Ein Termin dieses Vorgangs wird gerade geändert. Bitte versuchen Sie es noch einmal."
SAME = "Der Vorgang gehört dieser Person schon."


def people_of(case: Case) -> QuerySet[User]:
    """Return the confirmed people of the case's municipality but its requester; no advisers from outside."""
    rows = Membership.objects.filter(
        municipality=case.municipality_id, state=Membership.State.CONFIRMED, is_external_adviser=False
    )
    found = User.objects.filter(pk__in=rows.values("user"), is_active=True).exclude(pk=case.requester_id or 0)
    return found.order_by("last_name", "first_name", "pk")


def _concern_of(case: Case) -> Concern:
    return Concern.objects.get_or_create(case=case)[0]


@transaction.atomic
def hand_to(*, case: Case, to: User, by: Any, by_centre: bool = False) -> Case:
    """Make a colleague with an account the requester; links of a guest before do not open the case any more.

    `by_centre`: the centre does it, not the municipality.

    Raises:
        NotPossible: The person does not belong to the municipality, or the case is theirs.
    """
    row = cases.locked(case)
    if row.requester_id == to.pk:
        raise NotPossible(SAME)
    if not people_of(row).filter(pk=to.pk).exists():
        raise NotPossible(NOT_A_MEMBER)
    concern = _concern_of(row)
    concern.colleagues.remove(to)
    _change_hands(row, concern, requester=to, by=by, by_centre=by_centre)
    return row


@transaction.atomic
def hand_to_address(*, case: Case, name: str, email: str, by: Any, by_centre: bool = False) -> Case:
    """Hand a case over to somebody by address: a member's account, or a person without one of the same domain.

    `by_centre`: the centre does it and has made sure itself that the address is the municipality's.

    Raises:
        NotPossible: The address does not show that it belongs to the municipality.
    """
    row, email = cases.locked(case), email.strip().lower()
    account = people_of(row).filter(email__iexact=email).first()
    if account is not None:
        return hand_to(case=row, to=account, by=by, by_centre=by_centre)
    if email == notices.address_of(row).lower():
        raise NotPossible(SAME)
    if not by_centre and not is_of_here(row, email):
        raise NotPossible(NOT_OF_HERE)
    concern = _concern_of(row)
    concern.contact_name, concern.contact_email = name.strip()[:120], email
    concern.full_clean(validate_unique=False)
    _change_hands(row, concern, requester=None, by=by, by_centre=by_centre)
    return row


def is_known(case: Case, email: str) -> bool:
    """True for the address of a member's account, and for one whose domain shows where it belongs."""
    return people_of(case).filter(email__iexact=email).exists() or is_of_here(case, email)


def is_of_here(case: Case, email: str) -> bool:
    """True for a domain of the municipality alone, or that of whoever has the case; never a provider's."""
    domain = domain_of(email)
    try:
        clean_domain(domain)
    except ValidationError:
        return False
    bodies = set(MailDomain.objects.filter(domain=domain).values_list("municipality", flat=True))
    if bodies:
        return bodies == {case.municipality_id}
    return domain == domain_of(notices.address_of(case))


def _change_hands(case: Case, concern: Concern, *, requester: User | None, by: Any, by_centre: bool) -> None:
    former, former_account = notices.reached(case), case.requester_id
    if requester is not None:
        concern.contact_name = concern.contact_email = ""
    concern.phone = ""
    concern.link_generation += 1
    concern.save()
    CaseContact.objects.filter(case=case).update(name=concern.contact_name, email=concern.contact_email, phone="")
    case.requester = requester
    case.save(update_fields=["requester"])
    fresh = Case.objects.select_related("requester", "lead__user", "concern").get(pk=case.pk)
    threads = newer_entries(case)  # locked before the outbox, as where appointments change
    # Accounts; a guest has none.
    record.note("case", fresh, "hand_to", by=by, case=fresh, former=former_account, requester=case.requester_id)
    pass_entries(fresh, threads, former)
    if not by_centre:
        notices.tell_centre(fresh, "Die Kommune hat den Vorgang einer anderen Person übergeben")


def newer_entries(case: Case) -> list[UUID]:
    """Raise the sequence of each confirmed appointment to come; returns their threads, for `pass_entries`.

    Raises:
        NotPossible: An appointment is being changed at this moment.
    """
    rows = Appointment.objects.filter(case=case, state=AppointmentState.CONFIRMED, starts_at__gt=timezone.now())
    threads = list(rows.order_by("starts_at", "pk").values_list("thread", flat=True))
    try:
        with calendar.guarded():
            for thread in threads:
                record.raise_sequence(thread)
    except SlotTaken as error:
        raise NotPossible(BUSY) from error
    return threads


def pass_entries(case: Case, threads: Iterable[UUID], former: Person | None) -> None:
    """Take appointments out of the calendar of whoever had a case, and put them into that of who has it now."""
    for thread in threads:
        if former is not None:
            notices.leave_calendar(case, thread, former)
        record.raise_sequence(thread)  # who takes the case over, or back, gets a newer entry
        notices.enter_calendar(case, thread)


@transaction.atomic
def share(*, case: Case, private: bool, colleagues: Iterable[User], by: Any) -> Case:
    """Say which colleagues work on a case, and whether it is shown to these alone.

    Who limits the case of somebody else of the municipality stays in: they work on it, and can undo it. Who was
    named before and belongs there no more is left out without a word: nobody can take them off the page.

    Raises:
        NotPossible: Somebody newly named does not belong to the municipality.
    """
    row = cases.locked(case)
    concern = _concern_of(row)
    named = {person.pk for person in colleagues}
    if private and by is not None and people_of(row).filter(pk=by.pk).exists():
        named.add(by.pk)
    belong = set(people_of(row).filter(pk__in=named).values_list("pk", flat=True))
    if named - belong - set(concern.colleagues.values_list("pk", flat=True)):
        raise NotPossible("Bitte nennen Sie nur Personen Ihrer Kommune.")
    concern.private = private
    if private and row.requester_id is not None:
        concern.link_generation += 1  # a link from before there was an account opens it no more
    concern.save(update_fields=["private", "link_generation"])
    concern.colleagues.set(belong)
    record.note("case", row, "share", by=by, case=row, private=private, colleagues=sorted(belong))
    return row
