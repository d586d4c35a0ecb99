"""Why a result stands where it stands: for people of the centre only, in words."""

from __future__ import annotations

import re

import pytest
from django.test import Client, TestCase

from knowledge.models import GlossaryTerm
from portal.core.visibility import Visibility
from search import index as search_index
from search.explaining import explain
from search.models import SteeringRule
from search.rebuild import rebuild
from search.steering import services
from search.wording import Place, listed
from tests.people import PortalClient, make_user, signed_in
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> PortalClient:
    return signed_in(make_user("anna@kkv.example", role="Beratung"))


def why(client: Client, query: str, key: str) -> str:
    response = client.get("/suche/warum/", {"q": query, "treffer": key})
    assert response.status_code == 200
    return response.content.decode()


def test_each_word_has_its_share_and_place(indexed: Library) -> None:
    found = explain("NOOTS Behörde", f"article:{indexed.article.pk}", level=Visibility.CENTRE)
    assert found is not None
    assert found.score > 0
    noots, authority = found.parts
    assert (noots.name, noots.reasons) == ("„NOOTS“", ("steht im Titel",))
    assert authority.name == "„Behörde“"
    assert authority.reasons == ("steht in der Kurzantwort",)
    assert noots.score is not None
    assert authority.score is not None
    assert 0 < authority.score < found.score
    assert 0 < noots.score < found.score
    assert authority.effect == f"hebt um {authority.score:.1f} Punkte".replace(".", ",")


def test_a_word_outside_the_title_raises_and_the_title_is_told_apart(indexed: Library) -> None:
    """Without "Behörde" all words would be in the title; that is no reason to say that it lowers the result."""
    key = f"article:{indexed.article.pk}"
    some = explain("Anschluss NOOTS Behörde", key, level=Visibility.CENTRE)
    assert some is not None
    assert all(part.score is not None and part.score > 0 for part in some.parts)
    assert [part.name for part in some.parts] == ["„Anschluss“", "„NOOTS“", "„Behörde“"]
    assert any("Im Titel fehlt „Behörde“." in remark for remark in some.remarks)
    whole = explain("Anschluss NOOTS", key, level=Visibility.CENTRE)
    assert whole is not None
    together = whole.parts[-1]
    assert together.name == "Die Eingabe als Ganzes"
    assert together.effect.startswith("hebt um ")
    assert "Alles Eingegebene steht im Titel" in together.reasons[0]


def test_what_lowers_a_result_is_said_and_why(library: Library) -> None:
    page = library.add_article("Braugerste", "Hopfen Malz und Wasser.")
    rebuild()
    found = explain("Hopfen Quastenflosser Malz", f"article:{page.pk}", level=Visibility.CENTRE)
    assert found is not None
    effects = {part.name: part.effect for part in found.parts}
    assert effects["„Quastenflosser“"].startswith("senkt um ")
    assert effects["„Hopfen“"].startswith("hebt um ")
    assert any("Nachbarn" in reason for reason in found.parts[1].reasons)
    html = why(signed_in(make_user("anna@kkv.example", role="Beratung")), "Hopfen Malz", f"article:{page.pk}")
    assert "-" not in "".join(re.findall(r"kp-list__title\">(.*?)</h3>", html))
    search_index._readers.index = None


def test_a_word_that_only_resembles_is_not_said_to_be_missing(library: Library) -> None:
    page = library.add_article("Wasserbau", "Deiche am Fluss und Entwässerungsgräben.")
    for number in range(4):
        library.add_article(f"Hopfen {number}", "Anbau.")
    rebuild()
    found = explain("Deiche Bewässerung", f"article:{page.pk}", level=Visibility.CENTRE)
    assert found is not None
    alike = found.parts[1]
    assert alike.effect.startswith("hebt um ")
    assert alike.reasons
    search_index._readers.index = None


def test_what_changes_nothing_is_said(indexed: Library) -> None:
    found = explain("NOOTS Quastenflosser", f"article:{indexed.article.pk}", level=Visibility.CENTRE)
    assert found is not None
    assert [part.effect for part in found.parts][1] == "ändert an den Punkten nichts"
    # An act named beside other words counts where it is defined, not where it is cited.
    cited = explain("Onlinedienst OZG", f"question:{indexed.question.pk}", level=Visibility.CENTRE)
    assert cited is not None
    assert (cited.parts[0].effect, cited.parts[0].reasons) == (
        "ändert an den Punkten nichts", ("nennt diese Vorschrift",),
    )  # fmt: skip
    other = explain("NOOTS OZG", f"article:{indexed.article.pk}", level=Visibility.CENTRE)
    assert other is not None
    assert other.parts[0].reasons == ()


