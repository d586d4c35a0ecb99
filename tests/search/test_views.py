from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from wagtail.models import PageViewRestriction

from knowledge.models import TopicPage
from knowledge.search_sources import TopicTitles
from portal.core.visibility import Visibility
from search.finding import find, suggest
from search.rebuild import rebuild
from tests import factories
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db


def titles(text: str, **values: Any) -> list[str]:
    return [result.title for result in find(text, level=Visibility.PUBLIC, **values).results]


def test_page_shows_marked_hits_and_counts(client: Client, indexed: Library) -> None:
    html = client.get("/suche/", {"q": "noots register"}).content.decode()
    assert "<mark>NOOTS</mark>-Anschluss vorbereiten" in html
    assert "Treffer für „noots register“" in html
    assert 'content="noindex, follow"' in html
    assert "Artikel" in html


def test_compound_is_found_by_its_parts(indexed: Library) -> None:
    assert "Registermodernisierung" in titles("Modernisierung der Register")


def test_results_show_words_not_markdown(client: Client) -> None:
    factories.term("Nachweisdatenblatt", meaning="Ein **Blatt** nach [Muster](/themen/).")
    rebuild()
    [result] = find("nachweisdatenblatt", level=Visibility.PUBLIC).results
    assert "Ein Blatt nach Muster." in result.snippet_html
    assert "Ein Blatt nach Muster." in client.get("/suche/", {"q": "nachweisdatenblatt"}).content.decode()


def test_umlauts_may_be_typed_out(indexed: Library) -> None:
    assert titles("pruefen welche behoerde")[0] == "NOOTS-Anschluss vorbereiten"


def test_synonym_of_the_glossary_is_found(indexed: Library) -> None:
    assert "Wer betreibt den EfA-Dienst?" in titles("Einer für Alle")


@pytest.mark.parametrize(
    "text", ["§ 9 Abs. 1 OZG", "§9 abs 1 ozg", "ozg §9 abs. 1", "§ 9 (1) Onlinezugangsgesetz"]
)
def test_provision_comes_first_then_what_cites_it(indexed: Library, text: str) -> None:
    assert titles(text)[:2] == ["§ 9 Abs. 1 OZG", "Wer betreibt den EfA-Dienst?"]


def test_bare_number_after_an_act_is_a_provision(indexed: Library) -> None:
    assert titles("ozg 9")[0] in {"§ 9 Abs. 1 OZG", "OZG – Onlinezugangsgesetz"}


def test_filter_by_kind_and_topic(client: Client, indexed: Library) -> None:
    assert titles("efa", kinds=["question"]) == ["Wer betreibt den EfA-Dienst?"]
    assert titles("efa", topic=indexed.efa.pk, kinds=["article"]) == []
    html = client.get("/suche/", {"q": "efa", "art": "question", "thema": str(indexed.efa.pk)}).content.decode()
    assert "Filter entfernen: " in html
    assert "art=question" in html


def test_counts_of_a_filter_ignore_that_filter(indexed: Library) -> None:
    everything = find("efa", level=Visibility.PUBLIC)
    filtered = find("efa", level=Visibility.PUBLIC, kinds=["question"])
    assert filtered.kind_counts == everything.kind_counts
    assert everything.kind_counts["question"] == filtered.total == 1


def test_phrase_that_occurs_nowhere_is_searched_as_words(indexed: Library) -> None:
    found = find('"Register vorbereiten"', level=Visibility.PUBLIC)
    assert found.relaxed
    assert found.results


def test_phrase_is_kept_where_it_occurs(indexed: Library) -> None:
    indexed.add_article("Anschluss an NOOTS", "Vorbereiten und anschließen.")
    rebuild()
    assert titles('"NOOTS-Anschluss"') == ["NOOTS-Anschluss vorbereiten"]


def test_quoted_name_of_an_act_finds_every_text_with_that_word(indexed: Library) -> None:
    indexed.add_article("Antrag stellen", "Das OZG gilt auch für Gemeinden.")
    rebuild()
    assert titles('"OZG"')[0] == "OZG – Onlinezugangsgesetz"
    assert "Antrag stellen" in titles('"OZG"')


def test_exact_name_comes_before_longer_names(indexed: Library) -> None:
    for title in ("EfA EfA EfA", "EfA und EfA-Dienst", "Was EfA heißt"):
        indexed.add_article(title, "EfA, EfA und noch einmal EfA.")
    rebuild()
    assert titles("efa")[0] == "EfA (Einer für Alle)"
    assert titles("EfA-Kommunal")[0] == "EfA-Kommunal"


def test_withdrawn_page_is_not_shown_even_before_the_index_knows(indexed: Library) -> None:
    assert titles("noots")
    indexed.article.unpublish()
    assert "NOOTS-Anschluss vorbereiten" not in titles("noots")


def test_restricted_page_is_shown_to_its_readers_only(follow: Callable[[], None], indexed: Library) -> None:
    indexed.article.visibility = Visibility.CENTRE
    indexed.article.save()
    assert "NOOTS-Anschluss vorbereiten" not in titles("noots")
    follow()
    found = find("noots", level=Visibility.CENTRE)
    assert "NOOTS-Anschluss vorbereiten" in [result.title for result in found.results]
    public = find("noots", level=Visibility.PUBLIC)
    assert "article" not in public.kind_counts
    assert suggest("noots ans") == []


