"""Files are findable only through live pages that link them, at the level of the most open of these pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Collection, CollectionViewRestriction
from wagtail.rich_text import RichText

from knowledge.models import ArticlePage, TemplateIndexPage, TemplatePage
from portal.core.documents import level_of_document
from portal.core.models import PortalDocument
from portal.core.visibility import Visibility
from search.eligibility import visible_keys
from search.engines.entries import LONGEST_STORED_TEXT
from search.finding import find
from search.index import open_current
from search.rebuild import inspect
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db


def make_document(title: str, *texts: str) -> PortalDocument:
    document = PortalDocument(title=title)
    document.file.save("datei.txt", ContentFile("\f".join(texts).encode()), save=False)
    document.page_texts = list(texts)
    document.save()
    PortalDocument.objects.filter(pk=document.pk).update(page_texts=list(texts))
    return document


def article_linking(library: Library, document: PortalDocument, title: str) -> ArticlePage:
    body = [{"type": "file", "value": {"document": document.pk, "title": ""}}]
    page = ArticlePage(title=title, short_answer="Mit Datei.")
    field: Any = ArticlePage._meta.get_field("body")
    page.body = field.stream_block.to_python(body)
    library.registers.add_child(instance=page)
    return page


def hits(text: str, level: Visibility = Visibility.PUBLIC) -> list[str]:
    return [result.key for result in find(text, level=level, kinds=["download"]).results]


def test_unlinked_file_is_not_findable(follow: Callable[[], None], indexed: Library) -> None:
    make_document("Merkblatt Wohngeld", "Zuckerrübenverordnung")
    follow()
    assert hits("Zuckerrübenverordnung") == []


def test_linked_file_is_found_by_its_text_with_page(follow: Callable[[], None], indexed: Library) -> None:
    document = make_document("Merkblatt Wohngeld", "Deckblatt", "Hier steht die Zuckerrübenverordnung.")
    page = article_linking(indexed, document, "Wohngeld")
    follow()
    found = find("Zuckerrübenverordnung", level=Visibility.PUBLIC, kinds=["download"])
    assert [result.key for result in found.results] == [f"download:{document.pk}"]
    assert found.results[0].page == 2
    page.unpublish()
    assert hits("Zuckerrübenverordnung") == []
    follow()
    assert find("Zuckerrübenverordnung", level=Visibility.CENTRE).total == 0


def test_file_has_the_level_of_its_most_open_page(follow: Callable[[], None], indexed: Library) -> None:
    document = make_document("Merkblatt Wohngeld", "Zuckerrübenverordnung")
    page = article_linking(indexed, document, "Wohngeld")
    page.visibility = Visibility.CENTRE
    page.save()
    follow()
    assert hits("Zuckerrübenverordnung") == []
    assert hits("Zuckerrübenverordnung", Visibility.CENTRE) == [f"download:{document.pk}"]
    article_linking(indexed, document, "Wohngeld für alle")
    follow()
    assert hits("Zuckerrübenverordnung") == [f"download:{document.pk}"]


def test_file_no_longer_linked_is_gone(follow: Callable[[], None], indexed: Library) -> None:
    document = make_document("Merkblatt Wohngeld", "Zuckerrübenverordnung")
    page = article_linking(indexed, document, "Wohngeld")
    follow()
    page.body = []
    page.save()
    follow()
    assert hits("Zuckerrübenverordnung") == []


def test_template_carries_the_text_of_its_file(follow: Callable[[], None], indexed: Library) -> None:
    index = indexed.home.add_child(instance=TemplateIndexPage(title="Vorlagen", slug="vorlagen"))
    document = make_document("Muster", "Verpflichtungserklärung zum Auftrag")
    page = TemplatePage(title="Muster AVV", short_answer="Ein Muster.", file=document)
    index.add_child(instance=page)
    follow()
    results = find("Verpflichtungserklärung", level=Visibility.PUBLIC).results
    assert [result.key for result in results] == [f"template:{page.pk}"]


def test_a_template_is_not_found_by_a_file_its_readers_may_not_have(
    follow: Callable[[], None], indexed: Library
) -> None:
    index = indexed.home.add_child(instance=TemplateIndexPage(title="Vorlagen", slug="vorlagen"))
    document = make_document("Muster", "Verpflichtungserklärung zum Auftrag")
    document.collection = Collection.get_first_root_node().add_child(name="Intern")
    document.save()
    page = TemplatePage(title="Muster AVV", short_answer="Ein Muster.", file=document)
    index.add_child(instance=page)
    follow()
    assert find("Verpflichtungserklärung", level=Visibility.PUBLIC).total == 1
    CollectionViewRestriction.objects.create(
        collection=document.collection, restriction_type=CollectionViewRestriction.LOGIN
    )
    follow()
    assert find("Verpflichtungserklärung", level=Visibility.PUBLIC).results == []
    assert [result.key for result in find("AVV", level=Visibility.PUBLIC).results] == [f"template:{page.pk}"]


def test_a_file_named_by_its_address_is_found_and_served_like_a_chosen_one(
    follow: Callable[[], None], indexed: Library
) -> None:
    named, chosen = (make_document(title, "Zuckerrübenverordnung") for title in ("Genannt", "Gewählt"))
    assert level_of_document(named) is Visibility.CENTRE
    text = (
        f"Siehe [Merkblatt](http://testserver{named.url}) und [noch eins](/dokumente/99999999999999999999/x.pdf)."
    )
    page = indexed.add_article("Wohngeld", "Mit Datei.", body=[("markdown", text)])
    rich = RichText(f'<p><a linktype="document" id="{chosen.pk}">Merkblatt</a></p>')
    other = indexed.add_article("Elterngeld", "Mit Datei.", body=[("text", rich)])
    follow()
    assert sorted(hits("Zuckerrübenverordnung")) == [f"download:{named.pk}", f"download:{chosen.pk}"]
    assert [level_of_document(item) for item in (named, chosen)] == [Visibility.PUBLIC] * 2
    keys = [f"download:{named.pk}", f"article:{page.pk}", f"term:{indexed.term.pk}"]
    for order in (keys, keys[::-1]):  # the queries of all sources are joined, whatever stands first
        assert visible_keys(order, Visibility.PUBLIC) == set(keys)
    assert Client().get(named.url).status_code == 200
    page.visibility = Visibility.MUNICIPALITY
    page.save()
    assert hits("Zuckerrübenverordnung") == [f"download:{chosen.pk}"]
    assert level_of_document(named) is Visibility.MUNICIPALITY
    assert Client().get(named.url).status_code == 302
    follow()
    assert f"download:{named.pk}" in hits("Zuckerrübenverordnung", Visibility.MUNICIPALITY)
    page.body = [("markdown", "Nichts mehr.")]
    page.save()
    other.delete()
    follow()
    assert hits("Zuckerrübenverordnung", Visibility.CENTRE) == []
    assert level_of_document(named) is Visibility.CENTRE
    assert inspect(open_current()) == []


def test_a_file_named_in_a_live_act_is_served(library: Library) -> None:
    document = make_document("Erläuterung", "Text")
    library.act.summary = f"Siehe [Erläuterung]({document.url})."
    library.act.save()
    assert level_of_document(document) is Visibility.PUBLIC


def test_a_pdf_is_opened_at_the_page_where_the_words_stand(follow: Callable[[], None], indexed: Library) -> None:
    document = make_document("Merkblatt Wohngeld", "Deckblatt", "Hier steht die Zuckerrübenverordnung.")
    document.file.name = f"documents/merkblatt-{document.pk}.pdf"
    document.save()
    PortalDocument.objects.filter(pk=document.pk).update(
        page_texts=["Deckblatt", "Hier steht die Zuckerrübenverordnung."]
    )
    article_linking(indexed, document, "Wohngeld")
    follow()
    (result,) = find("Zuckerrübenverordnung", level=Visibility.PUBLIC, kinds=["download"]).results
    assert result.url.endswith(".pdf#page=2")


def make_pdf(title: str, *texts: str) -> PortalDocument:
    document = make_document(title, *texts)
    document.file.name = f"documents/datei-{document.pk}.pdf"
    document.save()
    PortalDocument.objects.filter(pk=document.pk).update(page_texts=list(texts))
    return document


def long_pages(**words: str) -> list[str]:
    """Fifty pages of about 2,000 characters; `s30="…"` puts words on page 30."""
    filler = "Die Gemeinde beschreibt hier, wie sie ihre Aufgaben erledigt. " * 32
    return [f"{filler} {words.get(f's{number}', '')} {filler}"[:4000] for number in range(1, 51)]


def the(text: str, **values: Any) -> Any:
    (result,) = find(text, level=Visibility.PUBLIC, **values).results
    return result


def test_a_word_far_back_in_a_file_is_shown_with_its_page(
    follow: Callable[[], None], indexed: Library, client: Client, django_assert_num_queries: Any
) -> None:
    pages = long_pages(s20="Zuckerrübenverordnung", s40="Hier steht die Zuckerrübenverordnung zum Wohngeldantrag.")
    assert sum(map(len, pages[:19])) > LONGEST_STORED_TEXT
    document = make_pdf("Merkblatt", *pages)
    article_linking(indexed, document, "Zuschüsse")
    follow()
    result = the("Zuckerrübenverordnung Wohngeldantrag")
    assert (result.page, result.url) == (40, f"{document.url}#page=40")
    assert "<mark>Zuckerrübenverordnung</mark> zum <mark>Wohngeldantrag</mark>" in result.snippet_html
    assert the("Zuckerrübenverordnung").page == 20  # the first of equal ones
    assert "Seite 20</span>" in client.get("/suche/?q=Zuckerrübenverordnung").content.decode()
    assert "Seite 20" in client.get("/suche.md?q=Zuckerrübenverordnung").content.decode()
    (answer,) = client.get("/api/v1/search?q=Zuckerrübenverordnung").json()["results"]
    assert answer["file_page"] == 20
    assert answer["url"].endswith(".pdf#page=20")
    assert "Zuckerrübenverordnung" in answer["excerpt"]


def test_a_name_of_several_words_is_found_far_back_too(follow: Callable[[], None], indexed: Library) -> None:
    document = make_pdf("Merkblatt", *long_pages(s12="Alle einer", s33="Das Prinzip Einer für Alle gilt."))
    article_linking(indexed, document, "Zuschüsse")
    follow()
    result = the("EfA", kinds=["download"])
    assert result.page == 33
    assert "<mark>Einer für Alle</mark>" in result.snippet_html


def test_where_nothing_is_marked_there_is_no_page(follow: Callable[[], None], indexed: Library) -> None:
    article_linking(indexed, make_pdf("Zuckerrübenverordnung", *long_pages()), "Lang")
    article_linking(indexed, make_pdf("Zuckerrübenverordnung", "Deckblatt", "Inhalt"), "Kurz")
    article_linking(indexed, make_document("Zuckerrübenverordnung", "Ohne Seiten. " * 4000), "Ohne Seiten")
    follow()
    results = find("Zuckerrübenverordnung", level=Visibility.PUBLIC, kinds=["download"]).results
    assert [(result.page, "#" in result.url, "<mark>" in result.snippet_html) for result in results] == [
        (0, False, False)
    ] * 3


def test_a_long_file_without_pages_has_its_excerpt(follow: Callable[[], None], indexed: Library) -> None:
    text = "Die Gemeinde beschreibt hier ihre Aufgaben. " * 2000
    article_linking(indexed, make_document("Merkblatt", f"{text} Zuckerrübenverordnung. {text}"), "Zuschüsse")
    follow()
    result = the("Zuckerrübenverordnung")
    assert result.page == 0
    assert "<mark>Zuckerrübenverordnung</mark>" in result.snippet_html


def test_one_query_reads_the_pages_of_all_files_and_only_where_it_must(
    follow: Callable[[], None], indexed: Library
) -> None:
    def number_of_queries(text: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert find(text, level=Visibility.PUBLIC).results
        return len(queries)

    index = indexed.home.add_child(instance=TemplateIndexPage(title="Vorlagen", slug="vorlagen"))
    texts = long_pages(s1="Anfangswort", s40="Zuckerrübenverordnung")
    article_linking(indexed, make_pdf("Eins", *texts), "Erste Seite")
    follow()
    for text in ("Anfangswort", "Zuckerrübenverordnung"):
        number_of_queries(text)  # what is kept in memory is read
    near = number_of_queries("Anfangswort")
    assert number_of_queries("Zuckerrübenverordnung") == near + 1
    for number in range(3):
        article_linking(indexed, make_pdf(f"Noch {number}", *texts), f"Seite {number}")
        page = TemplatePage(title=f"Muster {number}", short_answer="Ja.", file=make_pdf("Muster", *texts))
        index.add_child(instance=page)
    follow()
    found = find("Zuckerrübenverordnung", level=Visibility.PUBLIC).results
    assert [result.page for result in found] == [40] * 7
    assert number_of_queries("Zuckerrübenverordnung") == number_of_queries("Anfangswort") + 1


def test_the_file_of_a_template_has_page_numbers_too(
    follow: Callable[[], None], indexed: Library, client: Client
) -> None:
    index = indexed.home.add_child(instance=TemplateIndexPage(title="Vorlagen", slug="vorlagen"))
    short = make_pdf("Muster", "Deckblatt", "Verpflichtungserklärung zum Auftrag")
    page = TemplatePage(title="Muster AVV", short_answer="Ein Muster.", file=short)
    index.add_child(instance=page)
    long = make_pdf("Langes Muster", *long_pages(s25="Zuckerrübenverordnung"))
    other = TemplatePage(title="Langes Muster", short_answer="Lang.", file=long)
    index.add_child(instance=other)
    follow()
    result = the("Verpflichtungserklärung")
    assert (result.page, result.page_label, result.url) == (2, "Seite 2 der Datei", page.get_url())
    assert "Seite 2 der Datei" in client.get("/suche/?q=Verpflichtungserklärung").content.decode()
    assert (the("Zuckerrübenverordnung").page, the("AVV").page) == (25, 0)
    (answer,) = client.get("/api/v1/search?q=Zuckerrübenverordnung").json()["results"]
    assert (answer["file_page"], "#" in answer["url"]) == (25, False)


def test_a_file_that_was_closed_since_is_not_read_for_its_template(
    follow: Callable[[], None], indexed: Library
) -> None:
    index = indexed.home.add_child(instance=TemplateIndexPage(title="Vorlagen", slug="vorlagen"))
    document = make_pdf("Muster", *long_pages(s25="Zuckerrübenverordnung"))
    above = Collection.get_first_root_node().add_child(name="Oben")
    document.collection = above.add_child(name="Intern")
    document.save()
    PortalDocument.objects.filter(pk=document.pk).update(page_texts=long_pages(s25="Zuckerrübenverordnung"))
    index.add_child(instance=TemplatePage(title="Muster AVV", short_answer="Ein Muster.", file=document))
    follow()
    assert the("Zuckerrübenverordnung").page == 25
    CollectionViewRestriction.objects.create(collection=above, restriction_type="login")
    result = the("Zuckerrübenverordnung")  # the index does not know yet
    assert (result.page, "Zuckerrübenverordnung" in result.snippet_html) == (0, False)
