"""Who gets into a municipality, who manages its access, and who leaves: each decision, its mails and its log.

The municipality's row is locked first, so that two administrators cannot end each other's membership at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from portal.accounts import centre_tasks, services
from portal.accounts.models import Membership, Municipality, User
from portal.accounts.queries import administrators_of, body_of_address, decides_everywhere, has_verified, manages
from portal.core import audit, audit_labels

State, Role, End = Membership.State, Membership.Role, Membership.End
MOST_REQUESTS = 5
LAST_ADMINISTRATOR = (
    "{who} verwaltet als einzige Person den Zugang von {body}. Machen Sie zuerst jemand anderen zur "
    "Verwaltung des Zugangs."
)


def may_decide(user: Any, municipality: Municipality) -> bool:
    """True for who decides about the people of a municipality: its administrators and the centre."""
    return decides_everywhere(user) or manages(user, municipality)


def is_last_administrator(membership: Membership) -> bool:
    """True when others belong to the municipality and nobody of them could manage its access.

    Somebody who is alone may go: there is nobody to hand over to.
    """
    if membership.state != State.CONFIRMED or membership.role != Role.ADMIN:
        return False
    if administrators_of(membership.municipality).exclude(pk=membership.pk).exists():
        return False
    others = Membership.objects.filter(
        municipality=membership.municipality, state=State.CONFIRMED, user__is_active=True
    )
    return others.exclude(pk=membership.pk).exists()


def lock_municipality(membership: Membership) -> None:
    """Keep everybody else from changing who belongs to the municipality, until the transaction ends."""
    Municipality.objects.select_for_update().get(pk=membership.municipality_id)


def _locked(membership: Membership, *, by: User | None) -> Membership:
    """Return the row as it is now, its municipality locked; refuse who may not decide about it."""
    lock_municipality(membership)
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user", "municipality__district")
    current = rows.get(pk=membership.pk)
    if by is not None and by.pk != current.user_id and not may_decide(by, current.municipality):
        raise PermissionDenied
    return current


def _keep_an_administrator(membership: Membership) -> None:
    if is_last_administrator(membership):
        text = LAST_ADMINISTRATOR.format(who=membership.user, body=membership.municipality)
        raise ValidationError(text, code="last_administrator")


def _log(membership: Membership, action: str, by: User | None, **data: Any) -> None:
    details = {"municipality": membership.municipality_id, **data}
    services.log_account(membership.user, f"accounts.{action}", by=by, data=details)


def _mail(user: User, template: str, membership: Membership) -> None:
    values = {
        "user": user,
        "membership": membership,
        "body": membership.municipality,
        "url": settings.BASE_URL + reverse("account_start"),
        "people_url": settings.BASE_URL + reverse("municipality_people", args=[membership.municipality.slug]),
    }
    get_adapter().send_mail(f"accounts/email/{template}", user.email, values)


# -- getting in --------------------------------------------------------------------------------------


@transaction.atomic
def admit_by_address(*, user: User) -> Membership | None:
    """Admit a person whose confirmed address has the domain of one body alone; None where it decides nothing.

    Whose membership there has ended before waits for a person's decision: they were sent away, or had not
    confirmed it. The domain makes members only: who asked to manage the access still waits for that.
    """
    body = body_of_address(user.email)
    if body is None or not user.is_active or not has_verified(user):
        return None
    Municipality.objects.select_for_update().get(pk=body.pk)  # one admission at a time
    rows = Membership.objects.filter(user=user, municipality=body)
    if rows.filter(state__in=[State.CONFIRMED, State.ENDED]).exists():
        return None
    waiting = rows.filter(state=State.REQUESTED).first()
    wants_admin = waiting is not None and waiting.role == Role.ADMIN
    membership = waiting or services.request_membership(user=user, municipality=body)
    if wants_admin:
        Membership.objects.filter(pk=membership.pk).update(role=Role.MEMBER)
    membership = services.confirm_membership(membership=membership, by=None)
    centre_tasks.decided(membership)
    return ask_for_administration(membership=membership) if wants_admin else membership


@transaction.atomic
def ask_to_join(*, user: User, municipality: Municipality, wants_admin: bool) -> Membership:
    """Ask for a membership: admitted at once by the domain, else the administrators or the centre decide.

    Raises:
        ValidationError: the municipality no longer exists, or too many requests of the person are open.
    """
    Municipality.objects.select_for_update().get(pk=municipality.pk)  # sent twice is asked once
    open_requests = Membership.objects.filter(user=user, state=State.REQUESTED)
    known = Membership.objects.filter(user=user, municipality=municipality).exclude(state=State.ENDED).first()
    if known is not None:
        return known
    if open_requests.count() >= MOST_REQUESTS:
        raise ValidationError(
            f"Es sind schon {MOST_REQUESTS} Ihrer Anfragen offen. Warten Sie auf eine Antwort, oder ziehen Sie "
            "eine Anfrage zurück."
        )
    role = Role.ADMIN if wants_admin else Role.MEMBER
    membership = services.request_membership(user=user, municipality=municipality, role=role)
    admitted = admit_by_address(user=user)
    if admitted is not None and admitted.pk == membership.pk:
        return admitted
    _tell_who_decides(membership)
    return membership


def _tell_who_decides(membership: Membership) -> None:
    """Write to the administrators of the municipality; where it has none, the centre gets a task."""
    administrators = list(administrators_of(membership.municipality).exclude(user=membership.user_id))
    for row in User.objects.filter(pk__in=[row.user_id for row in administrators]):
        _mail(row, "membership_requested", membership)
    if not administrators:
        centre_tasks.ask_the_centre(membership)


@transaction.atomic
def ask_for_administration(*, membership: Membership) -> Membership:
    """A member asks to manage the access; asking twice changes nothing."""
    membership = _locked(membership, by=None)
    is_member = membership.state == State.CONFIRMED and membership.role == Role.MEMBER
    if is_member and membership.admin_requested_at is None:
        membership.admin_requested_at = timezone.now()
        membership.save()
        _log(membership, "administration_requested", membership.user)
        _tell_who_decides(membership)
    return membership


@transaction.atomic
def admit(*, membership: Membership, role: str = "", by: User) -> Membership:
    """Grant what was asked for: the membership, or the administration; with `role` that role instead.

    Only what is open is decided: an old page takes nothing from who was admitted since. Granted twice is granted.

    Raises:
        ValidationError: decided otherwise in the meantime, or it is the own request.
        PermissionDenied: neither administrator of the municipality nor of the centre.
    """
    membership = _locked(membership, by=by)
    _refuse_own(membership, by)
    wanted = role or (Role.ADMIN if membership.admin_requested_at is not None else membership.role)
    was_requested, had_role = membership.state == State.REQUESTED, membership.role
    if not was_requested and had_role == wanted and membership.state == State.CONFIRMED:
        return membership
    if not (was_requested or (membership.admin_requested_at is not None and wanted == Role.ADMIN)):
        raise _decided(membership)
    Membership.objects.filter(pk=membership.pk).update(role=wanted, admin_requested_at=None)
    if was_requested:
        membership = services.confirm_membership(membership=membership, by=by)
    membership.role, membership.admin_requested_at = wanted, None
    if not was_requested:
        _log(membership, "membership_role", by, role=wanted)
    centre_tasks.decided(membership, by=by)
    if wanted == Role.ADMIN:
        centre_tasks.managed(membership, by=by)
    _mail(membership.user, "membership_admitted", membership)
    return membership


@transaction.atomic
def enter(*, user: User, municipality: Municipality, role: str, confirmed: bool, by: User) -> Membership:
    """Write down a membership for somebody: admitted with it, or a request that whoever decides is told of.

    Raises as `admit`; ValidationError as well: the municipality no longer exists.
    """
    membership = services.request_membership(user=user, municipality=municipality, role=role)
    if confirmed:
        return admit(membership=membership, role=role, by=by)
    _tell_who_decides(membership)
    return membership


def _refuse_own(membership: Membership, by: User) -> None:
    if membership.user_id == by.pk and not by.is_superuser:
        raise ValidationError("Über die eigene Anfrage entscheidet eine andere Person.")


def _decided(membership: Membership) -> ValidationError:
    """Return what is the case where no such request is open any more."""
    done = "Diese Anfrage ist schon erledigt"
    if membership.state != State.CONFIRMED:
        return ValidationError(f"{done}.")
    what = "verwaltet schon den Zugang von" if membership.role == Role.ADMIN else "gehört schon zu"
    return ValidationError(f"{done}: {membership.user} {what} {membership.municipality}.")


@transaction.atomic
def refuse(*, membership: Membership, by: User, administration: bool = False) -> Membership:
    """Refuse a request; `administration`: that of a member to manage the access, who stays a member.

    Raises as `admit`.
    """
    membership = _locked(membership, by=by)
    _refuse_own(membership, by)
    if membership.state == State.REQUESTED and not administration:
        membership = services.end_membership(membership=membership, by=by, reason=End.REFUSED)
        _mail(membership.user, "membership_refused", membership)
    elif membership.admin_requested_at is not None and administration:
        membership.admin_requested_at = None
        membership.save()
        _log(membership, "administration_refused", by)
        _mail(membership.user, "administration_refused", membership)
    else:
        raise _decided(membership)
    centre_tasks.decided(membership, by=by)
    return membership


# -- being there, and leaving ------------------------------------------------------------------------


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: User) -> Membership:
    """Make a member an administrator, or the other way round; also oneself, while another one stays.

    Raises:
        ValidationError: it is the last administrator, or the membership is not confirmed.
    """
    membership = _locked(membership, by=by)
    if by.pk == membership.user_id and not may_decide(by, membership.municipality):
        raise PermissionDenied
    if membership.state != State.CONFIRMED:
        raise ValidationError("Diese Person gehört der Kommune nicht mehr an.")
    if membership.role == role:
        return membership
    if role != Role.ADMIN:
        _keep_an_administrator(membership)
    return _give_role(membership, role, by=by)


def hand_over_administration(*, membership: Membership) -> Membership:
    """Let a member manage the access in place of somebody whose account is closed; that is decided before."""
    membership = _locked(membership, by=None)
    is_asked_of = membership.state == State.CONFIRMED and membership.role != Role.ADMIN
    return _give_role(membership, Role.ADMIN, by=None) if is_asked_of else membership


def _give_role(membership: Membership, role: str, *, by: User | None) -> Membership:
    membership.role, membership.admin_requested_at = role, None
    membership.save()
    _log(membership, "membership_role", by, role=role)
    if role == Role.ADMIN:
        centre_tasks.managed(membership, by=by)
        centre_tasks.decided(membership, by=by)
    if by is None or by.pk != membership.user_id:
        _mail(membership.user, "membership_role", membership)
    return membership


@transaction.atomic
def remove(*, membership: Membership, by: User) -> Membership:
    """End somebody's membership; a last administrator hands over first."""
    membership = _locked(membership, by=by)
    if by.pk == membership.user_id:
        return leave(membership=membership)
    if membership.state == State.ENDED:
        return membership
    _keep_an_administrator(membership)
    membership = _end(membership, by=by, reason=End.REMOVED)
    _mail(membership.user, "membership_removed", membership)
    return membership


