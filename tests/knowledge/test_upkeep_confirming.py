"""„Geprüft, unverändert“: by the Fachprüfung, not by the author, for the version they have seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageLogEntry

from knowledge.models import ArticlePage
from knowledge.upkeep.confirming import confirm_unchanged, version_of
from knowledge.upkeep.due import REVIEW_DUE
from knowledge.upkeep.work_items import sync_work_items
from portal.accounts.models import User
from portal.core.models import AuditEntry, WorkItem
from tests import factories
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> User:
    return make_user("petra@kkv.example", role="Fachprüfung", factor=True)


@pytest.fixture
def reviewing(reviewer: User) -> Client:
    client = PortalClient()
    client.force_login(reviewer)
    return client


def overdue(**fields: Any) -> ArticlePage:
    page = factories.article(**fields)
    ArticlePage.objects.filter(pk=page.pk).update(next_review_on=timezone.localdate() - timedelta(days=3))
    page.refresh_from_db()
    return page


def published_by(page: ArticlePage, author: User) -> ArticlePage:
    page.save_revision(user=author).publish()
    page.refresh_from_db()
    return page


def click(client: Client, page: ArticlePage, **data: str) -> str:
    url = reverse("knowledge_confirm_review", args=[page.pk])
    answer = client.post(url, {"seen": version_of(page), **data}, follow=True)
    return str(answer.content.decode())


def test_one_click_records_logs_and_closes_the_task(reviewing: Client, reviewer: User) -> None:
    page = overdue()
    sync_work_items()
    text = click(reviewing, page)
    assert "als geprüft und unverändert bestätigt" in text
    page.refresh_from_db()
    assert page.reviewed_by == reviewer
    assert page.next_review_on == timezone.localdate() + timedelta(days=365)
    assert PageLogEntry.objects.filter(page=page.pk, action="knowledge.review", user=reviewer).exists()
    entry = AuditEntry.objects.get(action="review.unchanged")
    assert (entry.actor, entry.object_id) == (reviewer.pk, str(page.pk))
    assert WorkItem.objects.get(kind=REVIEW_DUE).state == "done"


def test_a_second_click_changes_nothing(reviewing: Client) -> None:
    page = overdue()
    click(reviewing, page)
    assert "heute schon bestätigt" in click(reviewing, page)
    assert AuditEntry.objects.filter(action="review.unchanged").count() == 1


def test_the_author_of_the_live_version_is_refused(reviewing: Client, reviewer: User) -> None:
    page = published_by(overdue(), reviewer)
    text = click(reviewing, page)
    assert "selbst geschrieben" in text
    assert "eine andere Person der Fachprüfung" in text
    page.refresh_from_db()
    assert page.reviewed_at is None


def test_who_wrote_part_of_it_since_the_last_review_is_refused(reviewer: User) -> None:
    page = overdue()
    page.save_revision(user=reviewer)
    page = published_by(page, make_user("olga@kkv.example", role="Redaktion"))
    with pytest.raises(ValidationError, match="selbst geschrieben"):
        confirm_unchanged(page_id=page.pk, person=reviewer, seen=version_of(page))
    ArticlePage.objects.filter(pk=page.pk).update(reviewed_at=timezone.now())
    page, new = confirm_unchanged(page_id=page.pk, person=reviewer, seen=version_of(page))
    assert new
    assert page.reviewed_by == reviewer


def test_an_older_or_later_draft_of_the_person_does_not_stand_in_the_way(
    reviewing: Client, reviewer: User
) -> None:
    page = published_by(overdue(), make_user("olga@kkv.example", role="Redaktion"))
    page.title = "Entwurf der Prüferin"
    page.save_revision(user=reviewer)
    page.refresh_from_db()
    text = click(reviewing, page)
    assert "der Entwurf bleibt, wie er ist" in text
    page.refresh_from_db()
    assert page.reviewed_by == reviewer
    assert page.get_latest_revision_as_object().title == "Entwurf der Prüferin"


def test_nobody_confirms_a_version_they_have_not_seen(reviewing: Client) -> None:
    page = overdue()
    before = version_of(page)
    published_by(page, make_user("olga@kkv.example", role="Redaktion"))
    assert "inzwischen neu veröffentlicht" in click(reviewing, page, seen=before)
    page.refresh_from_db()
    assert page.reviewed_at is None


def test_pages_that_are_gone_or_offline_are_refused_kindly(reviewing: Client) -> None:
    gone, offline = overdue(), overdue()
    offline.unpublish()
    assert "nicht veröffentlicht" in click(reviewing, offline)
    pk = gone.pk
    gone.delete()
    answer = reviewing.post(reverse("knowledge_confirm_review", args=[pk]), {"seen": "0"}, follow=True)
    assert "gibt es nicht mehr" in answer.content.decode()


@pytest.mark.parametrize("role", ["Redaktion", "Beratung", "Koordination", "Leitung", "Administration"])
def test_other_roles_confirm_nothing(role: str) -> None:
    page, person = overdue(), make_user("andere@kkv.example", role=role)
    client = PortalClient()
    client.force_login(person)
    url = reverse("knowledge_confirm_review", args=[page.pk])
    assert client.post(url, {"seen": version_of(page)}).status_code in {302, 403}
    with pytest.raises(ValidationError, match="Ihre Rolle"):
        confirm_unchanged(page_id=page.pk, person=person, seen=version_of(page))
    page.refresh_from_db()
    assert page.reviewed_at is None
    assert "Geprüft, unverändert</button>" not in client.get(reverse("knowledge_reviews")).content.decode()


def test_a_deactivated_person_confirms_nothing(reviewer: User) -> None:
    page = overdue()
    User.objects.filter(pk=reviewer.pk).update(is_active=False)
    with pytest.raises(ValidationError):
        confirm_unchanged(page_id=page.pk, person=reviewer, seen=version_of(page))


def test_looking_never_confirms(reviewing: Client) -> None:
    page = overdue()
    assert reviewing.get(reverse("knowledge_confirm_review", args=[page.pk])).status_code == 405


def test_an_alias_is_reviewed_with_its_source(reviewing: Client) -> None:
    page = overdue()
    alias = page.create_alias(update_slug="verweis", parent=factories.topic())
    assert "Verweis auf eine andere Seite" in click(reviewing, alias)
    click(reviewing, page)
    alias.refresh_from_db()
    assert alias.specific.reviewed_at is not None


def test_the_button_stands_in_the_status_panel_the_report_and_the_start_page(
    reviewing: Client, reviewer: User
) -> None:
    page = overdue()
    places = [reverse("wagtailadmin_pages:edit", args=[page.pk]), reverse("knowledge_reviews"), "/cms/"]
    for place in places:
        text = reviewing.get(place).content.decode()
        assert f'action="{reverse("knowledge_confirm_review", args=[page.pk])}"' in text, place
    published_by(page, reviewer)
    for place in places:
        text = reviewing.get(place).content.decode()
        assert f'action="{reverse("knowledge_confirm_review", args=[page.pk])}"' not in text, place
    assert "Sie haben diese Fassung geschrieben" in reviewing.get(places[0]).content.decode()


def test_a_person_who_left_does_not_come_back_with_an_old_draft() -> None:
    old, new = make_user("olga@kkv.example", role="Redaktion"), make_user("dora@kkv.example", role="Redaktion")
    page = overdue(responsible_person=old)
    revision = page.save_revision()
    ArticlePage.objects.update(responsible_person=new)
    User.objects.filter(pk=old.pk).update(is_active=False)
    revision.publish()
    page.refresh_from_db()
    assert page.responsible_person == new


def test_the_deputy_is_another_person() -> None:
    from tests.knowledge.test_admin import _article_data, _form

    user = make_user("olga@kkv.example", role="Redaktion")
    data = _article_data(responsible_person=str(user.pk), deputy=str(user.pk))
    form = _form(ArticlePage(), data, user, factories.topic())
    assert not form.is_valid()
    assert "andere Person" in str(form.errors["deputy"])
