"""Questions and links in a body are named to those only who may read them, whatever happens to them later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory
from wagtail.models import PageViewRestriction
from wagtail.rich_text import RichText

from faq.models import QuestionPage
from knowledge.models import TopicPage
from knowledge.pdf import document_html
from portal.core.visibility import Visibility
from tests import factories
from tests.people import PortalClient
from tests.querycounts import cold, count, warm

pytestmark = pytest.mark.django_db
TITLE, SLUG = "Streng Vertrauliches?", "streng-vertrauliches"
Change = Callable[[QuestionPage], Any]


def _article(*targets: Any) -> Any:
    links = "".join(f'<a linktype="page" id="{page.pk}">Größeres</a>' for page in targets)
    blocks = [*(("question", page) for page in targets), ("text", RichText(f"<p>Siehe {links}.</p>"))]
    return factories.article(body=blocks)


@pytest.fixture
def question() -> QuestionPage:
    return factories.question(TITLE, parent=factories.topic("Unteres", parent=factories.topic("Oberes")))


def _answer(page: Any, client: Client | None = None) -> str:
    return (client or Client()).get(page.url).content.decode()


def _topic(title: str) -> TopicPage:
    return TopicPage.objects.get(title=title)


def _close_topic(question: QuestionPage) -> None:
    topic = _topic("Oberes")
    topic.visibility = Visibility.CENTRE
    topic.save()


def _close_by_hand(question: QuestionPage) -> None:
    PageViewRestriction.objects.create(page=_topic("Oberes"), restriction_type="login")


def _move_below_closed(question: QuestionPage) -> None:
    closed = factories.topic("Internes", visibility=Visibility.CENTRE)
    _topic("Unteres").move(closed, pos="last-child")


def _close(question: QuestionPage) -> None:
    question.visibility = Visibility.CENTRE
    question.save()


def _unpublish(question: QuestionPage) -> None:
    question.unpublish()


def _delete(question: QuestionPage) -> None:
    question.delete()


def _delete_above(question: QuestionPage) -> None:
    _topic("Oberes").delete()


WAYS = [_close_topic, _close_by_hand, _move_below_closed, _close, _unpublish, _delete, _delete_above]


@pytest.mark.parametrize("change", WAYS)
def test_what_is_closed_or_gone_is_named_no_more(
    question: QuestionPage, change: Change, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = _article(question)
    shown = _answer(page)
    assert TITLE in shown
    assert shown.count(f'href="{question.url}"') == 2
    with django_capture_on_commit_callbacks(execute=True):
        change(QuestionPage.objects.get(pk=question.pk))
    for answer in (_answer(page), _answer(page), Client().get(f"{page.url.rstrip('/')}.md").content.decode()):
        assert TITLE not in answer
        assert SLUG not in answer
        assert "Größeres" in answer  # the author's own words stay
    page.refresh_from_db()
    assert TITLE not in str(page.rendered)
    assert SLUG not in str(page.rendered)


def test_opened_again_it_is_named_again(question: QuestionPage, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        _close_topic(question)
        page = _article(question)
    assert TITLE not in _answer(page)
    with django_capture_on_commit_callbacks(execute=True):
        topic = _topic("Oberes")
        topic.visibility = Visibility.PUBLIC
        topic.save()
    assert TITLE in _answer(page)


def test_those_who_may_read_it_find_it_named(
    question: QuestionPage, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        _close_topic(question)
        page = _article(question)
    staff, member = PortalClient(), PortalClient()
    staff.force_login(factories.staff())
    member.force_login(factories.member())
    assert TITLE in _answer(page, staff)
    assert TITLE not in _answer(page, member)
    assert TITLE not in _answer(page)


def test_a_new_title_and_address_are_shown_at_once(
    question: QuestionPage, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = _article(question)
    _answer(page)
    with django_capture_on_commit_callbacks(execute=True):
        topic = _topic("Oberes")
        topic.slug = "umbenannt"
        topic.save()
        again = QuestionPage.objects.get(pk=question.pk)
        again.title = "Ganz <neu>?"
        again.save()
    answer = _answer(page)
    assert "Ganz &lt;neu&gt;?" in answer
    assert answer.count("/themen/umbenannt/unteres/streng-vertrauliches/") == 2


def test_the_pdf_names_no_more_than_the_page(question: QuestionPage) -> None:
    page = _article(question)
    assert TITLE in document_html(page, RequestFactory().get(page.url))
    _close_topic(question)
    closed = document_html(page, RequestFactory().get(page.url))
    assert TITLE not in closed
    assert SLUG not in closed


def test_naming_costs_one_query_however_many(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        topic = factories.topic("Fragen")
        one, many = (_article(*(factories.question(parent=topic) for _ in range(number))) for number in (1, 5))
    assert cold(one.url) == cold(many.url) <= 12
    assert count(many.url) == 0
    client = PortalClient()
    client.force_login(factories.member())
    assert warm(many.url, client) == 3
