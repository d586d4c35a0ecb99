"""Characters XML forbids, as office programs leave them: a blank in every text, never a broken feed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from django.test import Client
from wagtail.models import Site

from knowledge.content_io.importer import import_directory
from knowledge.models import ArticlePage, GlossaryTerm
from portal.core.models import Operator
from portal.core.text import printable
from tests.factories import reading
from tests.factories.files import ARTICLE, ARTICLE_FILE, folder, write_files

pytestmark = pytest.mark.django_db
FORBIDDEN = "\x07\x0b\x0c\x1b\ufffe"


def test_a_text_keeps_what_xml_allows() -> None:
    assert printable("Größe\tund\r\nMaß 😀") == "Größe\tund\r\nMaß 😀"
    assert printable(f"a{FORBIDDEN}\x00\ud800b") == f"a{' ' * 7}b"


def test_a_stored_text_with_forbidden_characters_breaks_no_feed_and_no_list_of_addresses() -> None:
    page = reading.article(reading.topic("Ämter"), "Überblick")
    stored: dict[str, Any] = {"title": f"Über{FORBIDDEN}blick", "draft_title": "x"}
    ArticlePage.objects.filter(pk=page.pk).update(short_answer=f"Kurz{FORBIDDEN}gesagt.", **stored)
    operator, _ = Operator.objects.get_or_create(site=Site.objects.get())
    Operator.objects.filter(pk=operator.pk).update(name=f"Stelle{FORBIDDEN}", claim=f"Wissen{FORBIDDEN}")

    for address in ("/feed.atom", "/themen/aemter/feed.atom", "/sitemap.xml", "/opensearch.xml"):
        response = Client().get(address)
        assert response.status_code == 200, address
        text = "".join(ElementTree.fromstring(response.content).itertext())
        if "feed" in address:
            assert f"Über{' ' * 5}blick" in text
            assert f"Kurz{' ' * 5}gesagt." in text


def test_what_editors_paste_is_cleaned_where_it_is_checked() -> None:
    page = reading.article(reading.topic("Ämter"), "Überblick")
    page.title, page.short_answer = "Neu\x0ber Titel", "Kurz\x07 gesagt."
    page.full_clean()
    term = GlossaryTerm(term="Amt\x0c", slug="amt", meaning="Eine\x1bStelle.")
    term.full_clean()
    operator = Operator(site=Site.objects.get(), name="Stelle\x0b1")
    operator.full_clean()

    assert (page.title, page.short_answer) == ("Neu er Titel", "Kurz  gesagt.")
    assert (term.term, term.meaning, operator.name) == ("Amt ", "Eine Stelle.", "Stelle 1")


def test_an_import_writes_blanks(tmp_path: Path) -> None:
    text = (
        ARTICLE.replace("Ämter öffnen", "Ämter\x0b öffnen")
        .replace("So öffnen", '"So\\a öffnen')
        .replace("für alle.", 'für alle."')
    )
    write_files(folder(tmp_path), {ARTICLE_FILE: f"{text}\nMaß\x0cnahme\n"})

    assert not import_directory(tmp_path, starter=True).problems

    page = ArticlePage.objects.get()
    assert (page.title, page.short_answer) == ("Ämter  öffnen", "So  öffnen Sie Ämter für alle.")
    assert "Maß nahme" in page.body.raw_data[0]["value"]
