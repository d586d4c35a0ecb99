"""Why a result stands where it stands: for people of the centre only, in words."""

from __future__ import annotations

import pytest
from django.test import Client, TestCase

from portal.core.visibility import Visibility
from search.explaining import explain
from search.models import SteeringRule
from search.steering import services
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
    assert (noots.name, noots.reasons) == ("„noots“", ("steht im Titel",))
    assert authority.reasons == ("steht in der Kurzantwort",)
    assert noots.score is not None
    assert authority.score is not None
    assert 0 < authority.score < noots.score < found.score


def test_synonyms_compounds_and_names_are_told(indexed: Library) -> None:
    found = explain("Einer für Alle", f"question:{indexed.question.pk}", level=Visibility.CENTRE)
    assert found is not None
    assert any("gleiches Wort „efa“" in reason for part in found.parts for reason in part.reasons)
    term = explain("EfA", f"term:{indexed.term.pk}", level=Visibility.CENTRE)
    assert term is not None
    assert any("genau der Name" in remark for remark in term.remarks)
    assert any("malgenommen (Art: Glossar)" in remark for remark in term.remarks)


def test_provisions_and_phrases(indexed: Library) -> None:
    found = explain("§ 9 Abs. 1 OZG", f"question:{indexed.question.pk}", level=Visibility.CENTRE)
    assert found is not None
    assert found.parts[0].reasons == ("nennt diese Vorschrift",)
    quoted = explain('"Register Ihrer Behörde"', f"article:{indexed.article.pk}", level=Visibility.CENTRE)
    assert quoted is not None
    assert any(part.score is None and part.reasons for part in quoted.parts)


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