def test_no_result_page_helps(client: Client, indexed: Library) -> None:
    html = client.get("/suche/", {"q": "efa", "art": "template"}).content.decode()
    assert "Keine Treffer" in html
    assert "Ohne „Vorlagen“ suchen" in html
    assert "/glossar/efa/" in html


def test_suggestions_are_grouped_and_public(client: Client, indexed: Library) -> None:
    answer = client.get("/suche/vorschlaege/", {"q": "ef"}).json()["suggestions"]
    assert {"label": "EfA (Einer für Alle)", "url": "/glossar/efa/", "group": "Begriffe"} in answer
    assert any(item["group"] == "Themen" for item in answer)
    assert client.get("/suche/vorschlaege/", {"q": "e"}).json() == {"suggestions": []}


def test_suggestion_of_a_withdrawn_page_is_gone_at_once(indexed: Library) -> None:
    assert suggest("noots an")
    indexed.article.unpublish()
    assert suggest("noots an") == []


def test_second_page(client: Client, indexed: Library) -> None:
    for number in range(15):
        indexed.add_article(f"Fachverfahren {number}", "Fachverfahren anbinden.")
    rebuild()
    first, second = titles("fachverfahren"), titles("fachverfahren", page=2)
    assert len(first) == 10
    assert len(second) == 5
    assert not set(first) & set(second)
    assert client.get("/suche/", {"q": "fachverfahren", "seite": "99999"}).status_code == 200


def test_empty_search_page(client: Client, indexed: Library) -> None:
    response = client.get("/suche/")
    assert response.status_code == 200
    assert response.headers["X-Robots-Tag"] == "noindex, follow"


def test_topics_of_the_same_name_are_told_apart_by_their_path(client: Client, library: Library) -> None:
    def below(topic: TopicPage) -> TopicPage:
        page: TopicPage = topic.add_child(
            instance=TopicPage(title=f"Fristen {topic.title}", slug="fristen", summary="Alle.")
        )
        return page

    first, second = below(library.registers), below(library.efa)
    library.add_article("Fristen der Register", "Ja.", topic=first)
    library.add_article("Fristen für alle", "Ja.", topic=second)
    rebuild()

    def chosen(topic: str) -> int | None:
        return client.get("/suche/", {"q": "fristen", "thema": topic}).context["found"].total

    names = TopicTitles()
    assert names.resolve("efa-kommunal/fristen", Visibility.PUBLIC) == second.pk
    assert names.resolve("registermodernisierung/fristen", Visibility.PUBLIC) == first.pk
    assert names.resolve("themen/efa-kommunal/fristen", Visibility.PUBLIC) == second.pk
    assert names.resolve("fristen", Visibility.PUBLIC) == first.pk
    assert names.resolve("kommunal/fristen", Visibility.PUBLIC) is None
    assert chosen("efa-kommunal/fristen") == chosen(str(second.pk)) == 2
    shallow: TopicPage = (
        library.home.get_children()
        .get(slug="themen")
        .add_child(instance=TopicPage(title="Fristen", slug="fristen", summary="Alle."))
    )
    assert names.resolve("fristen", Visibility.PUBLIC) == shallow.pk


def test_a_closed_topic_is_named_nowhere_in_the_search(client: Client, library: Library) -> None:
    closed = library.efa.get_parent().add_child(
        instance=TopicPage(title="Zuckerrüben", slug="zuckerrueben", summary="Ja.", visibility=Visibility.CENTRE)
    )
    library.add_article("Wohngeldantrag", "Ja.", topics=[closed])
    rebuild()
    for asked in ({}, {"thema": str(closed.pk)}, {"thema": "zuckerrueben"}):
        assert "Zuckerrüben" not in client.get("/suche/", {"q": "wohngeldantrag", **asked}).content.decode()
    assert titles("Zuckerrüben") == []
    assert (
        find("wohngeldantrag", level=Visibility.CENTRE, topic=closed.pk).topic_titles[closed.pk] == "Zuckerrüben"
    )
    closed.visibility = Visibility.PUBLIC
    closed.save()
    rebuild()
    assert titles("Zuckerrüben") == ["Zuckerrüben", "Wohngeldantrag"]


@pytest.mark.parametrize("by_hand", [False, True])
def test_help_without_results_names_no_closed_topic(by_hand: bool, client: Client, indexed: Library) -> None:
    """What closes a topic is not only its own field: a topic above, or Wagtail's privacy dialogue."""
    if by_hand:
        topic = factories.topic("Xylophonbau")
        PageViewRestriction.objects.create(page=topic, restriction_type="login")
    else:
        above = factories.topic("Zu", visibility=Visibility.CENTRE)
        topic = factories.topic("Xylophonbau", parent=above)
    rebuild()
    for address in ("/suche/", "/suche.md"):
        assert topic.url not in client.get(address, {"q": "xylophonbauen"}).content.decode()
