"""What is live below a section that is offline: a draft of that changes neither audience nor address below."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

from knowledge.models import Deadline, TopicPage
from knowledge.queries import breadcrumbs
from knowledge.subscriptions import told_of_pages
from portal.accounts.models import User
from portal.core.models import Publication
from portal.core.review import services
from portal.core.visibility import Visibility
from tests import factories
from tests.factories.review import REVIEWER, draft_article, person, save, submit
from tests.forms import editor_data
from tests.people import PortalClient, add_totp

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    user = person("Anna")
    add_totp(user)
    return user


@pytest.fixture
def editor(anna: User) -> Client:
    client = PortalClient()
    client.force_login(anna)
    return client


def section(level: Visibility) -> TopicPage:
    """A topic that is offline, with a live article below it."""
    topic = factories.topic("Abschnitt", live=False, visibility=level)
    topic.save_revision()
    factories.article("Darunter", parent=topic)
    return topic


def post(editor: Client, topic: TopicPage, user: User, **changes: str) -> None:
    """Save a draft through the editing form."""
    fresh = TopicPage.objects.get(pk=topic.pk).get_latest_revision_as_object()
    data = editor_data(fresh, user, **changes)
    assert editor.post(reverse("wagtailadmin_pages:edit", args=[topic.pk]), data).status_code == 302


def status(topic: TopicPage) -> int:
    return Client().get(Page.objects.child_of(topic).get().url).status_code


@pytest.mark.parametrize(
    ("level", "asked", "before"),
    [(Visibility.CENTRE, Visibility.PUBLIC, 302), (Visibility.PUBLIC, Visibility.CENTRE, 200)],
)
def test_a_draft_of_an_offline_section_opens_and_closes_nothing(
    editor: Client, anna: User, level: Visibility, asked: Visibility, before: int
) -> None:
    topic = section(level)
    assert status(topic) == before
    post(editor, topic, anna, visibility=asked)
    assert status(topic) == before
    topic = TopicPage.objects.get(pk=topic.pk)
    assert topic.visibility == level
    assert topic.get_latest_revision_as_object().visibility == asked
    services.approve(task_state=submit(topic, anna), user=person("Bernd", REVIEWER))
    assert TopicPage.objects.get(pk=topic.pk).live
    assert status(topic) == {302: 200, 200: 302}[before]


def test_a_draft_of_an_unpublished_section_opens_nothing(editor: Client, anna: User) -> None:
    topic = factories.topic("Abschnitt", visibility=Visibility.CENTRE)
    factories.article("Darunter", parent=topic)
    topic.save_revision().publish()
    topic.unpublish()
    post(editor, topic, anna, visibility="public")
    assert status(topic) == 302


def test_a_draft_of_an_offline_section_moves_nothing_below(editor: Client, anna: User) -> None:
    topic = section(Visibility.PUBLIC)
    before = Page.objects.child_of(topic).get().url
    post(editor, topic, anna, slug="anderswo", title="Anders")
    assert Page.objects.child_of(topic).get().url == before
    assert Client().get(before).status_code == 200
    topic = TopicPage.objects.get(pk=topic.pk)
    assert (topic.slug, topic.title) == ("abschnitt", "Abschnitt")
    assert topic.get_latest_revision_as_object().slug == "anderswo"
    services.approve(task_state=submit(topic, anna), user=person("Bernd", REVIEWER))
    assert "/anderswo/" in Page.objects.child_of(topic).get().url


@pytest.mark.parametrize("stage", ["review", "scheduled"])
def test_what_a_second_person_has_before_them_keeps_its_audience(editor: Client, anna: User, stage: str) -> None:
    topic = factories.topic("Abschnitt", live=False, visibility=Visibility.CENTRE)
    page = draft_article(anna, parent=topic)
    if stage == "scheduled":
        save(page, anna, go_live_at=timezone.now() + timedelta(days=1))
    state = submit(page, anna)
    if stage == "scheduled":
        services.approve(task_state=state, user=person("Bernd", REVIEWER))
    post(editor, topic, anna, visibility="public")
    assert PageViewRestriction.objects.filter(page=topic).exists()


def test_without_anything_live_below_a_draft_is_as_it_says(editor: Client, anna: User) -> None:
    topic = factories.topic("Abschnitt", live=False, visibility=Visibility.CENTRE)
    post(editor, topic, anna, visibility="public", slug="frei")
    assert TopicPage.objects.get(pk=topic.pk).slug == "frei"
    assert not PageViewRestriction.objects.filter(page=topic).exists()


def test_the_title_of_an_offline_section_stands_nowhere(rf: Any) -> None:
    topic = section(Visibility.PUBLIC)
    page = Page.objects.child_of(topic).get().specific
    assert "Abschnitt" not in [crumb["title"] for crumb in breadcrumbs(page, rf.get("/"))]
    assert "Abschnitt" not in Client().get(page.url).content.decode()
    publication = Publication(content_type=ContentType.objects.get_for_model(page), object_id=str(page.pk), pk=1)
    assert told_of_pages([publication], Visibility.PUBLIC)[1].group != "Abschnitt"


def closed_deadline(author: User, stage: str) -> TopicPage:
    """A closed topic that is offline, and a deadline for its readers: live, under review or scheduled."""
    topic = factories.topic("Intern", live=False, visibility=Visibility.CENTRE)
    topic.save_revision()
    deadline = factories.deadline("Interne Frist", live=stage == "live", responsible_person=author)
    if stage == "live":
        Deadline.objects.filter(pk=deadline.pk).update(topic=topic)
        return topic
    changes: dict[str, Any] = {"topic": topic}
    if stage == "scheduled":
        changes["go_live_at"] = timezone.now() + timedelta(days=1)
    save(deadline, author, **changes)
    state = submit(deadline, author)
    if stage == "scheduled":
        services.approve(task_state=state, user=person("Bernd", REVIEWER))
    return topic


@pytest.mark.parametrize("stage", ["live", "review", "scheduled"])
def test_a_draft_of_an_offline_topic_opens_no_deadline(editor: Client, anna: User, stage: str) -> None:
    topic = closed_deadline(anna, stage)
    post(editor, topic, anna, visibility="public")
    assert PageViewRestriction.objects.filter(page=topic).exists()
    assert Client().get("/fristen/interne-frist/").status_code == 404
    topic = TopicPage.objects.get(pk=topic.pk)
    assert topic.get_latest_revision_as_object().visibility == Visibility.PUBLIC
    assert not topic.permissions_for_user(anna).can_move()
    assert not topic.permissions_for_user(anna).can_delete()
    assert topic.permissions_for_user(person("Clara", REVIEWER)).can_move()


def test_a_deadline_that_is_a_draft_holds_no_topic(editor: Client, anna: User) -> None:
    topic = factories.topic("Intern", live=False, visibility=Visibility.CENTRE)
    factories.deadline("Entwurf", live=False, topic=topic).save_revision(user=anna)
    post(editor, topic, anna, visibility="public")
    assert not PageViewRestriction.objects.filter(page=topic).exists()
    assert TopicPage.objects.get(pk=topic.pk).permissions_for_user(anna).can_move()
