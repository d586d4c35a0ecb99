"""Who may advise at all: the one rule of it, for the form, the loss of a role or a mark, the night, confirmations.

The centre's advisers advise because a role lets them work on cases. An adviser from outside does so because a
membership of an association or IT provider is marked so, or by such a role as well; the centre makes the `Adviser`
row by hand. Without role and mark the row alone opens nothing, and `without_role` switches it off.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from consultations.models import Adviser, Allocation, Case
from consultations.states import BLOCKING, OPEN_CASES, AppointmentState
from portal.accounts.models import User
from portal.accounts.queries import active_staff, external_advisers


def working_on_cases() -> QuerySet[User]:
    """Return the people of the centre whose role lets them work on cases, and superusers; active ones."""
    role = Q(
        groups__permissions__codename="change_case", groups__permissions__content_type__app_label="consultations"
    )
    return User.objects.filter(Q(is_superuser=True) | role, is_active=True).distinct()


def able() -> QuerySet[User]:
    """Return who may advise now: who works on cases, and those marked as advisers from outside."""
    inside, outside = working_on_cases().values("pk"), external_advisers().values("pk")
    return User.objects.filter(Q(pk__in=inside) | Q(pk__in=outside))


def is_able(user: User) -> bool:
    return able().filter(pk=user.pk).exists()


def is_inside(user: User) -> bool:
    """True for who advises for the centre; everybody else does so from outside, if at all."""
    return working_on_cases().filter(pk=user.pk).exists()


def is_staff(user: User) -> bool:
    """True for who has any role of the centre; not every role lets them advise."""
    return active_staff().filter(pk=user.pk).exists()


def entitled() -> Q:
    """Return what is true for the row of who may advise in the way it says: for the centre, or from outside."""
    inside = Q(external=False, user__in=working_on_cases().values("pk"))
    return inside | Q(external=True, user__in=able().values("pk"))


def advising() -> QuerySet[Adviser]:
    """Return the advisers work can be given to, with their accounts: active ones who may advise now.

    Of the centre's active rows it is known: who is not `entitled` any more is switched off at once, or at night.
    """
    rows = Adviser.objects.filter(active=True, user__is_active=True)
    return rows.filter(Q(external=False) | Q(user__in=able().values("pk"))).select_related("user")


def _inside() -> Q:
    return Q(external=False) & (Q(user__is_superuser=True) | ~Q(user__in=external_advisers().values("pk")))


def of_the_centre() -> QuerySet[Adviser]:
    """Return the advisers of the centre: nobody from outside, whether marked so or by membership."""
    return advising().filter(_inside())


def for_case(case: Case) -> QuerySet[Adviser]:
    """Return whom an appointment of a case can be given to: the centre's advisers, and those who are on the case.

    Others from outside cannot open it (`desk.rights.scope`), whether marked so or by membership.
    """
    on_it = Q(pk=case.lead_id) | Q(pk__in=case.further.order_by().values("pk"))
    return advising().filter(_inside() | on_it)


def shut_out(case: Case) -> list[Allocation]:
    """Return the parts in appointments of a case to come that are with people who may not have them any more.

    They advise no more, or come from outside and have been taken off the case; one query, in order of time.
    """
    standing = (AppointmentState.REQUESTED, AppointmentState.CONFIRMED)
    rows = Allocation.objects.filter(
        appointment__case=case, state__in=standing, appointment__starts_at__gt=timezone.now()
    ).exclude(adviser__in=for_case(case).values("pk"))
    return list(rows.select_related("adviser__user", "appointment").order_by("blocks_from", "pk"))


def counts(adviser: Adviser) -> bool:
    """True for an adviser who may hear of cases; of those from outside it is looked up.

    Who is switched off hears of them as long as a role shows them the cases; from outside nobody does.
    """
    if adviser.user is None or not adviser.user.is_active:
        return False
    if adviser.external:
        return adviser.active and is_able(adviser.user)
    return adviser.active or adviser.user.has_perm("consultations.change_case")


def has_something_left(adviser: Adviser) -> bool:
    """True while appointments to come or open cases are with somebody."""
    ahead = Allocation.objects.filter(adviser=adviser, state__in=BLOCKING, blocks_until__gt=timezone.now())
    return ahead.exists() or Case.objects.filter(lead=adviser, state__in=OPEN_CASES).exists()
