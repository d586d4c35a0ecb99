from __future__ import annotations

from django.contrib.auth.models import Group

from portal.accounts.models import User
from portal.core.visibility import MUNICIPALITY_GROUP


def _user(email: str, first: str, last: str, group: str) -> User:
    user = User.objects.create_user(email, "ein-langes-Kennwort", first_name=first, last_name=last)
    user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


def staff(
    email: str = "jörg.größe@example.org".encode("ascii", "ignore").decode(), group: str = "Redaktion"
) -> User:
    """Somebody of the centre."""
    return _user(email, "Jörg", "Größe", group)


def member(email: str = "kommune@example.org") -> User:
    """Somebody of a municipality."""
    return _user(email, "Käthe", "Müller", MUNICIPALITY_GROUP)
