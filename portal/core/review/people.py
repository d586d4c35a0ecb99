"""What a role may do with published content; groups are those of portal.core.visibility."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

REVIEWER = "Fachprüfung"
ADMINISTRATOR = "Administration"
EDITOR = "Redaktion"
COORDINATOR = "Koordination"


def groups_of(user: Any) -> frozenset[str]:
    """Return the names of a person's groups, read once for each user object."""
    names = getattr(user, "_portal_groups", None)
    if names is None:
        names = frozenset(user.groups.values_list("name", flat=True)) if user.pk else frozenset()
        user._portal_groups = names
    return names


def remember_groups(user: Any, names: Iterable[str]) -> None:
    """Keep the names of a person's groups where they have been read already."""
    user._portal_groups = frozenset(names)


def has_role(user: Any, *roles: str) -> bool:
    """True for active people with one of the roles; superusers count as having each."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return False
    return bool(user.is_superuser or groups_of(user) & set(roles))


def is_reviewer(user: Any) -> bool:
    return has_role(user, REVIEWER)


def may_withdraw_content(user: Any) -> bool:
    """True for who takes content offline, cancels schedules, sets privacy, moves live pages; one is enough."""
    return has_role(user, REVIEWER, ADMINISTRATOR)


def may_correct(user: Any) -> bool:
    """True for who may put a correction notice on a live page."""
    return has_role(user, EDITOR, REVIEWER, ADMINISTRATOR)


def may_invite(user: Any) -> bool:
    """True for who asks outside experts about a draft."""
    return has_role(user, EDITOR, REVIEWER, COORDINATOR, ADMINISTRATOR)


def editors() -> QuerySet[Any]:
    """Return the active people of the Redaktion."""
    return get_user_model()._default_manager.filter(groups__name=EDITOR, is_active=True).distinct()


def reviewers(*, superusers: bool = False) -> QuerySet[Any]:
    """Return the active people of the Fachprüfung; superusers count as such, but are nobody's inbox."""
    role = Q(groups__name=REVIEWER)
    if superusers:
        role |= Q(is_superuser=True)
    return get_user_model()._default_manager.filter(role, is_active=True).distinct()


def accounts(pk: Any, *, expert: bool) -> QuerySet[Any]:
    """Return the account of a primary key (or `OuterRef`) if it can still write pages, or is of the Fachprüfung.

    Left out are closed accounts and people who have moved to a role without pages: they confirm nothing any more.
    """
    from wagtail.models import GroupPagePermission

    groups = get_user_model().groups.through.objects.filter(user=OuterRef("pk"))
    writers = GroupPagePermission.objects.filter(permission__codename="change_page").values("group")
    groups = groups.filter(group__name=REVIEWER) if expert else groups.filter(group__in=writers)
    role = Q(is_superuser=True) | Exists(groups)
    return get_user_model()._default_manager.filter(role, pk=pk, is_active=True)


class Standings:
    """The standing of accounts, asked once for each."""

    def __init__(self) -> None:
        self._known: dict[int, dict[int, bool]] = {}

    def of(self, account: int | None) -> dict[int, bool]:
        """Return the account with whether it belongs to the Fachprüfung; nothing for nobody and who has left."""
        if not account:
            return {}
        if account not in self._known:
            self._known[account] = standing_of_accounts([account])
        return self._known[account]


def standing_of_accounts(ids: Iterable[int]) -> dict[int, bool]:
    """Return those of the accounts that can still write pages, and whether each belongs to the Fachprüfung."""
    return {pk: accounts(pk, expert=True).exists() for pk in ids if accounts(pk, expert=False).exists()}
