"""Every public page, term and act as Markdown, under the same permissions as the HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledge.content_io.importer import import_directory
from knowledge.models import Act, ArticlePage, GlossaryTerm
from portal.core.models import PortalDocument
from portal.core.visibility import Visibility
from tests import factories
from tests.factories.files import ARTICLE, ARTICLE_FILE, folder

pytestmark = pytest.mark.django_db
URL = f"/{ARTICLE_FILE}"


@pytest.fixture
def content(tmp_path: Path) -> None:
    import_directory(folder(tmp_path), starter=True)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    return response.content.decode()


@pytest.mark.usefixtures("content")
def test_pages_terms_and_acts_answer_as_markdown(client: Client) -> None:
    lines = text(client, URL).splitlines(keepends=True)
    notice = [line for line in lines if line.startswith("# ")]
    assert notice[0] == "# Allgemeine Information, keine Rechtsberatung.\n"
    assert "# Startinhalt, noch nicht fachlich geprüft.\n" in notice
    assert "".join(line for line in lines if line not in notice) == ARTICLE
    assert "type: topic_index" in text(client, "/themen.md")
    assert "term: EfA" in text(client, "/glossar/efa.md")
    assert "abbreviation: OZG" in text(client, "/recht/ozg.md")
    assert "type: home" in text(client, "/index.md")


@pytest.mark.usefixtures("content")
def test_other_spellings_lead_to_the_one_address(client: Client) -> None:
    response = client.get("/themen/buergerbuero/index.md")

    assert (response.status_code, response["Location"]) == (301, "/themen/buergerbuero.md")


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(
    "url", ["/themen/nichts.md", "/glossar/nichts.md", "/einstellungen/betreiber.md", "/a/../b.md"]
)
def test_what_is_not_there_is_not_found(client: Client, url: str) -> None:
    assert client.get(url).status_code == 404


@pytest.mark.usefixtures("content")
def test_drafts_are_not_found(client: Client) -> None:
    ArticlePage.objects.get().unpublish()
    GlossaryTerm.objects.get().unpublish()
    Act.objects.get().unpublish()

    assert {client.get(url).status_code for url in (URL, "/glossar/efa.md", "/recht/ozg.md")} == {404}


@pytest.mark.usefixtures("content")
def test_a_restricted_page_asks_for_the_login_as_the_html_does(client: Client) -> None:
    page = ArticlePage.objects.get()
    page.visibility = Visibility.MUNICIPALITY
    page.save()

    html, markdown = client.get(page.url), client.get(URL)

    assert (markdown.status_code, html.status_code) == (302, 302)
    assert markdown["Location"].split("?")[0] == html["Location"].split("?")[0]
    client.force_login(factories.member())
    assert "Größe und Maß" in text(client, URL)


def test_restricted_pages_are_not_named_in_public_ones(client: Client) -> None:
    closed = factories.article("Nur für Kommunen", visibility=Visibility.MUNICIPALITY)
    page = factories.article("Für alle", related=[closed], body=[("markdown", "Text")])

    assert "nur-fuer-kommunen" not in text(client, f"{page.url.rstrip('/')}.md")


def test_a_retired_question_leads_to_its_successor(client: Client) -> None:
    new = factories.question("Was gilt jetzt?")
    old = factories.question("Was galt früher?", successor=new)

    response = client.get(f"{old.url.rstrip('/')}.md")

    assert (response.status_code, response["Location"]) == (301, f"{new.url.rstrip('/')}.md")


def test_files_are_named_by_their_address_and_ids_stay_inside(client: Client) -> None:
    template = factories.template(
        body=[("markdown", "eins"), ("callout", {"kind": "hinweis", "title": "", "text": "x"})]
    )

    shown = text(client, f"{template.url.rstrip('/')}.md")

    assert f"file: {PortalDocument.objects.get().url}" in shown
    assert "{#" not in shown


@pytest.mark.usefixtures("content")
def test_the_html_names_its_markdown_form(client: Client) -> None:
    page = ArticlePage.objects.get()

    response = client.get(page.url)

    assert f'<{URL}>; rel="alternate"; type="text/markdown"' in response["Link"]
    assert '</index.md>; rel="alternate"' in client.get("/")["Link"]
    assert f'<{page.url}>; rel="canonical"' in client.get(URL)["Link"]


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        client.get(f"{url}?x=1")
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_references(client: Client) -> None:
    others = [factories.question() for _ in range(6)]
    topic = factories.topic("Größe")
    few: Any = factories.article("Wenig", parent=topic, related=others[:1], tags=["Maß"], body=[])
    many: Any = factories.article("Viel", parent=topic, related=others, tags=["Maß", "Größe", "Amt"], body=[])

    assert queries(client, f"{many.url.rstrip('/')}.md") == queries(client, f"{few.url.rstrip('/')}.md")
