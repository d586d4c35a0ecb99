"""Every write to accounts: memberships, invitations, sessions, lost second factors."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log

from portal.accounts import departures
from portal.accounts.models import FactorReset, Membership, Municipality, User
from portal.accounts.queries import administrators
from portal.core.visibility import EXTERNAL_ADVISER_GROUP, MUNICIPALITY_GROUP

events = logging.getLogger(__name__)


def log_account(user: User, action: str, *, by: User | None, data: dict[str, Any] | None = None) -> None:
    """Write an entry about an account to the log: ids only, no names, no texts."""
    events.info(action, extra={"user": user.pk, **(data or {})})  # the one that a restore does not take back
    log(user, action, user=by, title=f"Konto {user.pk}", data=data or {})


# -- memberships -------------------------------------------------------------------------------------


def sync_municipality_group(*, user_id: int) -> None:
    """Put a person into the groups that follow their confirmed memberships, and out of them."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    confirmed = Membership.objects.filter(user=user, state=Membership.State.CONFIRMED)
    for name, rows in (
        (MUNICIPALITY_GROUP, confirmed),
        (EXTERNAL_ADVISER_GROUP, confirmed.filter(is_external_adviser=True)),
    ):
        group, _ = Group.objects.get_or_create(name=name)
        if rows.exists():
            user.groups.add(group)
        else:
            user.groups.remove(group)


@transaction.atomic
def request_membership(
    *, user: User, municipality: Municipality, role: str = Membership.Role.MEMBER
) -> Membership:
    """Ask for a membership; an open or confirmed one of the same pair is returned as it is."""
    existing = (
        Membership.objects.filter(user=user, municipality=municipality)
        .exclude(state=Membership.State.ENDED)
        .first()
    )
    if existing is not None:
        return existing
    if not municipality.active:
        raise ValidationError("Diese Kommune besteht nicht mehr. Wählen Sie ihre Nachfolgerin.")
    membership = Membership.objects.create(user=user, municipality=municipality, role=role)
    log_account(user, "accounts.membership_requested", by=user, data={"municipality": municipality.pk})
    return membership


def _locked(membership: Membership) -> Membership:
    return Membership.objects.select_for_update().select_related("user").get(pk=membership.pk)


@transaction.atomic
def confirm_membership(*, membership: Membership, by: User | None) -> Membership:
    """Confirm a requested membership; confirming twice changes nothing, an ended one needs a new request."""
    membership = _locked(membership)
    if membership.state == Membership.State.ENDED:
        raise ValidationError("Eine beendete Zugehörigkeit kann nicht bestätigt werden. Legen Sie eine neue an.")
    if membership.state == Membership.State.REQUESTED:
        if by is not None and by.pk == membership.user_id and not by.is_superuser:
            raise ValidationError("Die eigene Zugehörigkeit bestätigt eine andere Person.")
        membership.state = Membership.State.CONFIRMED
        membership.confirmed_at = membership.renewed_at = timezone.now()
        membership.save()
        log_account(
            membership.user,
            "accounts.membership_confirmed",
            by=by,
            data={"municipality": membership.municipality_id},
        )
    return membership


@transaction.atomic
def end_membership(*, membership: Membership, by: User | None, reason: str = "") -> Membership:
    """End a membership for a reason (`Membership.End`); the row stays as the record of who belonged where."""
    membership = _locked(membership)
    if membership.state != Membership.State.ENDED:
        membership.state, membership.ended_at = Membership.State.ENDED, timezone.now()
        membership.end_reason = reason
        membership.is_external_adviser, membership.admin_requested_at = False, None
        membership.save()
        log_account(
            membership.user,
            "accounts.membership_ended",
            by=by,
            data={"municipality": membership.municipality_id, **({"reason": reason} if reason else {})},
        )
        if reason != Membership.End.ERASED:  # of a deleted account all is told at once
            departures.tell(membership.user, departures.Way.MEMBERSHIP, membership.municipality)
    return membership


# -- accounts ----------------------------------------------------------------------------------------


@transaction.atomic
def end_sessions(*, user: User) -> None:
    """Log a person out everywhere, also from sessions that are not listed anywhere."""
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    for session in UserSession.objects.filter(user_id=user.pk):
        session.end()


@transaction.atomic
def bar_sessions(*, user: User) -> None:
    """End for good what a closed account may do in its sessions; they stay, so that the next request is told."""
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)


@transaction.atomic
def follow_closing(*, user: User) -> None:
    """Do what follows when an account has been closed: its sessions end, and what it leaves open is told."""
    bar_sessions(user=user)
    departures.tell(user, departures.Way.CLOSED)


