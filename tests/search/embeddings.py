"""A server with the OpenAI embeddings interface whose vectors are easy to reckon: the same in every run."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DIMENSIONS = 64
# Words of one meaning point in the same direction, every other word in one of its own.
MEANINGS = {"umzug": 1, "wohnsitz": 1, "register": 2, "nachweise": 2, "betreibt": 3, "hopfen": 4, "malz": 4}


class Embeddings(BaseHTTPRequestHandler):
    """Answers `POST /v1/embeddings`; `texts` are those it was asked for, since the start."""

    broken = False
    pause = 0.0
    texts: list[str] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.texts.extend(body["input"])
        time.sleep(self.pause)
        rows = [{"index": place, "embedding": vector_of(text)} for place, text in enumerate(body["input"])]
        answer = json.dumps({"data": [] if self.broken else rows[::-1]}).encode()
        with contextlib.suppress(OSError):  # nobody waits any more
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        """Say nothing on the terminal of the tests."""


def vector_of(text: str) -> list[float]:
    vector = [0.0] * DIMENSIONS
    for word in text.lower().split():
        vector[MEANINGS.get(word.strip(".,?"), 8 + zlib.crc32(word.encode()) % (DIMENSIONS - 8))] += 1.0
    return vector


@contextmanager
def embeddings_server() -> Iterator[str]:
    """Serve and yield the address, up to and with /v1."""
    Embeddings.broken, Embeddings.pause = False, 0.0
    Embeddings.texts.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Embeddings)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
