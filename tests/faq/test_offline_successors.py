"""What a question leads to while it is offline is what two persons released, never what a draft of it says."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect

from faq.models import QuestionPage
from portal.accounts.models import User
from portal.core.review import services
from tests import factories
from tests.factories.review import REVIEWER, person, submit
from tests.forms import editor_data
from tests.people import PortalClient, add_totp

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    user = person("Anna")
    add_totp(user)
    return user


def chain() -> tuple[QuestionPage, QuestionPage, QuestionPage]:
    """A live question, the one that replaced it and is offline now, and a third one."""
    topic = factories.topic()
    middle, new = (factories.question(title, parent=topic) for title in ("Mittlere?", "Neue?"))
    old = factories.question("Alte?", parent=topic, successor=middle)
    middle.save_revision().publish()
    middle.refresh_from_db()
    middle.unpublish()
    return old, QuestionPage.objects.get(pk=middle.pk), new


def draft(user: User, question: QuestionPage, successor: QuestionPage | None) -> None:
    """Save a draft through the editing form."""
    client = PortalClient()
    client.force_login(user)
    fresh = QuestionPage.objects.get(pk=question.pk).get_latest_revision_as_object()
    chosen = str(successor.pk) if successor else ""
    data = editor_data(
        fresh, user, successor=chosen, change_significance="major", change_summary="Die neue Frage gilt."
    )
    assert client.post(reverse("wagtailadmin_pages:edit", args=[question.pk]), data).status_code == 302


def statuses(*questions: QuestionPage) -> list[int]:
    return [Client().get(question.url).status_code for question in questions]


def test_a_draft_of_an_offline_question_leads_nobody_anywhere(anna: User) -> None:
    old, middle, new = chain()
    assert statuses(old, middle) == [200, 404]
    draft(anna, middle, new)
    assert statuses(old, middle) == [200, 404]
    assert not Redirect.objects.exists()
    middle = QuestionPage.objects.get(pk=middle.pk)
    assert middle.successor is None
    assert middle.get_latest_revision_as_object().successor == new
    middle.delete()
    assert statuses(old) == [200]
    assert QuestionPage.objects.get(pk=old.pk).successor is None


def test_its_release_leads_on_and_one_without_a_successor_ends_that(anna: User) -> None:
    old, middle, new = chain()
    bernd = person("Bernd", REVIEWER)
    draft(anna, middle, new)
    services.approve(task_state=submit(middle, anna), user=bernd)
    assert statuses(old, middle) == [301, 301]
    QuestionPage.objects.get(pk=middle.pk).unpublish()
    assert statuses(old, middle) == [301, 301]
    draft(anna, middle, None)
    assert statuses(old, middle) == [301, 301], "what was released counts"
    middle = QuestionPage.objects.get(pk=middle.pk)
    services.approve(task_state=submit(middle, anna), user=bernd)
    assert Client().get(old.url).headers["Location"].endswith(middle.url)
    assert statuses(middle) == [200]
    assert not Redirect.objects.filter(redirect_page=new.pk).exists()
