"""The third retriever: vectors from a server with the OpenAI embeddings interface, joined with the words."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from search.documents import SearchDocument
from search.semantic.encoders import EncoderError, ServerEncoder, current_encoder
from search.semantic.passages import LONGEST, passages
from search.semantic.work import renew_vectors
from tests.search.conftest import Library

MEANINGS = {"umzug": 1, "wohnsitz": 1, "register": 2, "nachweise": 2, "betreibt": 3}


class Embeddings(BaseHTTPRequestHandler):
    """Gives words of one meaning the same direction, every other word one of its own."""

    broken = False
    asked = 0

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked += len(body["input"])
        rows = [{"index": place, "embedding": _vector(text)} for place, text in enumerate(body["input"])]
        answer = json.dumps({"data": [] if self.broken else rows[::-1]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        """Say nothing on the terminal of the tests."""


def _vector(text: str) -> list[float]:
    vector = [0.0] * 64
    for word in text.lower().split():
        vector[MEANINGS.get(word.strip(".,?"), 8 + zlib.crc32(word.encode()) % 56)] += 1.0
    return vector


@pytest.fixture
def server() -> Iterator[str]:
    Embeddings.broken, Embeddings.asked = False, 0
    found = HTTPServer(("127.0.0.1", 0), Embeddings)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{found.server_port}/v1"
    found.shutdown()
    found.server_close()


@pytest.fixture
def switched_on(server: str, settings: Any, tmp_path: Path) -> str:
    pytest.importorskip("numpy", reason="needs the extra `semantic`: pip install numpy")
    settings.SEARCH_SEMANTIC, settings.SEARCH_SEMANTIC_MODEL = server, "words"
    return server


def test_passages_are_short_carry_the_title_and_lose_nothing() -> None:
    text = " ".join(f"Satz Nummer {number} steht hier." for number in range(200))
    found = passages(SearchDocument(key="a:1", kind="article", title="Titel", url="/", body=text))
    assert len(found) > 5
    assert all(piece.startswith("Titel\n") and len(piece) <= LONGEST + 10 for piece in found)
    assert " ".join(piece.removeprefix("Titel\n") for piece in found) == text


def test_it_is_off_by_default() -> None:
    assert current_encoder() is None
    assert "ausgeschaltet" in renew_vectors()


def test_a_server_that_answers_nonsense_or_not_at_all_is_named_as_trouble(switched_on: str) -> None:
    Embeddings.broken = True
    with pytest.raises(EncoderError):
        ServerEncoder(switched_on, "words").query("Umzug")
    with pytest.raises(EncoderError):
        ServerEncoder("http://127.0.0.1:9/v1", "words").query("Umzug")


@pytest.mark.django_db
def test_what_means_the_same_is_found_and_no_text_is_asked_for_twice(
    switched_on: str, indexed: Library, client: Client
) -> None:
    assert "0 Abschnitte" not in renew_vectors()
    asked = Embeddings.asked
    assert "0 Abschnitte neu" in renew_vectors()
    assert Embeddings.asked == asked
    page = client.get("/suche/", {"q": "Nachweise Kommunen"}).content.decode()
    assert "NOOTS-Anschluss vorbereiten" in page
    # Filters hold for what is found by meaning as well.
    page = client.get("/suche/", {"q": "Nachweise Kommunen", "art": "question"}).content.decode()
    assert "NOOTS-Anschluss vorbereiten" not in page


@pytest.mark.django_db
def test_with_the_server_away_the_words_answer(switched_on: str, indexed: Library, client: Client) -> None:
    renew_vectors()
    Embeddings.broken = True
    response = client.get("/suche/", {"q": "Register"})
    assert response.status_code == 200
    assert "NOOTS-Anschluss vorbereiten" in response.content.decode()
