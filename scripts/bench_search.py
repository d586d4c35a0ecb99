"""The search under load, part of `make bench`: 1,000, 10,000 and 105,715 sections of laws on each engine.

Of every size: documents per second and peak memory of a rebuild, bytes per document of the index; milliseconds of
the bare engine query, the page of results, suggestions and the interface at 1 and 8 parallel clients, beside a
bare Wagtail page of the same site in the same run. The cluster is measured where ELASTICSEARCH_URL names one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scripts.load import ROOT, Result, environment, manage, measure, served, summary

COUNTS = (1_000, 10_000, 105_715)
CLIENTS = (1, 8)
EMBEDDED, CLUSTER = "embedded", "elasticsearch"
# Readers' queries of the shipped half, and words that the laws have by the thousand.
QUERIES = 60
COMMON = ("Verordnung", "zuständige Behörde", "Antrag stellen", "Frist", "§ 5", "Genehmigung", "Gebühren Bescheid")

BARE = """
from knowledge.models import ArticlePage
from portal.home.models import HomePage
from tests.bench.models import BarePage
if not BarePage.objects.exists():
    article = ArticlePage.objects.live().order_by("pk")[0]
    bare = BarePage(title="Vergleich", slug="vergleich", body=article.rendered["html"])
    HomePage.objects.get().add_child(instance=bare)
"""
ENGINE = """
import json, sys, time
from dataclasses import replace
from portal.core.visibility import Visibility
from search.engines.base import EngineError
from search.index import open_current
from search.query import parse, plan
queries = json.loads({queries!r})
if {engine!r} == "embedded":
    engine, bytes_used = open_current(), sum(path.stat().st_size for path in open_current().path.iterdir())
else:
    from search.engines.cluster import cluster_in_use
    from search.engines.elastic import ElasticIndex
    cluster = cluster_in_use()
    engine = ElasticIndex(cluster.client, cluster.current())
    stats = cluster.client.indices.stats(index=engine.index, metric="store")
    bytes_used = stats["_all"]["primaries"]["store"]["size_in_bytes"]
asked = [replace(plan(parse(text), level=Visibility.PUBLIC), limit=15) for text in queries]
for query in asked:
    engine.search(query)
times = []
began = time.perf_counter()
for number in range({requests}):
    started = time.perf_counter()
    engine.search(asked[number % len(asked)])
    times.append(time.perf_counter() - started)
print("ENGINE" + json.dumps({{"times": times, "elapsed": time.perf_counter() - began, "bytes": bytes_used,
    "documents": engine.count()}}))
