"""Every read of accounts that joins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils import timezone
from wagtail.models import GroupPagePermission

from portal.accounts.models import FactorReset, MailDomain, Membership, Municipality, User
from portal.core.review.people import remember_groups
from portal.core.visibility import STAFF_GROUPS, Visibility, level_of_user, remember_level


def acting_user(request: HttpRequest) -> User:
    """Return the person of a request that has passed the login."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - every caller stands behind a login
    return user


def user_of_session(pk: Any) -> User | None:
    """Return an account with its level and what it may do in the admin: what each request asks, in one query.

    `edits_all` and `edits_some` say whether it may change every page, or any.
    """
    enters = Permission.objects.filter(
        Q(group__user=OuterRef("pk")) | Q(user=OuterRef("pk")),
        content_type__app_label="wagtailadmin",
        codename="access_admin",
    )
    edits = GroupPagePermission.objects.filter(group__user=OuterRef("pk"), permission__codename="change_page")
    rows = (
        User.objects.filter(pk=pk)
        .select_related("wagtail_userprofile")
        .annotate(
            group_name=F("groups__name"),
            enters_admin=Exists(enters),
            edits_all=Exists(edits.filter(page__depth=1)),
            edits_some=Exists(edits),
        )
    )
    found = list(rows.order_by())  # one row for each group
    if not found:
        return None
    names = [row.group_name for row in found if row.group_name]
    remember_level(found[0], names)
    remember_groups(found[0], names)
    return found[0]


def rights_of(user: User) -> tuple[set[str], set[str]]:
    """Return a person's own rights and those of their groups as "app.codename", in one query."""
    columns = ("content_type__app_label", "codename")
    rows = Permission.objects.order_by()
    own = rows.filter(user=user).values_list(*columns, Value(1, output_field=IntegerField()))
    by_group = rows.filter(group__user=user).values_list(*columns, Value(0, output_field=IntegerField()))
    found: tuple[set[str], set[str]] = (set(), set())
    for app, codename, is_own in own.union(by_group, all=True):
        found[0 if is_own else 1].add(f"{app}.{codename}")
    return found


def active_staff() -> QuerySet[User]:
    """The people of the centre who can work: active accounts with a role, and superusers."""
    here = Q(groups__name__in=STAFF_GROUPS) | Q(is_superuser=True)
    return User.objects.filter(here, is_active=True).distinct()


def external_advisers() -> QuerySet[User]:
    """Active people who advise from outside: a confirmed membership of theirs is marked so."""
    marked = Membership.objects.filter(state=Membership.State.CONFIRMED, is_external_adviser=True)
    return User.objects.filter(pk__in=marked.values("user"), is_active=True)


def administrators() -> QuerySet[User]:
    """Active people who may approve the reset of a second factor."""
    may = Q(is_superuser=True) | Q(
        groups__permissions__codename="change_factorreset",
        groups__permissions__content_type__app_label="accounts",
    )
    return User.objects.filter(may, is_active=True).distinct()


def open_factor_resets() -> QuerySet[FactorReset]:
    return FactorReset.objects.filter(done_at=None, declined_at=None).select_related("user", "requested_by")


def closed_factor_resets(*, days: int = 365) -> QuerySet[FactorReset]:
    since = timezone.now() - timedelta(days=days)
    return (
        FactorReset.objects.exclude(done_at=None, declined_at=None)
        .filter(requested_at__gte=since)
        .select_related("user", "requested_by", "approved_by")
    )


def works_in_admin(user: Any) -> bool:
    """True for people of the centre, whose work is in the admin."""
    return level_of_user(user) is Visibility.CENTRE or bool(user.has_perm("wagtailadmin.access_admin"))


def memberships_of(user: User) -> list[Membership]:
    """Return a person's open and confirmed memberships with their municipalities, in one query."""
    rows = Membership.objects.filter(user=user).exclude(state=Membership.State.ENDED)
    return list(rows.select_related("municipality__district").order_by("municipality__name"))


def administrators_of(municipality: Municipality) -> QuerySet[Membership]:
    """Return the confirmed memberships of active people who manage the access of a municipality."""
    return Membership.objects.filter(
        municipality=municipality,
        state=Membership.State.CONFIRMED,
        role=Membership.Role.ADMIN,
        user__is_active=True,
    )


def manages(user: Any, municipality: Municipality) -> bool:
    """True for an active administrator of a municipality."""
    return administrators_of(municipality).filter(user=user).exists()


def decides_everywhere(user: Any) -> bool:
    """True for people of the centre who decide about every membership."""
    return bool(user.has_perm("accounts.change_membership"))


def people_of(municipality: Municipality) -> list[Membership]:
    """Return the open and confirmed memberships of a municipality: administrators first, then by name."""
    rows = Membership.objects.filter(municipality=municipality, user__is_active=True)
    rows = rows.exclude(state=Membership.State.ENDED).select_related("user")
    return sorted(
        rows,
        key=lambda row: (
            row.state,
            row.role,
            row.user.last_name.casefold(),
            row.user.first_name.casefold(),
            row.pk,
        ),
    )


def requests() -> QuerySet[Membership]:
    """Return what waits for a decision: requested memberships, and members who want to manage the access."""
    waiting = Q(state=Membership.State.REQUESTED) | Q(admin_requested_at__isnull=False)
    return Membership.objects.filter(waiting, user__is_active=True).select_related(
        "user", "municipality__district"
    )


def domain_of(address: str) -> str:
    """Return the domain of a mail address in lower case, international ones as they travel (IDNA)."""
    domain = address.rpartition("@")[2].strip().lower()
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def bodies_of_domain(domain: str) -> list[Municipality]:
    """Return the existing bodies that have a domain."""
    rows = MailDomain.objects.filter(domain=domain, municipality__active=True).select_related("municipality")
    return [row.municipality for row in rows]


def body_of_address(address: str) -> Municipality | None:
    """Return the one body whose people have addresses of this domain; None where several or none have it."""
    found = bodies_of_domain(domain_of(address))
    return found[0] if len(found) == 1 else None


def has_verified(user: User) -> bool:
    """True when the person has shown that they read the mail of their address."""
    return EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()
