"""Levels out of view restrictions."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from wagtail.models import PageViewRestriction

from portal.core.signals import content_changed
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


def test_an_alias_stands_with_the_level_of_its_source_however_far_that_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    topic, place = factories.topic(), factories.topic()
    source = factories.article("Anträge prüfen", parent=topic)
    alias, aliases = source, []
    for number in range(4):
        alias = alias.create_alias(parent=place, update_slug=f"name-{number}")
        aliases.append(alias)
    assert restriction_levels() == []
    PageViewRestriction.objects.create(page=source, restriction_type="login")
    with django_assert_num_queries(1):
        levels = restriction_levels()
    expected = [source.path, *(page.path for page in aliases)]
    assert levels == [(path, Visibility.MUNICIPALITY) for path in expected]


def test_an_alias_of_a_closed_page_is_in_no_list_feed_or_search() -> None:
    topic, place = factories.topic("Internes"), factories.topic("Offenes")
    source = factories.article("Quastenflosser zählen", parent=topic, visibility=Visibility.CENTRE)
    source.create_alias(parent=place).create_alias(parent=place, update_slug="zweitname")
    for address in (place.url, f"{place.url}feed.atom", "/feed.atom", "/uebersicht/", "/sitemap.xml", "/a-z/"):
        response = Client().get(address)
        assert response.status_code == 200
        assert "uastenflosser" not in response.content.decode(), address


def test_who_hears_of_changes_hears_of_aliases_too() -> None:
    topic, place = factories.topic("Internes"), factories.topic("Offenes")
    source = factories.article("Anträge prüfen", parent=topic)
    second = source.create_alias(parent=place)
    third = second.create_alias(parent=place, update_slug="zweitname")
    heard = []

    def listen(instance: Any, subtree: bool, **kwargs: Any) -> None:
        if subtree:
            heard.append(instance.pk)

    content_changed.connect(listen)
    try:
        PageViewRestriction.objects.create(page=source, restriction_type="login")
    finally:
        content_changed.disconnect(listen)
    assert heard == [source.pk, second.pk, third.pk]
