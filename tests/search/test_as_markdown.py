"""The results page as Markdown: what the HTML finds, nothing more."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from knowledge.markdown import render_markdown
from portal.core.visibility import Visibility
from search.finding import find
from search.rebuild import rebuild
from tests.people import PortalClient, make_user
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db


def text(client: Client, **query: Any) -> str:
    response = client.get("/suche.md", query)
    assert (response.status_code, response["Content-Type"]) == (200, "text/markdown; charset=utf-8")
    assert response["X-Robots-Tag"] == "noindex, follow"
    return response.content.decode()


def test_results_have_title_kind_address_and_snippet(client: Client, indexed: Library) -> None:
    shown = text(client, q="noots anschluss")

    assert shown.count("\n# Suche: noots anschluss\n") == 1
    assert "Treffer für „noots anschluss“" in shown
    line = next(line for line in shown.splitlines() if "NOOTS-Anschluss vorbereiten" in line)
    address = "/themen/registermodernisierung/noots-anschluss/"
    assert line.startswith(f"- [NOOTS-Anschluss vorbereiten]({address}) (")
    assert line.endswith("Prüfen Sie, welche Register Ihrer Behörde Nachweise liefern müssen.")


def test_results_are_those_of_the_page_in_its_order(client: Client, indexed: Library) -> None:
    found = find("register ozg efa", level=Visibility.PUBLIC)
    shown = text(client, q="register ozg efa").split("\n## ")[0]

    places = [shown.index(f"]({result.url})") for result in found.results]
    assert len(places) > 2
    assert places == sorted(places)


def test_filters_narrow_and_are_offered_as_markdown(client: Client, indexed: Library) -> None:
    both = text(client, q="efa")
    assert "](/glossar/efa/)" in both
    assert "/suche.md?q=efa&art=question) (1)" in both

    only = text(client, q="efa", art="question", thema="efa-kommunal")
    assert "](/glossar/efa/)" not in only
    assert "[Fragen und Antworten](/suche.md?q=efa&thema=" in only
    assert ", gewählt)" in only
    assert 'rel="canonical"' in client.get("/suche.md?q=efa&art=question")["Link"]


def test_further_pages_follow_each_other(client: Client, library: Library) -> None:
    for number in range(12):
        library.add_article(f"Überprüfung {number}", "Die Überprüfung der Größe.")
    rebuild()

    first = text(client, q="überprüfung")
    assert "12 Treffer für „überprüfung“, Seite 1 von 2" in first
    assert "[Weitere Treffer](/suche.md?q=%C3%BCberpr%C3%BCfung&seite=2)" in first
    second = text(client, q="überprüfung", seite="2")
    assert "Weitere Treffer" not in second
    assert second.count("- [Überprüfung ") == 2
    assert (
        '</suche.md?q=%C3%BCberpr%C3%BCfung&seite=2>; rel="alternate"'
        in client.get("/suche/", {"q": "überprüfung", "seite": "2"})["Link"]
    )


def test_nobody_finds_what_is_not_for_them(client: Client, library: Library) -> None:
    page = library.add_article("Interner Vermerk", "Vertraulich.", visibility=Visibility.CENTRE)
    rebuild()
    staff = PortalClient()
    staff.force_login(make_user("leitung@example.org", role="Redaktion"))

    assert "](/themen" not in text(client, q="interner vermerk").split("\n## ")[0]
    assert f"- [Interner Vermerk]({page.url})" in text(staff, q="interner vermerk")


def test_a_withdrawn_page_is_gone_before_the_index_knows(client: Client, indexed: Library) -> None:
    indexed.article.unpublish()
    assert "NOOTS-Anschluss vorbereiten" not in text(client, q="noots anschluss")


@pytest.mark.usefixtures("indexed")
def test_nothing_found_says_what_to_do_next(client: Client, settings: Any) -> None:
    settings.CONSULTATIONS_OPEN = False
    shown = text(client, q="xqzzy", art="question")

    assert "Keine Treffer für „xqzzy“" in shown
    assert "Ohne " not in shown  # it would find nothing either
    assert "[Ohne „Vorlagen“ suchen](/suche.md?q=noots)" in text(client, q="noots", art="template")
    assert "[Frage stellen](/kontakt/?anliegen=xqzzy)" in shown
    assert "\n## " in shown


def test_without_words_it_says_how_to_search(client: Client, library: Library) -> None:
    shown = text(client)

    assert "`/suche.md?q=postfach`" in shown
    assert "  - `question`: Fragen und Antworten" in shown
    assert '</suche/>; rel="canonical"' in client.get("/suche.md")["Link"]


@pytest.mark.parametrize("query", ['"', "[x](javascript:alert(1))", "ü" * 10_000, "---\n# x", "\x00", "<b>&"])
def test_odd_words_harm_nothing(client: Client, indexed: Library, query: str) -> None:
    html = render_markdown(text(client, q=query).split("---\n", 2)[2])
    assert "<b>" not in html
    assert "javascript:" not in " ".join(re.findall(r'href="[^"]*"', html))
