"""A page that has another address is found at its old one, in all its forms."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db
Commits = Callable[..., AbstractContextManager[Any]]


def publish(page: Any, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()


def test_old_addresses_lead_on_after_a_topic_is_renamed(
    client: Client, django_capture_on_commit_callbacks: Commits
) -> None:
    topic = factories.topic("Ämter")
    factories.article("Öffnen", parent=topic)
    with django_capture_on_commit_callbacks(execute=True):
        publish(topic, slug="behoerden")

    old, new = "/themen/aemter", "/themen/behoerden"
    for form in ("/", "/oeffnen/", ".md", "/oeffnen.md", "/oeffnen.pdf", "/feed.atom"):
        answer = client.get(old + form)
        assert (answer.status_code, answer["Location"]) == (301, new + form), form
        if not form.endswith(".pdf"):
            assert client.get(new + form).status_code == 200, form


def test_old_addresses_lead_on_after_a_move_and_both_steps_count(
    client: Client, django_capture_on_commit_callbacks: Commits
) -> None:
    page = factories.article("Öffnen", parent=factories.topic("Ämter"))
    with django_capture_on_commit_callbacks(execute=True):
        publish(page, slug="aufschliessen")
        page.move(factories.topic("Übungen"), pos="last-child")

    for old in ("/themen/aemter/oeffnen", "/themen/aemter/aufschliessen"):
        assert client.get(f"{old}/")["Location"] == "/themen/uebungen/aufschliessen/"
        assert client.get(f"{old}.md")["Location"] == "/themen/uebungen/aufschliessen.md"


def test_nothing_leads_to_what_is_no_longer_there(
    client: Client, django_capture_on_commit_callbacks: Commits
) -> None:
    page = factories.article("Öffnen", parent=factories.topic("Ämter"))
    with django_capture_on_commit_callbacks(execute=True):
        publish(page, slug="aufschliessen")
    page.unpublish()

    assert client.get("/themen/aemter/oeffnen.md").status_code == 404
    assert client.get("/themen/aemter/oeffnen.pdf").status_code == 404
