"""What every engine promises, asked of each: filters, counts, access, highlights, suggestions, bad input."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from knowledge.models import ArticlePage, GlossaryTerm, TopicPage
from portal.core.visibility import Visibility
from search.engines import get_engine
from search.explaining import explain
from search.finding import suggest
from search.query import parse, plan
from search.synonyms import _current
from tests.search.conformance.conftest import ask
from tests.search.conftest import Library
from tests.search.test_bad_input import NASTY, STRANGE
from tests.search.test_downloads import article_linking, long_pages, make_pdf

pytestmark = pytest.mark.django_db


def titles(text: str, level: Visibility = Visibility.PUBLIC, **values: Any) -> list[str]:
    return [result.title for result in ask(text, level, **values).results]


# -- filters and counts --------------------------------------------------------------------------------


def test_filters_narrow_and_counts_leave_out_their_own(both: Library) -> None:
    everything = ask("efa")
    only = ask("efa", kinds=["question"])
    assert [result.kind.code for result in only.results] == ["question"]
    assert only.total == everything.kind_counts["question"] == 1
    assert only.kind_counts == everything.kind_counts
    assert only.topic_counts == {both.efa.pk: 1}
    below = ask("efa", topic=both.efa.pk)
    assert below.total == everything.topic_counts[both.efa.pk]
    assert below.topic_counts == everything.topic_counts
    assert sum(below.kind_counts.values()) == below.total
    nothing = ask("efa", topic=both.efa.pk, kinds=["article"])
    assert nothing.total == 0
    assert nothing.kind_counts == below.kind_counts


def test_left_out_entries_count_nowhere(both: Library) -> None:
    query = plan(parse("efa"))
    everything = get_engine().search(query)
    some = get_engine().search(replace(query, without=(f"question:{both.question.pk}",)))
    assert some.total == everything.total - 1
    assert "question" not in some.kind_counts
    assert {hit.key for hit in everything.hits} - {hit.key for hit in some.hits} == {
        f"question:{both.question.pk}"
    }


def test_pages_part_the_hits(both: Library, follow_both: Callable[[], None]) -> None:
    for number in range(12):
        both.add_article(f"Hundesteuer {number}", "Anmeldung der Hunde.")
    follow_both()
    first, second = ask("Hundesteuer"), ask("Hundesteuer", page=2)
    assert first.total == second.total == 12
    assert [len(first.results), len(second.results)] == [10, 2]
    assert not {r.key for r in first.results} & {r.key for r in second.results}
    assert len(ask("Hundesteuer", page=7).results) == 2


# -- what is found -------------------------------------------------------------------------------------


def test_words_names_phrases_and_citations(both: Library) -> None:
    assert titles("Modernisierung der Register")[0] == "Registermodernisierung"
    assert titles("pruefen welche behoerde")[0] == "NOOTS-Anschluss vorbereiten"
    assert "Wer betreibt den EfA-Dienst?" in titles("Einer für Alle")
    assert titles("§9 abs 1 ozg")[:2] == ["§ 9 Abs. 1 OZG", "Wer betreibt den EfA-Dienst?"]
    assert titles('"für alle Kommunen"') == ["Wer betreibt den EfA-Dienst?"]
    assert ask('"alle für Kommunen"').relaxed
    assert titles("ozg")[0] == "OZG – Onlinezugangsgesetz"


def test_a_synonym_counts_at_once(both: Library) -> None:
    assert "Wer betreibt den EfA-Dienst?" not in titles("Gemeinschaftsdienst")
    GlossaryTerm.objects.create(term="EfA-Dienst", slug="efa-d", synonyms="Gemeinschaftsdienst", meaning="–")
    _current._value = None
    assert "Wer betreibt den EfA-Dienst?" in titles("Gemeinschaftsdienst")
    _current._value = None


def test_typing_errors_are_mended(both: Library) -> None:
    found = ask("Komunen")
    assert found.followed
    assert found.meant == "Kommunen"
    assert found.total == ask("Kommunen").total > 0


# -- who finds it --------------------------------------------------------------------------------------


def test_levels_and_withdrawal(both: Library, follow_both: Callable[[], None]) -> None:
    both.efa.visibility = Visibility.MUNICIPALITY
    both.efa.save()
    # The second look comes before the index knows, the index after it.
    assert "Wer betreibt den EfA-Dienst?" not in titles("betreibt")
    follow_both()
    assert ask("betreibt").total == 0
    assert titles("betreibt", Visibility.MUNICIPALITY) == ["Wer betreibt den EfA-Dienst?"]
    assert "Wer betreibt den EfA-Dienst?" not in [row["label"] for row in suggest("betreibt")]
    both.efa.visibility = Visibility.PUBLIC
    both.efa.save()
    follow_both()
    assert titles("betreibt") == ["Wer betreibt den EfA-Dienst?"]


def test_the_log_is_followed(both: Library, follow_both: Callable[[], None]) -> None:
    page = both.add_article("Wohngeldantrag digital", "Der Antrag auf Wohngeld.")
    follow_both()
    assert titles("Wohngeld") == ["Wohngeldantrag digital"]
    page.title = "Bürgergeldantrag"
    page.short_answer = "Anders."
    page.save_revision().publish()
    follow_both()
    assert titles("Wohngeldantrag") == []
    assert titles("Bürgergeldantrag") == ["Bürgergeldantrag"]
    ArticlePage.objects.get(pk=page.pk).unpublish()
    follow_both()
    assert titles("Bürgergeldantrag") == []
    TopicPage.objects.get(pk=both.efa.pk).delete()
    follow_both()
    assert titles("betreibt") == []


# -- what is shown -------------------------------------------------------------------------------------


def test_words_are_marked_and_the_rest_is_escaped(both: Library, client: Client) -> None:
    result = ask("noots anschluss prüfen").results[0]
    assert result.title_html == "<mark>NOOTS</mark>-<mark>Anschluss</mark> vorbereiten"
    assert "<mark>Prüfen</mark>" in result.snippet_html
    assert result.url == "/themen/registermodernisierung/noots-anschluss/"
    assert result.topic == "Registermodernisierung"
    html = client.get("/suche/", {"q": "<b>noots</b>"}).content.decode()
    assert "<b>noots" not in html
    assert "Suchdienst antwortet gerade nicht" not in html


def test_a_word_far_back_in_a_file_has_its_page(both: Library, follow_both: Callable[[], None]) -> None:
    """What every engine keeps to show ends before it; short files say their pages by what is kept."""
    document = make_pdf("Merkblatt", *long_pages(s3="Rübenzucker", s40="Zuckerrübenverordnung"))
    article_linking(both, document, "Zuschüsse")
    follow_both()
    for text, page in (("Rübenzucker", 3), ("Zuckerrübenverordnung", 40)):
        (result,) = ask(text, kinds=["download"]).results
        assert result.page == page
        assert f"<mark>{text}</mark>" in result.snippet_html


def test_why_a_result_is_found_is_told_in_words(both: Library) -> None:
    found = explain("Anschluss NOOTS Behörde", f"article:{both.article.pk}", level=Visibility.CENTRE)
    assert found is not None
    assert found.score > 0
    assert [part.name for part in found.parts] == ["„Anschluss“", "„NOOTS“", "„Behörde“"]
    assert all(part.effect.startswith("hebt um ") for part in found.parts)
    whole = explain("Anschluss NOOTS", f"article:{both.article.pk}", level=Visibility.CENTRE)
    assert whole is not None
    assert whole.parts[-1].name == "Die Eingabe als Ganzes"
    assert whole.parts[-1].effect.startswith("hebt um ")


def test_suggestions_begin_as_typed(both: Library) -> None:
    assert [row["label"] for row in suggest("noo")] == ["NOOTS-Anschluss vorbereiten"]
    assert suggest("ozg")[0]["label"].startswith("OZG")
    assert suggest("anschluss noo")[0]["url"] == "/themen/registermodernisierung/noots-anschluss/"
    assert suggest("x") == suggest("zzz") == suggest("") == []
    groups = [row["group"] for row in suggest("e")] + [row["group"] for row in suggest("ef")]
    assert groups == sorted(groups, key=groups.index)


def test_rated_sets_are_scored_on_each_engine(both: Library, tmp_path: Path) -> None:
    texts = {"a": "Hundesteuer online anmelden", "b": "Personalausweis beantragen", "c": "Wohngeld für Mieter"}
    files = [tmp_path / name for name in ("docs.jsonl", "queries.jsonl", "qrels.tsv")]
    documents = [{"id": name, "title": text, "text": text} for name, text in texts.items()]
    files[0].write_text("\n".join(map(json.dumps, documents)))
    files[1].write_text('{"id": 1, "text": "Steuer für Hunde"}\n{"id": 2, "text": "Ausweis"}')
    files[2].write_text("1\t0\ta\t1\n2\t0\tb\t1\n")
    engine = "elasticsearch" if settings.ELASTICSEARCH_URL else "embedded"
    call_command("search_evaluate", *files, engine=engine, json_file=tmp_path / "out", stdout=io.StringIO())
    scores = json.loads((tmp_path / "out").read_text())
    assert scores["ndcg_10"] == 1.0
    assert scores["found"]["2"] == ["b"]


# -- bad input -----------------------------------------------------------------------------------------


def test_strange_input_is_answered(both: Library, client: Client, subtests: pytest.Subtests) -> None:
    for text in NASTY:
        with subtests.test(text=ascii(text[:40])):
            data = {"q": text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
            html = client.get("/suche/", data)
            assert html.status_code == 200
            assert "Suchdienst" not in html.content.decode()
            assert "eingeschränkt" not in html.content.decode()
            assert client.get("/suche/vorschlaege/", data).status_code == 200
    for query in STRANGE:
        with subtests.test(query=query[:40]):
            assert client.get(f"/suche/?q=noots&{query}").status_code == 200


WORDS = st.sampled_from(
    ["noots", "§ 9 OZG", "EfA-Dienst", "register", "wer", '"', "(", "*", "~2", "\\", "ß", "AND"]
)
TEXTS = st.one_of(
    st.text(max_size=120), st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=40).map(" ".join)
)


@limits(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=TEXTS, kinds=st.lists(st.sampled_from(["article", "question", "x"]), max_size=3), page=st.integers(-2, 70)
)
def test_any_text_is_answered_by_the_engine(both: Library, text: str, kinds: list[str], page: int) -> None:
    found = ask(text, kinds=kinds, page=page)
    assert found.total >= len(found.results)
    assert all(result.url.startswith("/") for result in found.results)
    suggest(text)
