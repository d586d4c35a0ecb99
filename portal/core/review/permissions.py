"""Nobody publishes: page tester and permission policies in which `publish` is false for everybody.

Wagtail asks in two ways, by a page's tester and by the policy of a model. Both are replaced here, for plain
`Page` instances too. Taking offline, unscheduling, privacy, order, moving and deleting of live content go by role.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.contrib.settings.registry import registry as settings_registry
from wagtail.locks import ScheduledForPublishLock
from wagtail.models import AbstractPage, GroupSitePermission, PagePermissionTester, WorkflowMixin
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permission_policies.sites import SitePermissionPolicy

from portal.core.review import people
from portal.core.review.relied import relied_on

PUBLISH = "publish"
WITHDRAW = frozenset({"unpublish", "unschedule"})


class PageTester(PagePermissionTester):
    """What a person may do with a page."""

    def can_publish(self) -> bool:
        return False

    def can_publish_subpage(self) -> bool:
        return False

    def can_unpublish(self) -> bool:
        """By role, during a review and with a schedule as well: what is wrong must be able to go at once.

        Wagtail cancels the schedule with it, so that nothing comes back by itself.
        """
        from portal.core.review.lock import ReviewLock

        if not self.page.live or self.page_is_root or not people.may_withdraw_content(self.user):
            return False
        lock = self.page.get_lock()
        return (
            lock is None or isinstance(lock, ReviewLock | ScheduledForPublishLock) or not lock.for_user(self.user)
        )

    def can_unschedule(self) -> bool:
        return people.may_withdraw_content(self.user)

    def can_set_view_restrictions(self) -> bool:
        return not self.page_is_root and people.may_withdraw_content(self.user)

    def can_reorder_children(self) -> bool:
        return people.may_withdraw_content(self.user)

    def _is_relied_on(self) -> bool:
        return bool(relied_on(self.page.get_descendants(inclusive=True)).exists())

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """What is live, scheduled or under review the Administration alone deletes; the rest as Wagtail has it."""
        if self.user.is_active and not self.user.is_superuser and not self.page_is_root and self._is_relied_on():
            if not people.has_role(self.user, people.ADMINISTRATOR) or "change" not in self.permissions:
                return False
            return ignore_bulk or self.page.is_leaf() or "bulk_delete" in self.permissions
        return bool(super().can_delete(ignore_bulk))

    def can_move(self) -> bool:
        if not self.user.is_active or self.page_is_root:
            return False
        if self.user.is_superuser:
            return True
        if self._is_relied_on():
            return people.may_withdraw_content(self.user) and "change" in self.permissions
        return bool(super().can_move())

    def can_move_to(self, destination: Any) -> bool:
        if super().can_move_to(destination):
            return True
        if not people.may_withdraw_content(self.user) or self.user.is_superuser or not self.can_move():
            return False
        if self.page == destination or destination.is_descendant_of(self.page):
            return False
        if not self.page.is_child_of(destination) and not self.page.specific.can_move_to(destination):
            return False
        return "add" in destination.permissions_for_user(self.user).permissions

    def can_lock(self) -> bool:
        """A page under review is locked for everybody already; a lock of one's own would let its owner edit."""
        return not self.page.workflow_in_progress and bool(super().can_lock())


def _without_publish(actions: Iterable[str]) -> set[str]:
    return set(actions) - {PUBLISH}


class _NobodyPublishes:
    """The part both policies share: the action `publish` exists for nobody."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action != PUBLISH and super().user_has_permission(user, action)  # type: ignore[misc]

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        left = _without_publish(actions)
        return bool(left) and super().user_has_any_permission(user, left)  # type: ignore[misc]

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        return action != PUBLISH and super().user_has_permission_for_instance(user, action, instance)  # type: ignore[misc]

    def user_has_any_permission_for_instance(self, user: Any, actions: Iterable[str], instance: Any) -> bool:
        left = _without_publish(actions)
        return bool(left) and super().user_has_any_permission_for_instance(user, left, instance)  # type: ignore[misc]

    def instances_user_has_any_permission_for(self, user: Any, actions: Iterable[str]) -> QuerySet[Any]:
        left = _without_publish(actions)
        if not left:
            return self.model._default_manager.none()  # type: ignore[attr-defined]
        return super().instances_user_has_any_permission_for(user, left)  # type: ignore[misc]

    def users_with_any_permission(self, actions: Iterable[str], *args: Any, **kwargs: Any) -> QuerySet[Any]:
        left = _without_publish(actions)
        if not left:
            return get_user_model()._default_manager.none()
        return super().users_with_any_permission(left, *args, **kwargs)  # type: ignore[misc]

    def users_with_any_permission_for_instance(
        self, actions: Iterable[str], instance: Any, *args: Any, **kwargs: Any
    ) -> QuerySet[Any]:
        left = _without_publish(actions)
        if not left:
            return get_user_model()._default_manager.none()
        return super().users_with_any_permission_for_instance(left, instance, *args, **kwargs)  # type: ignore[misc]


class PagePolicy(_NobodyPublishes, PagePermissionPolicy):
    """Wagtail's policy for pages without publishing."""

    def explorable_root_instance(self, user: Any) -> Any:
        """Where everything of a person hangs on one page, that page is known without asking for it again."""
        if not hasattr(user, self._explorable_root_instance_cache_name):
            pages = {page.pk: page for page in self.instances_with_direct_explore_permission(user)}
            if len(pages) == 1:
                setattr(user, self._explorable_root_instance_cache_name, next(iter(pages.values())))
        return super().explorable_root_instance(user)


class ReviewedModelPolicy(_NobodyPublishes, ModelPermissionPolicy):
    """Wagtail's policy for a reviewed snippet without publishing; taking it offline goes by role."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        if action in WITHDRAW:
            return people.may_withdraw_content(user)
        return super().user_has_permission(user, action)

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)


class SettingPolicy(SitePermissionPolicy):
    """Who may change settings is a matter of the roles (docs/roles.md), not of single sites."""

    def get_all_permissions_for_user(self, user: Any) -> Any:
        return GroupSitePermission.objects.none()


def page_permissions(page: Any, user: Any) -> PageTester:
    """Return the tester of a page; stands in for Wagtail's method on every page, specific or not."""
    return PageTester(user, page)


def reviewed_models() -> list[type[Any]]:
    """Return the snippet models that go through the review: every one with a workflow that is not a page."""
    from django.apps import apps

    return [
        model
        for model in apps.get_models()
        if issubclass(model, WorkflowMixin) and not issubclass(model, AbstractPage)
    ]


def install() -> None:
    """Put tester and policies in the place of Wagtail's; called when the apps are ready."""
    from wagtail.permissions import register_permission_policy

    AbstractPage.permissions_for_user = page_permissions
    register_permission_policy(AbstractPage, PagePolicy("wagtailcore.Page"))
    for model in reviewed_models():
        register_permission_policy(model, ReviewedModelPolicy(model))
    for model in settings_registry:
        if issubclass(model, BaseSiteSetting):
            register_permission_policy(model, SettingPolicy(model))
