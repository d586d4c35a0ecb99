"""Every kind of page is kept true: topics, service pages and overviews as well as articles and questions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from knowledge.facts.queries import upkept_models
from knowledge.migrations._upkeep import plan_first_reviews
from knowledge.models import TopicPage, Upkept
from knowledge.review import people_errors
from knowledge.upkeep.belongings import _hand_over
from knowledge.upkeep.confirming import confirm_unchanged, version_of
from knowledge.upkeep.due import Situation
from knowledge.upkeep.queries import due_pages, pages_by_situation, upkeep_pages
from knowledge.upkeep.reports import _kinds, kind_name
from portal.core.models import BasePage, Release
from portal.home.models import EasyLanguagePage, SignLanguagePage
from tests import factories
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
WARNING = "Diese Seite sollte bis"


def easy() -> Any:
    return factories.home().add_child(instance=EasyLanguagePage(title="Leicht erklärt", slug="leicht"))


def signed() -> Any:
    return factories.home().add_child(instance=SignLanguagePage(title="In Gebärden", slug="gebaerden"))


MAKERS = [
    factories.topic, factories.standard_page, factories.role_page, factories.topic_index, factories.home,
    easy, signed,
]  # fmt: skip


def overdue(page: Any, *, days: int = 40) -> Any:
    due = timezone.localdate() - timedelta(days=days)
    type(page).objects.filter(pk=page.pk).update(next_review_on=due)
    page.refresh_from_db()
    return page


def test_no_kind_is_forgotten() -> None:
    kinds = {model for model in apps.get_models() if issubclass(model, BasePage)}
    kinds = {model for model in kinds if not model.__module__.startswith("tests.")}
    assert kinds <= set(upkept_models())


@pytest.mark.parametrize("make", MAKERS)
def test_it_falls_due_and_readers_are_warned(make: Any) -> None:
    page = make()
    page.refresh_from_db()
    assert page.next_review_on == timezone.localdate() + timedelta(days=365)
    assert page.pk in upkeep_pages().values_list("pk", flat=True)
    overdue(page)  # not asked before: a page in the cache warns from the next midnight on
    assert WARNING in Client().get(page.get_url()).content.decode()
    assert f"# {WARNING}" in Client().get(f"{page.get_url().rstrip('/') or '/index'}.md").content.decode()
    today = timezone.localdate()
    assert page.pk in [due.pk for due in due_pages(today)]
    assert page.pk in pages_by_situation()[Situation.OVERDUE].values_list("pk", flat=True)


@pytest.mark.parametrize("make", MAKERS)
def test_it_is_confirmed_in_one_click(make: Any) -> None:
    page = overdue(make())
    reviewer = make_user("petra@kkv.example", role="Fachprüfung", factor=True)
    confirmed, new = confirm_unchanged(page_id=page.pk, person=reviewer, seen=version_of(page))
    assert new
    assert confirmed.reviewed_by == reviewer
    assert confirmed.next_review_on == timezone.localdate() + timedelta(days=365)
    assert WARNING not in Client().get(page.get_url()).content.decode()


def test_a_leaving_person_hands_topics_over() -> None:
    old, new = factories.staff(), make_user("neu@kkv.example", role="Redaktion", factor=True)
    page = factories.topic(responsible_person=old, deputy=new)
    page.save_revision()
    assert _hand_over(old, new) == 1
    old.is_active = False
    old.save()
    page.refresh_from_db()
    assert (page.responsible_person, page.deputy) == (new, None)
    draft = page.get_latest_revision_as_object()
    assert (draft.responsible_person, draft.deputy) == (new, None)


def test_the_form_asks_for_another_person_as_deputy() -> None:
    client, page = PortalClient(), factories.topic()
    client.force_login(make_user("red@kkv.example", role="Redaktion", factor=True))
    text = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    for name in ("responsible_person", "deputy", "review_interval_days"):
        assert f'name="{name}"' in text
    form = TopicPage.get_edit_handler().get_form_class()
    same = factories.staff().pk
    bound = form({**form(instance=page).initial, "responsible_person": same, "deputy": same}, instance=page)
    assert "Die Vertretung ist eine andere Person" in str(bound.errors.get("deputy", ""))


def test_the_report_offers_every_kind_it_shows() -> None:
    for make in MAKERS:
        make()
    shown = {kind_name(page.cached_content_type) for page in upkeep_pages()}
    assert shown <= {name for _, name in _kinds()}


def test_a_closed_account_and_one_person_for_both_are_refused() -> None:
    gone, both = factories.staff(), make_user("beide@kkv.example", role="Redaktion")
    gone.is_active = False
    gone.save()
    page = factories.standard_page(responsible_person=gone)
    assert "geschlossen" in dict(people_errors(page))["responsible_person"]
    page.responsible_person = page.deputy = both
    assert "eine andere Person" in [message for _, message in people_errors(page)][-1]


def test_an_update_takes_the_reviews_that_were_done() -> None:
    """Released pages were reviewed; the others get the month in which their owners are told."""
    reviewer, topic, old = factories.staff(), factories.topic(), factories.standard_page()
    revision, at = topic.save_revision(), timezone.now() - timedelta(days=20)
    Release.objects.create(revision=revision, released_at=at, reviewer=reviewer)
    TopicPage.objects.filter(pk=topic.pk).update(live_revision=revision, next_review_on=None)
    long_ago = timezone.now() - timedelta(days=900)
    type(old).objects.filter(pk=old.pk).update(next_review_on=None, first_published_at=long_ago)
    plan_first_reviews(apps, "knowledge", ("topicpage",))
    plan_first_reviews(apps, "home", ("standardpage",))
    topic.refresh_from_db()
    old.refresh_from_db()
    assert (topic.reviewed_by, topic.reviewed_at) == (reviewer, at)
    assert topic.next_review_on == timezone.localtime(at).date() + timedelta(days=365)
    assert (old.reviewed_at, old.next_review_on) == (None, timezone.localdate() + timedelta(days=30))


def test_a_revision_does_not_take_the_review_back() -> None:
    page = factories.standard_page()
    revision = page.save_revision()
    reviewer = make_user("petra@kkv.example", role="Fachprüfung", factor=True)
    confirm_unchanged(page_id=page.pk, person=reviewer, seen=version_of(page))
    restored: Upkept = revision.as_object()
    assert restored.reviewed_by == reviewer


def test_the_interval_goes_out_and_comes_back(tmp_path: Any) -> None:
    page = factories.topic("Register", review_interval_days=90)
    call_command("export_content", str(tmp_path))
    files = [
        path for path in tmp_path.rglob("*.md") if "review_interval_days: 90" in path.read_text(encoding="utf-8")
    ]
    assert len(files) == 1
    TopicPage.objects.filter(pk=page.pk).update(review_interval_days=365)
    call_command("import_content", str(tmp_path))
    page.refresh_from_db()
    latest = page.get_latest_revision()
    shown = latest.as_object() if latest else page
    assert 90 in (page.review_interval_days, shown.review_interval_days)
