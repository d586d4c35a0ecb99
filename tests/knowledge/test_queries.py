"""Pages answer with a fixed number of queries, and show nobody what he may not read."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.core import generation
from portal.core.visibility import Visibility
from portal.home.models import EasyLanguagePage, SignLanguagePage
from tests import factories

pytestmark = pytest.mark.django_db


def _get(path: str, client: Client | None = None) -> Any:
    response = (client or Client()).get(path)
    assert response.status_code == 200, path
    return response


def _count(path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        _get(path)
    return len(queries)


def test_article_has_everything_around_it() -> None:
    factories.act()
    topic = factories.topic("Prüfungen")
    further = factories.topic("Größen")
    curated = factories.article("Übersicht", parent=topic)
    factories.question("Warum prüfen?", parent=topic)
    page = factories.article(
        "Anträge prüfen", parent=topic, topics=[further], related=[curated], tags=["Öffnung"],
        legal_basis="§ 9 Abs. 1 OZG\nRatsbeschluss",
        audience=["it"], applies_to_sizes=["bis-5000"],
    )  # fmt: skip
    context = _get(page.url).context_data
    assert [crumb["title"] for crumb in context["breadcrumbs"]] == ["Startseite", "Themen", "Prüfungen"]
    assert [item["title"] for item in context["topics"]] == ["Prüfungen", "Größen"]
    assert [item["title"] for item in context["related"]] == ["Übersicht", "Warum prüfen?"]
    assert context["legal_basis"][0]["url"] == "/recht/ozg/#p-9-abs-1"
    assert context["legal_basis"][1]["url"] == ""
    assert context["audience"] == ["IT"]
    assert context["applies_to"] == ["bis 5.000 Einwohner"]
    assert context["tags"][0]["name"] == "Öffnung"
    assert 'href="/recht/ozg/#p-9-abs-1"' in context["body_html"]
    assert context["trust"].review_label == "Noch nicht fachlich geprüft"


Commits = Any


def _cold(path: str) -> int:
    """Count the queries of a page after something was published, when no answer and no frame is kept.

    The indexes of acts and terms are kept until one of them changes; the next page then costs one more for each.
    """
    _get(path)
    generation.raise_now()
    return _count(path)


def test_article_needs_at_most_twelve_queries(django_capture_on_commit_callbacks: Commits) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        topic = factories.topic()
        related = [factories.article(parent=topic)]
        page = factories.article(parent=topic, topics=[factories.topic()], tags=["Öffnung"], related=related)
    few = _cold(page.url)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(7):
            factories.article(parent=topic, tags=["Öffnung"])
            factories.question(parent=topic, tags=["Öffnung"])
    assert _cold(page.url) == few
    assert few <= 12
    assert _count(page.url) <= 3


@pytest.mark.parametrize(
    "kind",
    ["topic", "home", "topic_index", "template", "question", "template_index", "standard", "easy", "sign"],
)
def test_queries_do_not_grow_with_the_content(kind: str, django_capture_on_commit_callbacks: Commits) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        topic = factories.topic(is_field=True)
        pages = {
            "topic": topic,
            "home": factories.home(),
            "topic_index": factories.topic_index(),
            "template": factories.template(topics=[topic]),
            "question": factories.question(parent=topic, tags=["Öffnung"]),
            "standard": factories.standard_page(),
        }
        for kind_, model in (("easy", EasyLanguagePage), ("sign", SignLanguagePage)):
            pages[kind_] = factories.home().add_child(instance=model(title=f"Seite {kind_}", slug=kind_))
        pages["template_index"] = pages["template"].get_parent()
        factories.article(parent=topic, related=[pages["template"]])
    few = _cold(pages[kind].url)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(6):
            factories.article(parent=topic, tags=["Öffnung"], related=[pages["template"], pages["question"]])
            factories.question(parent=topic, tags=["Öffnung"])
            factories.topic()
        factories.template("Größentabelle", topics=[topic])
    assert _cold(pages[kind].url) == few
    assert few <= 20


def test_restricted_pages_are_listed_only_for_those_who_may_read_them() -> None:
    topic = factories.topic("Prüfungen")
    page = factories.article("Öffentlich", parent=topic)
    factories.article("Nur für Kommunen", parent=topic, visibility=Visibility.MUNICIPALITY)
    factories.question("Frage für die Stelle", parent=topic, visibility=Visibility.CENTRE)
    for path in (page.url, topic.url, "/"):
        content = _get(path).content.decode()
        assert "Nur für Kommunen" not in content
        assert "Frage für die Stelle" not in content
    client = Client()
    client.force_login(factories.member())
    content = _get(topic.url, client).content.decode()
    assert "Nur für Kommunen" in content
    assert "Frage für die Stelle" not in content
