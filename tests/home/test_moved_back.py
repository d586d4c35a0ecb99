"""Addresses that have changed and changed back lead nobody in a circle."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.factories import reading

pytestmark = pytest.mark.django_db


Commits = Any


def _rename(page: Any, slug: str, commits: Commits) -> None:
    page = type(page).objects.get(pk=page.pk)
    page.slug = slug
    with commits(execute=True):
        page.save_revision(clean=False).publish()


def _gone(address: str) -> None:
    for form in (address, f"{address}?q=1"):
        assert Client().get(form).status_code == 404


def test_a_page_renamed_and_renamed_back_is_gone_once_it_is_offline(
    django_capture_on_commit_callbacks: Commits,
) -> None:
    page = reading.article(reading.topic("Ämter"))
    address, first = page.url, page.slug
    for slug in ("anders", first):
        _rename(page, slug, django_capture_on_commit_callbacks)
    assert Client().get(address).status_code == 200
    type(page).objects.get(pk=page.pk).unpublish()
    _gone(address)


def test_so_is_a_page_below_a_topic_renamed_and_renamed_back(django_capture_on_commit_callbacks: Commits) -> None:
    topic = reading.topic("Ämter")
    page = reading.article(topic)
    address, first = page.url, topic.slug
    for slug in ("behoerden", first):
        _rename(topic, slug, django_capture_on_commit_callbacks)
    old = Client().get(address.replace(first, "behoerden"))
    assert (old.status_code, old["Location"]) == (301, address)
    type(page).objects.get(pk=page.pk).unpublish()
    _gone(address)


def test_so_is_a_page_moved_and_moved_back(django_capture_on_commit_callbacks: Commits) -> None:
    here, there = reading.topic("Ämter"), reading.topic("Größen")
    page = reading.article(here)
    address = page.url
    for target in (there, here):
        moved = type(page).objects.get(pk=page.pk)
        with django_capture_on_commit_callbacks(execute=True):
            moved.move(type(target).objects.get(pk=target.pk), pos="last-child")
    type(page).objects.get(pk=page.pk).unpublish()
    _gone(address)
