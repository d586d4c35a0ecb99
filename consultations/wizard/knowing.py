"""What is known of somebody signed in, so that it need not be asked."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Membership, Municipality, User


def bodies_of(person: User | None) -> Any:
    """Return the municipalities somebody can ask for: their own, or all where nothing is known of them."""
    rows = Municipality.objects.filter(active=True)
    if person is None:
        return rows
    own = Membership.objects.filter(user=person, state=Membership.State.CONFIRMED).values("municipality")
    found = rows.filter(pk__in=own)
    return found if found.exists() else rows


def known_of(person: User | None) -> dict[str, Any]:
    """Return what need not be asked: the municipality of somebody who has one."""
    bodies = list(bodies_of(person)[:2]) if person is not None else []
    return {"municipality": bodies[0].pk} if len(bodies) == 1 else {}
