"""`make bench`: how fast the portal answers, as ratios within one run; writes var/bench.json.

Two sites are built (50 and 10,000 articles, see BENCH_COUNTS), each served by the same web server with the page
cache on and off. A bare Wagtail page of the same site is measured beside it. Load comes over the loopback from
CONNECTIONS clients for a bounded number of requests.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "var" / "bench.json"
CONNECTIONS = 4
PORT = 8199
SETTINGS = "portal.settings.bench"
GUNICORN = [sys.executable, "-m", "gunicorn", "portal.wsgi:application"]

SETUP = """
from tests.bench.models import BarePage
from portal.home.models import HomePage
from knowledge.models import ArticlePage
home = HomePage.objects.get()
article = ArticlePage.objects.live().order_by("-pk")[0]
if not BarePage.objects.exists():
    body = article.rendered["html"]
    home.add_child(instance=BarePage(title="Vergleich", slug="vergleich", body=body))
"""
ADDRESSES = """
import json, sys
from knowledge.models import ArticlePage, TopicPage
site = lambda page: page.get_url()
articles = list(ArticlePage.objects.live().order_by("pk"))
step = max(1, len(articles) // 40)
print("ADDRESSES" + json.dumps({
    "home": ["/"], "topic": [site(t) for t in TopicPage.objects.live()[:8]],
    "article": [site(a) for a in articles[::step][:40]],
    "search": ["/suche/?q=" + w for w in ("Verordnung", "Beh%C3%B6rde", "Antrag", "Frist", "OZG", "Register")],
    "bare": ["/vergleich/"],
}))
"""


@dataclass
class Result:
    """One measurement: requests per second over all clients, milliseconds per request."""

    requests: int
    rps: float
    median_ms: float
    p95_ms: float


def environment(folder: Path, **extra: str) -> dict[str, str]:
    return {
        **os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS, "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3", "LOG_LEVEL": "ERROR", **extra,
    }  # fmt: skip


def manage(folder: Path, *arguments: str, code: str | None = None) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(folder), input=code, text=True, check=True, stdout=subprocess.PIPE
    )
    return done.stdout


def build_site(count: int, corpus: Path) -> Path:
    folder = ROOT / "var" / f"bench-{count}"
    if (folder / "ready").exists():
        manage(folder, "prepare")  # the site may have been built by an older release
    if not (folder / "ready").exists():
        print(f"→ site with {count} articles", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        manage(folder, "prepare")
        manage(folder, "seed_articles", str(count), str(corpus))
        manage(folder, "shell", code=SETUP)
        manage(folder, "rebuild_index")
        (folder / "ready").touch()
    return folder


def request_bytes(address: str) -> bytes:
    host = f"Host: 127.0.0.1:{PORT}"
    lines = [f"GET {address} HTTP/1.1", host, "Accept-Encoding: gzip", "Connection: keep-alive", "", ""]
    return "\r\n".join(lines).encode()


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


def measure(addresses: list[str], requests: int) -> Result:
    messages = [request_bytes(address) for address in addresses]
    for message in messages[:50]:
        Client().get(message)
    times: list[float] = []
    lock = threading.Lock()

    def run(offset: int) -> None:
        client = Client()
        rounds = range(offset, requests - requests % CONNECTIONS, CONNECTIONS)
        own = [client.get(messages[number % len(messages)]) for number in rounds]
        with lock:
            times.extend(own)

    threads = [threading.Thread(target=run, args=(offset,)) for offset in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    ordered = sorted(times)
    return Result(
        requests=len(ordered),
        rps=round(len(ordered) / elapsed, 1),
        median_ms=round(statistics.median(ordered) * 1000, 2),
        p95_ms=round(ordered[int(len(ordered) * 0.95) - 1] * 1000, 2),
    )


def serve_and_measure(folder: Path, *, cached: bool, kinds: list[str], requests: int) -> dict[str, Result]:
    output = manage(folder, "shell", code=ADDRESSES)
    addresses = json.loads(output.split("ADDRESSES", 1)[1])
    env = environment(folder, PAGE_CACHE_SECONDS="600" if cached else "0")
    bind = ["--bind", f"127.0.0.1:{PORT}", "--workers", "2", "--threads", "4", "--keep-alive", "30"]
    quiet = ["--preload", "--log-level", "error", "--no-control-socket"]
    server = subprocess.Popen([*GUNICORN, *bind, *quiet], cwd=ROOT, env=env)
    try:
        wait_for_server()
        return {kind: measure(addresses[kind], requests if cached else requests // 4) for kind in kinds}
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default=os.environ.get("BENCH_COUNTS", "50,10000"))
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared/data/gesetze_abschnitte.jsonl.xz")
    options = parser.parse_args()
    kinds = ["home", "topic", "article", "search", "bare"]
    report: dict[str, dict[str, dict[str, object]]] = {}
    for count in (int(item) for item in options.counts.split(",")):
        folder = build_site(count, options.corpus)
        for cached in (False, True):
            name = f"{count} articles, {'cached' if cached else 'uncached'}"
            results = serve_and_measure(folder, cached=cached, kinds=kinds, requests=options.requests)
            report[name] = {kind: asdict(result) for kind, result in results.items()}
            print(f"\n{name}\n{'':10}{'req/s':>9}{'median ms':>11}{'p95 ms':>9}")
            for kind, result in results.items():
                print(f"{kind:10}{result.rps:9.1f}{result.median_ms:11.2f}{result.p95_ms:9.2f}", flush=True)
    ratios = compare(report, options.counts.split(","))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"measurements": report, "ratios": ratios}, indent=1))
    print("\nratios")
    for name, value in ratios.items():
        print(f"  {name}: {value}")
    print(f"\nwritten to {OUT.relative_to(ROOT)}")


def compare(report: dict[str, dict[str, dict[str, object]]], counts: list[str]) -> dict[str, float]:
    def value(count: str, mode: str, kind: str, key: str) -> float:
        return float(str(report[f"{count} articles, {mode}"][kind][key]))

    small, large = counts[0], counts[-1]
    ratios = {}
    for mode in ("uncached", "cached"):
        for kind in ("home", "topic", "article", "search"):
            name = f"{kind} p95, {mode}: {large} ÷ {small} articles"
            ratios[name] = round(value(large, mode, kind, "p95_ms") / value(small, mode, kind, "p95_ms"), 2)
    for count in counts:
        name = f"anonymous article ÷ bare Wagtail page, req/s at {count} articles"
        ratios[name] = round(value(count, "cached", "article", "rps") / value(count, "uncached", "bare", "rps"), 1)
    return ratios


if __name__ == "__main__":
    main()