@transaction.atomic
def set_email(*, user: User, verified: bool) -> None:
    """Make the account's address its only and primary one, confirmed or to be confirmed at the next login."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"primary": True, "verified": verified}
    )


@transaction.atomic
def move_email(*, user: User, old: str, by: User | None) -> None:
    """Follow a change of address made by an administrator: to be confirmed, and the old address is told."""
    set_email(user=user, verified=not user.has_usable_password())
    log_account(user, "accounts.email_changed", by=by)
    get_adapter().send_mail("accounts/email/address_moved", old, {"user": user, "new": user.email})


def rights_of(user: User) -> dict[str, Any]:
    """Return what decides about a person's rights, as ids for the log."""
    return {
        "groups": sorted(user.groups.values_list("pk", flat=True)),
        "superuser": user.is_superuser,
        "active": user.is_active,
    }


def log_roles(*, user: User, by: User | None) -> None:
    log_account(user, "accounts.rights_changed", by=by, data=rights_of(user))


@transaction.atomic
def invite(*, user: User, by: User | None) -> None:
    """Send a new person the link to set a password; only who reads that mailbox can use the account."""
    if not user.has_usable_password():
        set_email(user=user, verified=True)
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    url = settings.BASE_URL + path.replace("UID-KEY", key)
    get_adapter().send_mail("accounts/email/invitation", user.email, {"user": user, "url": url})
    log_account(user, "accounts.invited", by=by)


# -- lost second factors -----------------------------------------------------------------------------


@transaction.atomic
def request_factor_reset(*, user: User, by: User, reason: str) -> FactorReset:
    """Ask for the removal of a lost second factor; all other administrators hear of it."""
    if by.pk == user.pk:
        raise ValidationError("Den eigenen zweiten Faktor setzen zwei andere Personen zurück.")
    if not reason.strip():
        raise ValidationError({"reason": "Geben Sie an, warum der zweite Faktor zurückgesetzt werden soll."})
    try:
        with transaction.atomic():
            reset = FactorReset.objects.create(user=user, requested_by=by, reason=reason.strip())
    except IntegrityError as error:
        raise ValidationError("Für dieses Konto ist schon ein Antrag offen.") from error
    log_account(user, "accounts.factor_reset_requested", by=by, data={"reset": reset.pk})
    for administrator in administrators().exclude(pk__in=[by.pk, user.pk]):
        _mail(administrator, "accounts/email/factor_reset_requested", reset)
    return reset


def _open_reset(reset: FactorReset) -> FactorReset:
    reset = FactorReset.objects.select_for_update(of=("self",)).select_related("user").get(pk=reset.pk)
    if not reset.is_open:
        raise ValidationError("Dieser Antrag ist schon erledigt.")
    return reset


@transaction.atomic
def approve_factor_reset(*, reset: FactorReset, by: User) -> FactorReset:
    """Carry out a reset as the second administrator: factors gone, sessions ended, the person told."""
    reset = _open_reset(reset)
    if by.pk == reset.requested_by_id:
        raise ValidationError("Wer den Antrag gestellt hat, kann ihn nicht freigeben.")
    if by.pk == reset.user_id:
        raise ValidationError("Den eigenen zweiten Faktor setzen zwei andere Personen zurück.")
    if reset.requested_by_id is None:
        raise ValidationError("Die Person, die den Antrag gestellt hat, gibt es nicht mehr. Stellen Sie ihn neu.")
    reset.approved_by = by
    return _carry_out(reset, by=by)


@transaction.atomic
def decline_factor_reset(*, reset: FactorReset, by: User) -> FactorReset:
    """Close a request without doing anything; who asked may also withdraw."""
    reset = _open_reset(reset)
    reset.declined_at = timezone.now()
    reset.save()
    log_account(reset.user, "accounts.factor_reset_declined", by=by, data={"reset": reset.pk})
    return reset


@transaction.atomic
def reset_factor_at_console(*, user: User, reason: str) -> FactorReset:
    """Reset for the operator at the machine's console, who needs no second administrator; logged as such."""
    FactorReset.objects.filter(user=user, done_at=None, declined_at=None).update(declined_at=timezone.now())
    reset = FactorReset.objects.create(user=user, requested_by=None, reason=f"Konsole: {reason}"[:255])
    return _carry_out(reset, by=None)


def _carry_out(reset: FactorReset, *, by: User | None) -> FactorReset:
    reset.done_at = timezone.now()
    reset.save()
    Authenticator.objects.filter(user=reset.user).delete()
    end_sessions(user=reset.user)
    log_account(reset.user, "accounts.factor_reset_done", by=by, data={"reset": reset.pk})
    _mail(reset.user, "accounts/email/factor_reset_done", reset)
    return reset


def _mail(user: User, template: str, reset: FactorReset) -> None:
    url = settings.BASE_URL + reverse("accounts_factor_resets")
    get_adapter().send_mail(template, user.email, {"user": user, "reset": reset, "url": url})
