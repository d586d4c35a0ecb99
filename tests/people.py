"""People for tests: staff with a second factor, and a client whose login counts as one with it."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import Group
from django.test import Client

from portal.accounts.models import User
from portal.accounts.roles import sync_roles
from portal.accounts.second_factor import SET_UP_KEY, needs_second_factor

PASSWORD = "Käsekuchen-mit-Rhabarber-42"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class PortalClient(Client):
    """`force_login` opens a session as the login does: people of the centre have shown a second factor."""

    def force_login(self, user: Any, backend: str | None = None) -> None:
        super().force_login(user, backend)
        if needs_second_factor(user):
            session = self.session
            session[SET_UP_KEY] = user.pk
            session.save()


def make_user(
    email: str = "joerg@gemeinde.example", *, role: str = "", factor: bool = False, **extra: Any
) -> User:
    """Make an account with a verified address, optionally with a role and an authenticator app."""
    extra = {"first_name": "Jörg", "last_name": "Müßig", **extra}
    user = User.objects.create_user(email, PASSWORD, **extra)
    EmailAddress.objects.create(user=user, email=email.lower(), primary=True, verified=True)
    if role:
        if not Group.objects.filter(name=role).exists():
            sync_roles()
        user.groups.add(Group.objects.get(name=role))
    if factor:
        add_totp(user)
    return user


def add_totp(user: User) -> Authenticator:
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": get_adapter().encrypt(SECRET)}
    )


def signed_in(user: Any) -> PortalClient:
    """Give a person an authenticator app, and open a session for them."""
    add_totp(user)
    client = PortalClient()
    client.force_login(user)
    return client


def totp_code(*, step: int = 0) -> str:
    """Return the code of the present period, or of one `step` periods away."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + step))
