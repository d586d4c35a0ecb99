"""Whether whoever asked still counts as such: not once their membership in the case's municipality has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.accounts.models import Membership, User

if TYPE_CHECKING:
    from consultations.models import Case

_State = Membership.State


def bodies_of(person: User) -> QuerySet[Membership]:
    """Return the confirmed memberships that open cases; not those of external advisers."""
    return Membership.objects.filter(user=person, state=_State.CONFIRMED, is_external_adviser=False)


def asked_by(person: User) -> Q:
    """Return the condition for the cases in which a person counts as the one who asked.

    A membership that has ended since the case came closes it for them, whoever ended it, unless they belong to the
    municipality again. Who never belonged there has asked as a guest with an account and keeps the case.
    """
    ended = Membership.objects.filter(
        user=person, municipality=OuterRef("municipality"), state=_State.ENDED, confirmed_at__isnull=False,
        ended_at__gte=OuterRef("created_at"),
    )  # fmt: skip
    return Q(requester=person) & (Q(municipality__in=bodies_of(person).values("municipality")) | Q(~Exists(ended)))


def counts(case: Case) -> bool:
    """True when a case has a requester with an account that counts (`asked_by`); one query."""
    if case.requester_id is None:
        return False
    rows = Membership.objects.filter(user=case.requester_id, municipality=case.municipality_id)
    ended = False
    for state, outside, confirmed, until in rows.values_list(
        "state", "is_external_adviser", "confirmed_at", "ended_at"
    ):
        if state == _State.CONFIRMED and not outside:
            return True
        ended |= state == _State.ENDED and confirmed is not None and until is not None and until >= case.created_at
    return not ended
