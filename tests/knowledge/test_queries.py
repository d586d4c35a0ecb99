"""Pages show everything around their content, and nobody what he may not read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from wagtail.models import Page

from knowledge.queries import MAX_PREFIXES, Reader
from portal.core.visibility import Visibility
from tests import factories

pytestmark = pytest.mark.django_db


def _get(path: str, client: Client | None = None) -> Any:
    response = (client or Client()).get(path)
    assert response.status_code == 200, path
    return response


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
    assert context["legal_basis"][0]["parts"][0]["url"] == "/recht/ozg/#p-9-abs-1"
    assert context["legal_basis"][1]["parts"][0]["url"] == ""
    assert context["audience"] == ["IT"]
    assert context["applies_to"] == ["bis 5.000 Einwohner"]
    assert context["tags"][0]["name"] == "Öffnung"
    assert 'href="/recht/ozg/#p-9-abs-1"' in context["body_html"]
    assert context["trust"].review_label == "Noch nicht fachlich geprüft"


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


def test_lists_bear_many_closed_places() -> None:
    """Above MAX_PREFIXES the closed places are compared in the database."""
    shut, open_ = factories.topic(), factories.topic()
    hidden, shown = factories.article(parent=shut), factories.article(parent=open_)
    reader = Reader(closed=[shut.path, *(f"{shut.path}{number:04d}" for number in range(MAX_PREFIXES))])
    found = set(reader.filter(Page.objects.all()).values_list("pk", flat=True))
    assert {shown.pk, open_.pk} <= found
    assert not {hidden.pk, shut.pk} & found
