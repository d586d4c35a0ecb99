"""Whatever is typed or put into an address: a sensible answer, and no word of an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.search.conftest import Library

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WORDS = [
    "noots", "register", "efa", "§ 9", "OZG", "Abs. 1", '"', "„", "“", "(", ")", "AND", "OR NOT", "title:", "*",
    "?", "~2", "^9", "[a TO b]", "\\", "/.*/", "\x00", "\u202e", "\u2066", "\u00ad", "🙂", "%", "<script>alert",
    "'; --", "ß", "1234", "der", "wer", "a", "-", "+", "{{7*7}}", "\r\n", "\u0301",
]  # fmt: skip
TYPED = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
    st.text(max_size=60),
    st.sampled_from(["noots " * 2000, '"' * 400, "x" * 10_000, "(" * 500 + ")" * 500]),
)
NAMES = st.sampled_from(["art", "thema", "fuer", "recht", "geprueft", "sortierung", "seite", "filter", "q[]"])
KNOWN = ["article", "it", "ozg", "efa-kommunal", "6", "datum", "2", "-1", "0", "999999999999", "²", "\x00", ""]
FILTERS = st.lists(st.tuples(NAMES, st.one_of(st.sampled_from(KNOWN), st.text(max_size=20))), max_size=8)
LEAKS = ("Traceback", "EngineError", "tantivy", "Exception", "elasticsearch", "<script>alert")


def many(run: Callable[[str, list[tuple[str, str]]], None]) -> None:
    unhurried = [HealthCheck.too_slow, HealthCheck.large_base_example]
    calm = settings(max_examples=80, deadline=None, suppress_health_check=unhurried)
    calm(given(typed=TYPED, filters=FILTERS)(run))()


def query_of(typed: str, filters: list[tuple[str, str]]) -> str:
    return urlencode([("q", typed), *filters], errors="replace")


def test_pages_answer_whatever_is_asked(client: Client, indexed: Library) -> None:
    def run(typed: str, filters: list[tuple[str, str]]) -> None:
        query = query_of(typed, filters)
        for address in ("/suche/", "/suche.md"):
            response = client.get(f"{address}?{query}")
            assert response.status_code == 200
            text = response.content.decode()
            # The front matter of the Markdown repeats what was typed, as text.
            assert not [leak for leak in (LEAKS if address.endswith("/") else LEAKS[:-1]) if leak in text]
            assert len(text) < 200_000
        assert client.get(f"/abonnieren/?{urlencode({'seite': f'/suche/?{query}'[:3000]})}").status_code == 200

    many(run)


def test_the_interface_answers_or_says_what_is_wrong(client: Client, indexed: Library) -> None:
    def run(typed: str, filters: list[tuple[str, str]]) -> None:
        cache.clear()  # nobody asks too often here
        for address, more in (("search", filters), ("suggest", [])):
            response = client.get(f"/api/v1/{address}?{query_of(typed, more)}")
            body: dict[str, Any] = response.json()
            assert response.status_code in {200, 400}
            assert ("detail" in body) == (response.status_code == 400)
            assert not [leak for leak in LEAKS[:4] if leak in response.content.decode()]
        answer = client.get(f"/suche/vorschlaege/?{query_of(typed, [])}").json()
        assert len(answer["suggestions"]) <= 8

    many(run)


def test_without_an_index_too(client: Client, library: Library) -> None:
    def run(typed: str, filters: list[tuple[str, str]]) -> None:
        assert client.get(f"/suche/?{query_of(typed, filters)}").status_code == 200

    many(run)
