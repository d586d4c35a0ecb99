"""How a session finds its account."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from portal.accounts.models import User
from portal.accounts.queries import user_of_session


class AccountBackend(AuthenticationBackend):
    """Login as in allauth; the account of a session comes with its level, so that a page asks no more of it."""

    def get_user(self, user_id: Any) -> User | None:
        user = user_of_session(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
