"""Erasing the own account: what nobody else needs is deleted, what has to stay loses its name."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from portal.accounts import departures, memberships, own_data, services
from portal.accounts.belongings import held_by
from portal.accounts.models import Membership, User
from portal.accounts.queries import administrators

NOWHERE = "geloescht.invalid"
"""A domain that no mail reaches (RFC 2606)."""


def objections(user: User) -> list[str]:
    """Return in German why an account cannot be erased yet; what somebody answers for changes hands first."""
    found = []
    for kind, count in held_by(user):
        if kind.personal:  # ends with the account
            continue
        if kind.keeps_account is None:
            found.append(
                f"Sie sind noch zuständig – {kind.label}: {count}. Bitten Sie die Administration der "
                "Kompetenzstelle um „Übergeben und deaktivieren“."
            )
        else:
            found += kind.keeps_account(user)
    if administrators().filter(pk=user.pk).exists() and not administrators().exclude(pk=user.pk).exists():
        found.append("Sie sind die letzte Person der Administration. Geben Sie zuerst jemand anderem diese Rolle.")
    return found


@transaction.atomic
def erase(*, user: User) -> None:
    """Erase an account for good, at the wish of its person.

    Raises:
        ValidationError: with a German sentence for each thing that has to change hands first.
    """
    own = Membership.objects.filter(user=user).exclude(state=Membership.State.ENDED)
    for membership in own.order_by("municipality_id"):  # before the account: all others lock in this order
        memberships.lock_municipality(membership)
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.erased_at is not None:
        return
    if found := objections(user):
        raise ValidationError(found)
    get_adapter().send_mail("accounts/email/erased", user.email, {"user": user})
    services.log_account(user, "accounts.erased", by=user)
    departures.tell(user, departures.Way.DELETED)
    for membership in own:
        memberships.end_with_account(membership=membership, by=membership.user, reason=Membership.End.ERASED)
    for part in own_data.all_parts():
        part.erase(user)
    services.end_sessions(user=user)
    user.refresh_from_db()
    user.email = f"konto-{user.pk}@{NOWHERE}"
    user.first_name = user.last_name = user.phone = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.erased_at = timezone.now()
    user.set_unusable_password()
    user.save()
