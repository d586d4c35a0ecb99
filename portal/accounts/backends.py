"""How a session finds its account."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from portal.accounts.models import User
from portal.accounts.queries import rights_of, user_of_session


class AccountBackend(AuthenticationBackend):
    """Login as in allauth; the account of a session comes with its level, so that a page asks no more of it."""

    def get_user(self, user_id: Any) -> User | None:
        user = user_of_session(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def _get_permissions(self, user_obj: Any, obj: Any, from_name: str) -> Any:
        """Read a person's own rights and those of the groups together; both are asked for by every page."""
        asked = hasattr(user_obj, "_user_perm_cache") or hasattr(user_obj, "_group_perm_cache")
        if obj is None and user_obj.is_active and not user_obj.is_superuser and not asked:
            user_obj._user_perm_cache, user_obj._group_perm_cache = rights_of(user_obj)
        return super()._get_permissions(user_obj, obj, from_name)
