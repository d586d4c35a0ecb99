"""Questions on topic pages, and what becomes of those that were replaced."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from faq.queries import last_successor
from tests import factories

pytestmark = pytest.mark.django_db


def _context(path: str) -> Any:
    return Client().get(path).context_data


def test_topic_lists_questions_with_anchor_and_short_answer() -> None:
    topic = factories.topic("Prüfungen")
    factories.question("Zweite Frage?", parent=topic, sort_order=2)
    first = factories.question("Erste Frage?", parent=topic, sort_order=1, body=factories.markdown("Mehr."))
    questions = _context(topic.url)["questions"]
    assert [item["question"] for item in questions] == ["Erste Frage?", "Zweite Frage?"]
    assert questions[0] == {
        "anchor": "frage-erste-frage",
        "question": "Erste Frage?",
        "short_answer": first.short_answer,
        "url": first.url,
        "has_more": True,
    }


def test_retired_question_leads_to_its_successor() -> None:
    topic = factories.topic()
    newest = factories.question("Neueste?", parent=topic)
    middle = factories.question("Mittlere?", parent=topic, successor=newest)
    oldest = factories.question("Älteste?", parent=topic, successor=middle)
    response = Client().get(oldest.url)
    assert response.status_code == 301
    assert response.headers["Location"].endswith(newest.url)
    assert [item["question"] for item in _context(topic.url)["questions"]] == ["Neueste?"]


@pytest.mark.parametrize("way", ["offline", "deleted"])
def test_retired_question_that_is_taken_away_still_leads_to_its_successor(way: str) -> None:
    topic = factories.topic()
    new = factories.question("Neue?", parent=topic)
    old = factories.question("Alte?", parent=topic, successor=new)
    address = old.url
    old.unpublish() if way == "offline" else old.delete()
    response = Client().get(address)
    assert response.status_code == 301
    assert response.headers["Location"].endswith(new.url)
    response = Client().get(f"{address.rstrip('/')}.md")
    assert response.status_code == 301
    assert response.headers["Location"].endswith(f"{new.url.rstrip('/')}.md")


def test_question_published_again_answers_itself() -> None:
    topic = factories.topic()
    old = factories.question("Alte?", parent=topic, successor=factories.question("Neue?", parent=topic))
    old.unpublish()
    old.refresh_from_db()
    old.successor = None
    old.save_revision().publish()
    assert Client().get(old.url).status_code == 200


def test_question_without_successor_is_gone() -> None:
    old = factories.question("Alte?")
    old.unpublish()
    assert Client().get(old.url).status_code == 404


def test_successor_that_is_no_longer_live_changes_nothing() -> None:
    topic = factories.topic()
    draft = factories.question("Entwurf?", parent=topic, live=False)
    old = factories.question("Alte?", parent=topic, successor=draft)
    assert Client().get(old.url).status_code == 200


def test_circle_of_successors_ends() -> None:
    topic = factories.topic()
    one = factories.question("Eins?", parent=topic)
    two = factories.question("Zwei?", parent=topic, successor=one)
    type(one).objects.filter(pk=one.pk).update(successor=two)
    one.refresh_from_db()
    assert last_successor(one) == two or last_successor(one) is None
