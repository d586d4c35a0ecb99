"""A session finds its account with all that each request asks of it, in one query."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from pytest_django import DjangoAssertNumQueries

from portal.accounts.backends import AccountBackend
from portal.accounts.models import User
from portal.accounts.roles import sync_roles
from portal.accounts.second_factor import needs_second_factor
from portal.core.visibility import MUNICIPALITY_GROUP, STAFF_GROUPS, level_of_user
from tests.people import make_user

pytestmark = pytest.mark.django_db


def _people() -> list[User]:
    """Nobody in particular, one of each group, of two groups, a superuser, and two who just enter the admin."""
    sync_roles()
    people = [make_user("niemand@example.org"), make_user("chefin@example.org", is_superuser=True)]
    people += [
        make_user(f"person{number}@example.org", role=role)
        for number, role in enumerate((MUNICIPALITY_GROUP, *STAFF_GROUPS))
    ]
    both = make_user("beides@example.org", role=MUNICIPALITY_GROUP)
    both.groups.add(Group.objects.get(name="Redaktion"))
    enter = Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
    own = make_user("eigenes-recht@example.org", role=MUNICIPALITY_GROUP)
    own.user_permissions.add(enter)
    group = Group.objects.create(name="Gäste der Verwaltung")
    group.permissions.add(enter)
    guest = make_user("gast@example.org")
    guest.groups.add(group)
    return [*people, both, own, guest]


def test_the_account_of_a_session_knows_the_same_as_any_other(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for person in _people():
        with django_assert_num_queries(1):
            found = AccountBackend().get_user(person.pk)
            answers = (level_of_user(found), needs_second_factor(found))
        plain = User.objects.get(pk=person.pk)
        assert found == plain
        assert answers == (level_of_user(plain), needs_second_factor(plain)), person.email


def test_a_blocked_account_has_no_session() -> None:
    person = make_user("gesperrt@example.org", is_active=False)
    assert AccountBackend().get_user(person.pk) is None
    assert AccountBackend().get_user(person.pk + 1) is None
