"""Levels out of view restrictions."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from pytest_django import DjangoAssertNumQueries
from wagtail.models import PageViewRestriction

from portal.core.visibility import MUNICIPALITY_GROUP, STAFF_GROUPS, Visibility, restriction_levels
from tests import factories

pytestmark = pytest.mark.django_db


def test_levels_of_all_restrictions_cost_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    asked: tuple[tuple[str, tuple[str, ...], Visibility], ...] = (
        ("login", (), Visibility.MUNICIPALITY),
        ("password", (), Visibility.CENTRE),
        ("none", (), Visibility.PUBLIC),
        ("groups", (), Visibility.NOBODY),
        ("groups", ("Leitung",), Visibility.NOBODY),
        ("groups", (MUNICIPALITY_GROUP,), Visibility.NOBODY),
        ("groups", STAFF_GROUPS, Visibility.CENTRE),
        ("groups", (*STAFF_GROUPS, MUNICIPALITY_GROUP), Visibility.MUNICIPALITY),
    )
    expected = []
    for kind, names, level in asked:
        page = factories.topic()
        restriction = PageViewRestriction.objects.create(page=page, restriction_type=kind)
        restriction.groups.set([Group.objects.get_or_create(name=name)[0] for name in names])
        expected.append((page.path, level))
    with django_assert_num_queries(1):
        assert restriction_levels() == expected