@transaction.atomic
def leave(*, membership: Membership) -> Membership:
    """End the own membership or take back the own request; a last administrator hands over first."""
    membership = _locked(membership, by=None)
    if membership.state == State.ENDED:
        return membership
    _keep_an_administrator(membership)
    return _end(membership, by=membership.user, reason=End.LEFT)


@transaction.atomic
def end_without_answer(*, membership: Membership, asked_before: datetime) -> bool:
    """End a membership the person was asked about before a time and has not confirmed; False where they just have.

    Whether another administrator is left makes no difference; the centre hears of it.
    """
    membership = _locked(membership, by=None)
    if membership.state != State.CONFIRMED or membership.asked_at is None or membership.asked_at >= asked_before:
        return False
    membership = _end(membership, by=None, reason=End.LAPSED)
    if membership.user.is_active:
        _mail(membership.user, "membership_lapsed", membership)
    return True


def end_with_account(*, membership: Membership, by: User | None, reason: str) -> None:
    """End a membership together with the account; that somebody has to hand over first is checked before."""
    _end(_locked(membership, by=None), by=by, reason=reason)


def _end(membership: Membership, *, by: User | None, reason: str) -> Membership:
    managed = membership.state == State.CONFIRMED and membership.role == Role.ADMIN
    ended = services.end_membership(membership=membership, by=by, reason=reason)
    centre_tasks.decided(ended, by=by)
    if managed:
        centre_tasks.report_unmanaged(ended)
    return ended


@transaction.atomic
def set_external_adviser(*, membership: Membership, value: bool, by: User) -> Membership:
    """Make somebody of an association or IT provider an external adviser, or end that; the centre alone decides.

    Raises:
        ValidationError: the body is none whose people advise, or the membership is not confirmed.
    """
    membership = _locked(membership, by=by)
    if not decides_everywhere(by):
        raise PermissionDenied
    if value and membership.state != State.CONFIRMED:
        raise ValidationError("Bestätigen Sie zuerst die Zugehörigkeit.")
    if value and not Municipality.Kind(membership.municipality.kind).may_advise:
        raise ValidationError("Externe Beratung gibt es nur bei Verbänden und IT-Dienstleistern.")
    if membership.is_external_adviser != value:
        membership.is_external_adviser = value
        membership.save()
        _log(membership, "external_adviser", by, external_adviser=value)
    return membership


def register() -> None:
    """Called when the app is ready."""
    audit.register_action("accounts.domains", "Mail-Domains übernommen")
    audit_labels.register_codes("role", dict(Role.choices))
    audit_labels.register_codes("reason", dict(End.choices))
