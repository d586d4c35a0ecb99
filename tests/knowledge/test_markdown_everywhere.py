"""Every public page answers at its address with `.md`: all of the sitemap, the indexes, the forms, the search."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Site

from knowledge.content_io.views import markdown_url
from portal.core.visibility import Visibility
from portal.home.models import EasyLanguagePage, SignLanguagePage
from search.rebuild import rebuild
from tests.factories import reading

pytestmark = pytest.mark.django_db
FORMS = ("contact", "report_barrier", "search")


@pytest.fixture
def content() -> dict[str, Any]:
    act = reading.act("OZG")
    reading.law_text(act, [("§ 9", "Bekanntgabe", "p-9")])
    reading.term("Übermittlung")
    topic = reading.topic("Ämter")
    article = reading.article(topic, "Bescheide übermitteln")
    article.tags.add("Übung")
    article.save()
    hidden = reading.article(topic, "Bescheide intern", visibility=Visibility.CENTRE)
    return {"article": article, "hidden": hidden}


def markdown_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8", url
    return response.content.decode()


def test_every_address_of_the_sitemap_has_a_markdown_form(client: Client, content: dict[str, Any]) -> None:
    home = content["article"].get_ancestors().get(depth=2).specific
    home.add_child(instance=EasyLanguagePage(title="Leichte Sprache", slug="leichte-sprache"))
    home.add_child(instance=SignLanguagePage(title="Gebärdensprache", slug="gebaerdensprache"))
    sitemap = client.get("/sitemap.xml").content.decode()
    paths = [re.sub(r"^https?://[^/]+", "", url) for url in re.findall(r"<loc>([^<]+)</loc>", sitemap)]
    assert "/gebaerdensprache/" in paths
    assert content["article"].get_url() in paths
    assert len(paths) > 10
    for path in paths:
        assert markdown_of(client, markdown_url(path)).startswith("---\n# Allgemeine Information"), path


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("name", FORMS)
def test_forms_and_search_name_their_markdown_form_and_it_names_them(client: Client, name: str) -> None:
    page = reverse(name)
    shown = client.get(page)
    address = markdown_url(page)
    assert f'<{address}>; rel="alternate"; type="text/markdown"' in shown.headers["Link"]
    text = markdown_of(client, address)
    assert 'rel="canonical"' in client.get(address).headers["Link"]
    assert text.startswith("---\n# Allgemeine Information")
    assert client.post(address).status_code == 405


def test_the_search_answers_as_its_page_does(client: Client, content: dict[str, Any]) -> None:
    rebuild()
    text = markdown_of(client, "/suche.md?q=Bescheide")
    assert f"[Bescheide übermitteln]({content['article'].get_url()})" in text
    assert "Bescheide intern" not in text
    assert re.search(r"^\d+ Treffer, Seite 1 von 1$", text, re.MULTILINE)
    assert "Dazu wurde nichts gefunden" in markdown_of(client, "/suche.md?q=Quastenflosser")
    assert "Dazu wurde nichts gefunden" in markdown_of(client, "/suche.md?q=Bescheide&art=term")
    assert "# Suche: \\<script>" in markdown_of(client, "/suche.md?q=%3Cscript%3E")


@pytest.mark.usefixtures("content")
def test_contact_gives_the_particulars(client: Client) -> None:
    from portal.core.models import Operator

    operator, _ = Operator.objects.get_or_create(site=Site.objects.get(is_default_site=True))
    operator.email, operator.phone = "stelle@land.example", "0611 000"
    operator.save()
    text = markdown_of(client, "/kontakt.md")
    assert "<stelle@land.example>" in text
    assert "0611 000" in text
    assert "sechs Wochen" in markdown_of(client, "/barriere-melden.md")
