"""What the benchmarks share: sites to measure in `var/`, a web server, and clients that put load on it."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "var" / "bench.json"
CORPUS = ROOT.parent / "shared/data/gesetze_abschnitte.jsonl.xz"
PORT = 8199
HOST = f"127.0.0.1:{PORT}"
SETTINGS = "portal.settings.bench"
GUNICORN = [sys.executable, "-m", "gunicorn", "portal.wsgi:application"]


@dataclass
class Result:
    """One measurement: requests per second over all clients, milliseconds per request."""

    requests: int
    rps: float
    median_ms: float
    p95_ms: float
    p99_ms: float


def summary(seconds: list[float], elapsed: float) -> Result:
    """Return the numbers of one measurement; `seconds` of each request, `elapsed` of all of them."""
    ordered = sorted(seconds)

    def share(part: float) -> float:
        return round(ordered[max(0, int(len(ordered) * part) - 1)] * 1000, 2)

    median = round(statistics.median(ordered) * 1000, 2)
    return Result(len(ordered), round(len(ordered) / elapsed, 1), median, share(0.95), share(0.99))


def environment(folder: Path, **extra: str) -> dict[str, str]:
    return {
        **os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS, "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3", "LOG_LEVEL": "ERROR", **extra,
    }  # fmt: skip


def manage(folder: Path, *arguments: str, code: str | None = None, **extra: str) -> str:
    """Run `manage.py` on a site and return what it printed."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(folder, **extra), input=code, text=True, check=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    return done.stdout


@contextmanager
def served(folder: Path, **extra: str) -> Iterator[None]:
    """Serve a site with two workers of four threads."""
    bind = ["--bind", f"127.0.0.1:{PORT}", "--workers", "2", "--threads", "4", "--keep-alive", "30"]
    quiet = ["--preload", "--log-level", "error", "--no-control-socket"]
    server = subprocess.Popen([*GUNICORN, *bind, *quiet], cwd=ROOT, env=environment(folder, **extra))
    try:
        wait_for_server()
        yield
    finally:
        server.terminate()
        server.wait()


def wait_for_server() -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=2)
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server did not start")


def request_bytes(address: str, cookie: str = "") -> bytes:
    lines = [f"GET {address} HTTP/1.1", f"Host: {HOST}", "Accept-Encoding: gzip", "Connection: keep-alive"]
    return "\r\n".join([*lines, *([f"Cookie: {cookie}"] if cookie else []), "", ""]).encode()


class Client:
    """A keep-alive HTTP client that does next to nothing, so that the server is what is measured."""

    def __init__(self) -> None:
        self.socket = self.connect()

    @staticmethod
    def connect() -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", PORT), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def get(self, message: bytes) -> float:
        started = time.perf_counter()
        self.socket.sendall(message)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.read()
        head, _, body = data.partition(b"\r\n\r\n")
        lower = head.lower()
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(head.split(b"\r\n", 1)[0].decode())
        length = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self.read()
        elapsed = time.perf_counter() - started
        if b"connection: close" in lower:
            self.socket.close()
            self.socket = self.connect()
        return elapsed

    def read(self) -> bytes:
        data = self.socket.recv(1 << 18)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data


def measure(addresses: list[str], requests: int, *, clients: int = 4, cookie: str = "") -> Result:
    """Ask for the addresses in turn from so many clients at once, after a round that warms everything up.

    `cookie` opens a session ("session=…"); without it nobody is signed in.
    """
    messages = [request_bytes(address, cookie) for address in addresses]
    warm = Client()
    for message in messages[:50] * 2:  # two rounds: two workers
        warm.get(message)
    times: list[float] = []
    lock = threading.Lock()

    def run(offset: int) -> None:
        client = Client()
        rounds = range(offset, requests - requests % clients, clients)
        own = [client.get(messages[number % len(messages)]) for number in rounds]
        with lock:
            times.extend(own)

    threads = [threading.Thread(target=run, args=(offset,)) for offset in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return summary(times, time.perf_counter() - started)
