"""Files are findable only through live pages that link them, at the level of the most open of these pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.models import Collection, CollectionViewRestriction
from wagtail.rich_text import RichText

from knowledge.models import ArticlePage, TemplateIndexPage, TemplatePage
from portal.core.documents import level_of_document
from portal.core.models import PortalDocument
from portal.core.visibility import Visibility
from search.eligibility import visible_keys
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
