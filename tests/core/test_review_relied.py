"""Nobody of the Redaktion alone moves or deletes what is released for a time to come, or under review."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Revision

from portal.accounts.models import User
from portal.core.review import services
from portal.core.visibility import Visibility
from tests import factories
from tests.factories.review import REVIEWER, draft_article, person, save, submit
from tests.people import PortalClient, add_totp

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    user = person("Anna")
    add_totp(user)
    return user


def client(user: User) -> Client:
    found = PortalClient(raise_request_exception=False)
    found.force_login(user)
    return found


def pending(author: User, stage: str) -> Page:
    """An article below a closed topic: under review, or released for tomorrow."""
    topic = factories.topic("Intern", visibility=Visibility.CENTRE)
    page = draft_article(author, parent=topic)
    if stage == "scheduled":
        save(page, author, go_live_at=timezone.now() + timedelta(days=1))
    state = submit(page, author)
    if stage == "scheduled":
        services.approve(task_state=state, user=person("Bernd", REVIEWER))
        assert Revision.objects.filter(approved_go_live_at__isnull=False).exists()
    return page


def bulk(action: str, page: Page) -> str:
    return reverse("wagtail_bulk_action", args=["wagtailcore", "page", action]) + f"?id={page.pk}"


def api(client: Client, page: Page, action: str, **data: Any) -> Any:
    address = reverse("wagtailadmin_api:pages:action", args=[page.pk, action])
    return client.post(address, json.dumps(data), content_type="application/json")


@pytest.mark.parametrize("what", ["page", "topic"])
@pytest.mark.parametrize("stage", ["review", "scheduled"])
def test_the_redaktion_neither_moves_nor_deletes_it(anna: User, stage: str, what: str) -> None:
    page, target = pending(anna, stage), factories.topic("Offen")
    if what == "topic":
        Page.objects.filter(pk=page.get_parent().pk).update(live=False)
        page = page.get_parent()
    editor, before = client(anna), Page.objects.get(pk=page.pk).path
    editor.post(reverse("wagtailadmin_pages:move_confirm", args=[page.pk, target.pk]))
    editor.post(bulk("move", page), {"chooser": target.pk})
    assert api(editor, page, "move", destination_page_id=target.pk).status_code == 403
    editor.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
    editor.post(bulk("delete", page))
    assert api(editor, page, "delete").status_code == 403
    assert Page.objects.get(pk=page.pk).path == before


def test_the_reviewers_move_it_and_the_redaktion_its_drafts(anna: User) -> None:
    page, target = pending(anna, "scheduled"), factories.topic("Offen")
    draft = draft_article(anna, "Entwurf")
    clara = person("Clara", REVIEWER)
    add_totp(clara)
    client(clara).post(reverse("wagtailadmin_pages:move_confirm", args=[page.pk, target.pk]))
    client(anna).post(reverse("wagtailadmin_pages:move_confirm", args=[draft.pk, target.pk]))
    assert {row.pk for row in Page.objects.child_of(target)} == {page.pk, draft.pk}


@pytest.mark.parametrize("stage", ["review", "scheduled"])
def test_no_older_version_is_put_on_top_of_it(anna: User, stage: str) -> None:
    page = pending(anna, stage)
    first = page.revisions.earliest("pk")
    before = page.revisions.count()
    answer = api(client(anna), page, "revert_to_page_revision", revision_id=first.pk)
    assert answer.status_code == 403
    assert page.revisions.count() == before


def test_an_older_version_of_a_draft_comes_back(anna: User) -> None:
    page = draft_article(anna)
    first = page.get_latest_revision()
    save(page, anna, title="Neu")
    assert api(client(anna), page, "revert_to_page_revision", revision_id=first.pk).status_code == 200
    assert page.revisions.count() == 3
