"""Who sees to whose times: Koordination to everybody's, an adviser to their own."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from wagtail.permission_policies import ModelPermissionPolicy

OWN_TIMES = "consultations.own_times"


class OwnPolicy(ModelPermissionPolicy):
    """Rights on all rows by the usual permissions; who may change their own times has `own` actions on their rows.

    `owner` is the way from the model to the person ("user", "adviser__user").
    """

    def __init__(self, model: Any, *, owner: str, own: frozenset[str]) -> None:
        super().__init__(model)
        self.owner, self.own = owner, own

    def _has_own(self, user: Any, actions: Any) -> bool:
        return bool(self.own & set(actions)) and user.has_perm(OWN_TIMES)

    def user_has_permission(self, user: Any, action: str) -> bool:
        return super().user_has_permission(user, action) or self._has_own(user, [action])

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        if super().user_has_permission(user, action):
            return True
        if not self._has_own(user, [action]):
            return False
        value = instance
        for name in self.owner.split("__"):
            value = getattr(value, name)
        return bool(value == user)

    def instances_user_has_any_permission_for(self, user: Any, actions: Any) -> QuerySet[Any]:
        rows = self.model._default_manager.all()
        if any(super(OwnPolicy, self).user_has_permission(user, action) for action in actions):
            return rows
        return rows.filter(**{self.owner: user}) if self._has_own(user, actions) else rows.none()


class OwnRowsMixin:
    """For screens of one row: 403 for somebody else's, whatever the general right says."""

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        found = super().get_object(*args, **kwargs)  # type: ignore[misc]
        required = getattr(self, "permission_required", None)
        actions = [required] if required else ["add", "change", "delete", "view"]
        policy, user = self.permission_policy, self.request.user  # type: ignore[attr-defined]
        if not policy.user_has_any_permission_for_instance(user, actions, found):
            raise PermissionDenied
        return found


class OwnListMixin:
    """For lists: the rows a person may do something with."""

    def get_base_queryset(self) -> QuerySet[Any]:
        policy, user = self.permission_policy, self.request.user  # type: ignore[attr-defined]
        return policy.instances_user_has_any_permission_for(user, ["add", "change", "delete", "view"])
