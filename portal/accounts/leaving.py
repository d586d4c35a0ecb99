"""Closing the account of a person who leaves: everything they answer for changes hands in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts import services
from portal.accounts.belongings import Belonging, held_by
from portal.accounts.models import Membership, Municipality, User
from portal.core import audit

Successors = Mapping[str, User | None]


def _locked(person: User, by: User, successors: Successors) -> dict[int, User]:
    """Lock everybody concerned, in the order of their ids, so that two hand-overs cannot cross.

    The person's municipalities come before them: all others who change who belongs there lock in this order.
    """
    confirmed = Membership.objects.filter(user=person, state=Membership.State.CONFIRMED).values("municipality")
    list(Municipality.objects.select_for_update().filter(pk__in=confirmed).order_by("pk").values_list("pk"))
    wanted = {person.pk, by.pk, *(successor.pk for successor in successors.values() if successor is not None)}
    rows = User.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    return {row.pk: row for row in rows}


def _check_actor(person: User, by: User) -> None:
    if not by.is_active:
        raise ValidationError("Ihr Konto ist inzwischen geschlossen. Es wurde nichts übergeben.")
    if by.pk == person.pk:
        raise ValidationError("Das eigene Konto schließt eine andere Person der Administration.")
    if person.is_superuser and not by.is_superuser:
        raise ValidationError("Dieses Konto gehört dem Betreiber. Nur er kann es schließen.")


def successor_objection(kind: Belonging, person: User, successor: User | None) -> str:
    """Return in German why somebody cannot take over a kind of thing; empty when they can."""
    if kind.personal:
        return "" if successor is None else f"„{kind.label}“ kann niemand übernehmen, es endet mit dem Konto."
    if successor is None:
        return "" if kind.may_end else f"Wählen Sie aus, wer „{kind.label}“ übernimmt."
    if successor.pk == person.pk:
        return "Wählen Sie eine andere Person: Dieses Konto wird geschlossen."
    if not successor.is_active:
        return f"Das Konto von {successor} ist geschlossen. Wählen Sie eine andere Person."
    return kind.objection(person, successor)


@transaction.atomic
def hand_over_and_deactivate(*, person: User, successors: Successors, by: User) -> dict[str, int]:
    """Hand over all a person answers for and close the account; returns how many of each kind changed hands.

    `successors` name one person for each kind that is held; None lets it end where that is possible.

    Raises:
        ValidationError: {field: message} or a message, when something cannot be handed over; nothing is changed.
    """
    rows = _locked(person, by, successors)
    if person.pk not in rows or by.pk not in rows:
        raise ValidationError("Dieses Konto gibt es nicht mehr.")
    person, by = rows[person.pk], rows[by.pk]
    _check_actor(person, by)
    errors: dict[str, str] = {}
    taken: list[tuple[Belonging, User | None]] = []
    for kind, _ in held_by(person):
        named = successors.get(kind.name)
        successor = rows.get(named.pk) if named is not None else None
        if message := successor_objection(kind, person, successor):
            errors[kind.name] = message
        taken.append((kind, successor))
    if errors:
        raise ValidationError(errors)
    moved = {kind.name: kind.hand_over(person, successor) for kind, successor in taken}
    was_active = person.is_active
    User.objects.filter(pk=person.pk).update(is_active=False)
    person.is_active = False
    if was_active:
        services.follow_closing(user=person)
        services.log_roles(user=person, by=by)
    to = {kind.name: successor.pk if successor else None for kind, successor in taken}
    audit.record("account.handed_over", actor=by, subject=person, moved=moved, successors=to)
    services.log_account(person, "accounts.handed_over", by=by, data={"moved": moved, "successors": to})
    return moved