def test_synonyms_compounds_and_names_are_told_as_people_write_them(indexed: Library) -> None:
    found = explain("Einer für Alle", f"question:{indexed.question.pk}", level=Visibility.CENTRE)
    assert found is not None
    assert found.parts[0].name == "„Einer für Alle“"
    assert (
        "gleiches Wort „EfA“ steht im Titel und in den Suchwörtern und Themen; zählt 0,8 statt 1"
        in found.parts[0].reasons
    )
    term = explain("EfA", f"term:{indexed.term.pk}", level=Visibility.CENTRE)
    assert term is not None
    assert any("genau der Name" in reason for reason in term.parts[-1].reasons)
    assert any("malgenommen (Art: Glossar)" in remark for remark in term.remarks)
    behind = explain("registern", f"topic:{indexed.registers.pk}", level=Visibility.CENTRE)
    assert behind is not None
    assert behind.parts[0].name == "„registern“"


def test_equal_words_are_shown_as_the_document_has_them(library: Library) -> None:
    GlossaryTerm.objects.create(term="Gewerbeamt", slug="g", synonyms="zuständige Behörde", meaning="Ein Amt.")
    page = library.add_article("Anzeige", "Fragen Sie die zuständigen\nBehörden. Jede zuständige Behörde hilft.")
    rebuild()
    found = explain("gewerbeamt", f"article:{page.pk}", level=Visibility.CENTRE)
    assert found is not None
    assert found.parts[0].reasons == (
        "gleiches Wort „zuständigen Behörden“ steht in der Kurzantwort (2-mal); zählt 0,8 statt 1",
    )
    search_index._readers.index = None


def test_places_are_listed_as_one_says_them() -> None:
    places = [Place("title", 1, "x"), Place("summary", 1, "x"), Place("text", 3, "x")]
    assert listed(places) == "im Titel, in der Kurzantwort und im Text (3-mal)"
    assert listed(places[:1]) == "im Titel"


def test_provisions_and_phrases(indexed: Library) -> None:
    found = explain("§ 9 Abs. 1 OZG", f"question:{indexed.question.pk}", level=Visibility.CENTRE)
    assert found is not None
    assert found.parts[0].reasons == ("nennt diese Vorschrift",)
    quoted = explain('"Register Ihrer Behörde"', f"article:{indexed.article.pk}", level=Visibility.CENTRE)
    assert quoted is not None
    phrase = quoted.parts[0]
    assert (phrase.name, phrase.effect) == ("Wortfolge „Register Ihrer Behörde“", "muss vorkommen")
    assert phrase.reasons == ("steht in der Kurzantwort",)


def test_rules_of_the_staff_are_told(indexed: Library, staff: PortalClient) -> None:
    key = f"article:{indexed.article.pk}"
    with TestCase.captureOnCommitCallbacks(execute=True):
        services.save_rule(rule=SteeringRule(kind="pin", words="Postfach", target=key), actor=None)
    text = why(staff, "Postfach", key)
    assert "stellt diesen Treffer bei dieser Suche nach oben" in text
    assert "finden diesen Treffer nicht" in text


def test_only_the_centre_sees_it(indexed: Library, staff: PortalClient) -> None:
    key = f"article:{indexed.article.pk}"
    anonymous, municipality = Client(), Client()
    municipality.force_login(make_user("wer@gemeinde.example"))
    for client in (anonymous, municipality):
        assert client.get("/suche/warum/", {"q": "NOOTS", "treffer": key}).status_code == 404
        assert "Warum dieser Treffer" not in client.get("/suche/?q=NOOTS").content.decode()
    assert f"treffer={key}" in staff.get("/suche/?q=NOOTS").content.decode()
    assert "Was zum Platz beiträgt" in why(staff, "NOOTS", key)
    assert "Nach oben stellen" not in why(staff, "NOOTS", key)
    editor = signed_in(make_user("berta@kkv.example", role="Redaktion"))
    assert "Nach oben stellen" in why(editor, "NOOTS", key)


@pytest.mark.parametrize("key", ["", "article:", "article:x", "x:1", "article:999999", "article:" + "9" * 40])
def test_what_is_no_result_is_not_found(indexed: Library, staff: PortalClient, key: str) -> None:
    assert staff.get("/suche/warum/", {"q": "NOOTS", "treffer": key}).status_code == 404


@pytest.mark.parametrize("query", ["", "der die das", "'\"()[]§§ *", "a" * 5000, "\x00", "🙂"])
def test_odd_queries_are_explained_too(indexed: Library, staff: PortalClient, query: str) -> None:
    assert "Warum dieser Treffer?" in why(staff, query, f"article:{indexed.article.pk}")
