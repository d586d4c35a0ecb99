"""Questions on topic pages, and what becomes of those that were replaced."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from faq.models import QuestionPage
from faq.queries import last_successor
from faq.search_sources import QuestionSource
from knowledge import validation
from knowledge.retired import STEPS
from knowledge.subscriptions import told_of_pages
from knowledge.upkeep.queries import upkeep_pages
from portal.core import publications
from portal.core.models import CorrectionNotice, Significance
from portal.core.review.validation import problems
from portal.core.subscriptions.mails import grouped
from portal.core.visibility import Visibility
from search.models import SearchChange
from tests import factories
from tests.factories.reading import restrict
from tests.factories.review import person
from tests.factories.subscribing import publish

pytestmark = pytest.mark.django_db


def _context(path: str) -> Any:
    return Client().get(path).context_data


def test_topic_lists_questions_with_anchor_and_short_answer() -> None:
    topic = factories.topic("Prüfungen")
    factories.question("Zweite Frage?", parent=topic, sort_order=2)
    first = factories.question("Erste Frage?", parent=topic, sort_order=1, body=factories.markdown("Mehr."))
    questions = _context(topic.url)["questions"]
    assert [item["question"] for item in questions] == ["Erste Frage?", "Zweite Frage?"]
    assert {name: value for name, value in questions[0].items() if name not in {"notices", "trust"}} == {
        "anchor": "frage-erste-frage",
        "question": "Erste Frage?",
        "short_answer": first.short_answer,
        "url": first.url,
        "has_more": True,
    }


def test_the_accordion_warns_as_the_question_itself_does() -> None:
    topic = factories.topic("Prüfungen")
    corrected, overdue = (factories.question(f"{name}?", parent=topic) for name in ("Berichtigt", "Überfällig"))
    factories.question("In Ordnung?", parent=topic)
    CorrectionNotice.objects.create(page=corrected, text="Die Frist beträgt sechs Wochen.")
    due = timezone.localdate() - timedelta(days=40)
    QuestionPage.objects.filter(pk=overdue.pk).update(next_review_on=due)
    html = Client().get(topic.url).content.decode()
    assert html.count("Die Frist beträgt sechs Wochen.") == html.count("Diese Seite sollte bis") == 1
    alias = corrected.create_alias(parent=factories.topic("Anderswo"), update_slug="auch-berichtigt")
    assert "Die Frist beträgt sechs Wochen." in Client().get(alias.url).content.decode()


def test_retired_question_leads_to_its_successor() -> None:
    topic = factories.topic()
    newest = factories.question("Neueste?", parent=topic)
    middle = factories.question("Mittlere?", parent=topic, successor=newest)
    oldest = factories.question("Älteste?", parent=topic, successor=middle)
    response = Client().get(oldest.url)
    assert response.status_code == 301
    assert response.headers["Location"].endswith(newest.url)
    assert [item["question"] for item in _context(topic.url)["questions"]] == ["Neueste?"]


def test_no_browser_keeps_where_a_retired_question_led() -> None:
    new = factories.question("Neue?")
    old = factories.question("Alte?", successor=new)
    for address in (old.url, f"{old.url.rstrip('/')}.md"):
        assert Client().get(address).headers["Cache-Control"] == "no-cache"


def test_lists_and_addresses_look_at_as_many_replacements() -> None:
    topic = factories.topic()
    rows = [factories.question(f"Frage {number}?", parent=topic) for number in range(STEPS + 2)]
    for row, following in pairwise(rows):
        QuestionPage.objects.filter(pk=row.pk).update(successor=following)
    QuestionPage.objects.filter(pk__in=[row.pk for row in rows[1:-1]]).update(live=False)
    assert Client().get(rows[0].url).status_code == 200
    assert "Frage 0?" in [item["question"] for item in _context(topic.url)["questions"]]


def test_a_closed_question_replaces_no_open_one() -> None:
    topic = factories.topic()
    closed = factories.question("Intern?", parent=topic, visibility=Visibility.CENTRE)
    old = factories.question("Alte?", parent=topic)
    assert "genauso offen" in validation.successor_error(old, closed)
    assert validation.successor_error(closed, old) == ""
    QuestionPage.objects.filter(pk=old.pk).update(successor=closed)  # closed after it had replaced the other
    assert "Alte?" in Client().get(old.url).content.decode()
    assert "Alte?" in Client().get(f"{old.url.rstrip('/')}.md").content.decode()


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


@pytest.mark.parametrize("offline", [False, True])
def test_a_chain_holds_when_its_middle_is_deleted(offline: bool) -> None:
    topic = factories.topic()
    new = factories.question("Neue?", parent=topic)
    middle = factories.question("Mittlere?", parent=topic)
    old = factories.question("Alte?", parent=topic, successor=middle)
    addresses = [old.url, middle.url]
    if offline:
        old.unpublish()
    middle.successor = new
    middle.save()
    type(middle).objects.get(pk=middle.pk).delete()
    for address in addresses:
        response = Client().get(address)
        assert response.status_code == 301
        assert response.headers["Location"].endswith(new.url)
    assert [item["question"] for item in _context(topic.url)["questions"]] == ["Neue?"]


def test_a_topic_is_deleted_with_questions_that_replace_each_other() -> None:
    topic = factories.topic()
    new = factories.question("Neue?", parent=topic)
    middle = factories.question("Mittlere?", parent=topic, successor=new)
    old = factories.question("Alte?", parent=topic, successor=middle)
    address = old.url
    type(topic).objects.get(pk=topic.pk).delete()
    assert Client().get(address).status_code == 404


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


def test_a_question_that_stands_again_is_listed_and_kept_true() -> None:
    topic = factories.topic()
    new = factories.question("Neue?", parent=topic)
    middle = factories.question("Mittlere?", parent=topic, successor=new)
    old = factories.question("Alte?", parent=topic, successor=middle)
    middle.unpublish()

    def listed() -> set[str]:
        shown = {item["question"] for item in _context(topic.url)["questions"]}
        kept = {page.title for page in upkeep_pages().filter(questionpage__isnull=False)}
        found = {page.title for page in QuestionSource().queryset()}
        assert shown == kept == found
        return shown

    assert listed() == {"Neue?"}
    before = SearchChange.objects.filter(object_key=f"wagtailcore.page:{old.pk}").count()
    new.unpublish()
    assert Client().get(old.url).status_code == 200
    assert listed() == {"Alte?"}
    assert SearchChange.objects.filter(object_key=f"wagtailcore.page:{old.pk}").count() > before


def test_a_question_is_replaced_by_one_that_readers_can_open() -> None:
    topic = factories.topic()
    draft = factories.question("Entwurf?", parent=topic, live=False)
    old = factories.question("Alte?", parent=topic, responsible_person=person("Olga"))
    assert "nicht veröffentlicht" in validation.successor_error(old, draft)
    old.successor = draft
    assert [problem.field for problem in problems(old) if problem.field == "successor"] == ["successor"]
    old.successor = factories.question("Neue?", parent=topic)
    old.change_significance = Significance.MINOR
    assert [problem.field for problem in problems(old)] == ["change_significance"], "its subscribers are told"
    old.change_significance, old.change_summary = Significance.MAJOR, "Ersetzt."
    assert problems(old) == []


def test_subscribers_of_a_replaced_question_are_led_to_the_new_one() -> None:
    topic = factories.topic("Gebühren")
    new = factories.question("Neue?", parent=topic)
    old = factories.question("Alte?", parent=topic, successor=new)
    row = publish(old, "Ersetzt durch die neue Frage.")
    told = told_of_pages([row], Visibility.PUBLIC)[row.pk]
    assert (told.title, told.url, told.group) == ("Alte? Ersetzt durch: Neue?", new.get_url(), "Gebühren")
    (group,) = grouped([row, publish(new)], told_of_pages([row, *publications.of(new)], Visibility.PUBLIC))
    assert [entry.title for entry in group.entries] == ["Alte? Ersetzt durch: Neue?", "Neue?"]
    restrict(new, Visibility.CENTRE)
    assert told_of_pages([row], Visibility.PUBLIC) == {}


def test_circle_of_successors_ends() -> None:
    topic = factories.topic()
    one = factories.question("Eins?", parent=topic)
    two = factories.question("Zwei?", parent=topic, successor=one)
    type(one).objects.filter(pk=one.pk).update(successor=two)
    one.refresh_from_db()
    assert last_successor(one) == two or last_successor(one) is None


def test_questions_with_the_same_slug_have_anchors_of_their_own() -> None:
    topic = factories.topic("Prüfungen")
    others = [
        factories.question("Wer zahlt?", parent=factories.topic(), topics=[topic], sort_order=number)
        for number in (1, 2)
    ]
    own = factories.question("Wer zahlt?", parent=topic, sort_order=3)
    anchors = {item["url"]: item["anchor"] for item in _context(topic.url)["questions"]}
    assert anchors == {
        own.url: "frage-wer-zahlt",  # as it was before the others came
        others[0].url: f"frage-wer-zahlt-{others[0].pk}",
        others[1].url: f"frage-wer-zahlt-{others[1].pk}",
    }