"""


def queries() -> list[str]:
    lines = (ROOT / "search/data/rated.txt").read_text(encoding="utf-8").splitlines()
    rated = [line.partition("|")[0].strip() for line in lines if line and not line.startswith("#")]
    return [*COMMON, *rated[:: max(1, len(rated) // QUERIES)][:QUERIES]]


def build_site(count: int, corpus: Path) -> Path:
    folder = ROOT / "var" / f"bench-search-{count}"
    if not (folder / "ready").exists():
        print(f"→ site with {count} sections of laws", flush=True)
        shutil.rmtree(folder, ignore_errors=True)  # begun and not finished
        folder.mkdir(parents=True, exist_ok=True)
        manage(folder, "prepare")
        manage(folder, "seed_law_sections", str(count), str(corpus))
        manage(folder, "shell", code=BARE)
        (folder / "ready").touch()
    else:
        manage(folder, "migrate", "--verbosity", "0")
    return folder


def rebuild(folder: Path, engine: str, extra: dict[str, str]) -> dict[str, Any]:
    """Rebuild in a process of its own; documents, seconds, documents per second, peak memory in MB."""
    command = [sys.executable, "manage.py", "search_rebuild", "--engine", engine]
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(folder, **extra), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"search_rebuild ended with {process.returncode}")
    seconds = time.monotonic() - started
    found = re.search(r"(\d+) Einträge, neuer", output)
    documents = int(found[1]) if found else 0
    return {
        "documents": documents, "seconds": round(seconds, 1), "documents_per_second": round(documents / seconds),
        "peak_mb": round(usage.ru_maxrss / 1024),
    }  # fmt: skip


def bare_engine(folder: Path, engine: str, requests: int, extra: dict[str, str]) -> tuple[Result, int]:
    """Ask the engine alone, in one process; the times, and the bytes of the index for each document."""
    code = ENGINE.format(queries=json.dumps(queries()), engine=engine, requests=requests)
    measured = json.loads(manage(folder, "shell", code=code, **extra).split("ENGINE", 1)[1])
    return summary(measured["times"], measured["elapsed"]), round(measured["bytes"] / measured["documents"])


def addresses() -> dict[str, list[str]]:
    asked = [quote(text) for text in queries()]
    return {
        "page of results": [f"/suche/?q={text}" for text in asked],
        "suggestions": [f"/suche/vorschlaege/?q={quote(text[:5])}" for text in queries()],
        "interface": [f"/api/v1/search?q={text}" for text in asked],
        "bare Wagtail page": ["/vergleich/?ohne=cache"],  # nothing asked here is an answer that is kept
    }


def measure_size(folder: Path, engine: str, requests: int) -> dict[str, Any]:
    extra = {"API_REQUESTS_PER_HOUR": "100000000", "ELASTICSEARCH_REPLICAS": "0"}
    extra["ELASTICSEARCH_URL"] = os.environ.get("ELASTICSEARCH_URL", "") if engine == CLUSTER else ""
    extra["ELASTICSEARCH_PREFIX"] = folder.name
    report: dict[str, Any] = {"rebuild": rebuild(folder, engine, extra)}
    alone, size = bare_engine(folder, engine, requests, extra)
    report["bytes_per_document"] = size
    report["engine alone"] = {"1": asdict(alone)}
    with served(folder, **extra):
        for name, asked in addresses().items():
            report[name] = {str(many): asdict(measure(asked, requests, clients=many)) for many in CLIENTS}
    return report


def show(name: str, report: dict[str, Any]) -> None:
    print(f"\n{name}: {report['rebuild']}, {report['bytes_per_document']} bytes per document")
    print(f"{'':20}{'clients':>8}{'req/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'p95 ÷ engine':>14}")
    engine = report["engine alone"]["1"]["p95_ms"]
    for kind, by_clients in report.items():
        if kind in ("rebuild", "bytes_per_document"):
            continue
        for clients, row in by_clients.items():
            numbers = f"{row['rps']:9.1f}{row['median_ms']:9.2f}{row['p95_ms']:9.2f}{row['p99_ms']:9.2f}"
            print(f"{kind:20}{clients:>8}{numbers}{row['p95_ms'] / engine:14.1f}", flush=True)


def compare(report: dict[str, dict[str, Any]], counts: list[int]) -> dict[str, float]:
    """Return the measured values of the aims in docs/benchmarks.md."""
    ratios: dict[str, float] = {}

    def p95(engine: str, count: int, kind: str) -> float:
        return float(report[f"{engine}, {count} documents"][kind]["1"]["p95_ms"])

    for engine in dict.fromkeys(name.partition(",")[0] for name in report):
        for count in counts:
            bound = p95(engine, count, "bare Wagtail page") + 3 * p95(engine, count, "engine alone")
            name = f"page of results p95 ÷ (bare page + 3 × engine), {engine}, {count} documents"
            ratios[name] = round(p95(engine, count, "page of results") / bound, 2)
        for kind in ("engine alone", "page of results", "suggestions", "interface"):
            name = f"{kind} p95, {engine}: {counts[-1]} ÷ {counts[0]} documents"
            ratios[name] = round(p95(engine, counts[-1], kind) / p95(engine, counts[0], kind), 2)
    return ratios


def run(counts: list[int], corpus: Path, requests: int) -> dict[str, Any]:
    """Measure all sizes on all engines there are; what goes into var/bench.json."""
    engines = [EMBEDDED, *([CLUSTER] if os.environ.get("ELASTICSEARCH_URL") else [])]
    if CLUSTER not in engines:
        print("ELASTICSEARCH_URL is not set: the embedded engine alone is measured (make elasticsearch).")
    report: dict[str, dict[str, Any]] = {}
    for count in counts:
        folder = build_site(count, corpus)
        for engine in engines:
            name = f"{engine}, {count} documents"
            report[name] = measure_size(folder, engine, requests)
            show(name, report[name])
    return {"measurements": report, "ratios": compare(report, counts)}
