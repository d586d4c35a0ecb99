"""The search under load, part of `make bench`: 1,000, 10,000 and 105,715 sections of laws on each engine.

Of every size: documents per second and peak memory of a rebuild, bytes per document of the index; milliseconds of
the bare engine query, the page of results, suggestions and the interface at 1 and 8 parallel clients, beside a
bare Wagtail page of the same site in the same run; how long until the index knows what was published or withdrawn
(scripts/bench_publishing.py). The cluster is measured where ELASTICSEARCH_URL names one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scripts.bench_publishing import publishing
from scripts.load import ROOT, Result, environment, manage, measure, served, summary
from scripts.memory import run_measured

COUNTS = (1_000, 10_000, 105_715)
CLIENTS = (1, 8)
EMBEDDED, CLUSTER = "embedded", "elasticsearch"
ALONE, PAGE, BARE_PAGE = "engine alone", "page of results", "bare Wagtail page"
OURS = (PAGE, "suggestions", "interface")
SHARES = {"median_ms": "p50", "p95_ms": "p95", "p99_ms": "p99"}
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
    """Rebuild by the command; documents, seconds, documents per second, peak memory of all its processes in MB."""
    command = [sys.executable, "manage.py", "search_rebuild", "--engine", engine]
    started = time.monotonic()
    output, peak = run_measured(command, cwd=ROOT, env=environment(folder, **extra))
    seconds = time.monotonic() - started
    found = re.search(r"(\d+) Einträge, neuer", output)
    documents = int(found[1]) if found else 0
    return {
        "documents": documents, "seconds": round(seconds, 1), "documents_per_second": round(documents / seconds),
        "peak_mb": peak.mb, "largest_mb": peak.largest_mb, "processes": peak.processes, "memory": peak.measure,
    }  # fmt: skip


def bare_engine(folder: Path, engine: str, requests: int, extra: dict[str, str]) -> tuple[Result, int]:
    """Ask the engine alone, in one process; the times, and the bytes of the index for each document."""
    code = ENGINE.format(queries=json.dumps(queries()), engine=engine, requests=requests)
    measured = json.loads(manage(folder, "shell", code=code, **extra).split("ENGINE", 1)[1])
    return summary(measured["times"], measured["elapsed"]), round(measured["bytes"] / measured["documents"])


def addresses() -> dict[str, list[str]]:
    asked = [quote(text) for text in queries()]
    return {
        PAGE: [f"/suche/?q={text}" for text in asked],
        "suggestions": [f"/suche/vorschlaege/?q={quote(text[:5])}" for text in queries()],
        "interface": [f"/api/v1/search?q={text}" for text in asked],
        BARE_PAGE: ["/vergleich/?ohne=cache"],  # nothing asked here is an answer that is kept
    }


def measure_size(folder: Path, engine: str, requests: int) -> dict[str, Any]:
    extra = {"API_REQUESTS_PER_HOUR": "100000000", "ELASTICSEARCH_REPLICAS": "0"}
    extra["ELASTICSEARCH_URL"] = os.environ.get("ELASTICSEARCH_URL", "") if engine == CLUSTER else ""
    extra["ELASTICSEARCH_PREFIX"] = folder.name
    report: dict[str, Any] = {"rebuild": rebuild(folder, engine, extra)}
    alone, size = bare_engine(folder, engine, requests, extra)
    report["bytes_per_document"] = size
    report[ALONE] = {"1": asdict(alone)}
    with served(folder, **extra):
        for name, asked in addresses().items():
            report[name] = {str(many): asdict(measure(asked, requests, clients=many)) for many in CLIENTS}
    report["publishing"] = publishing(folder, engine, extra)
    return report


def show(name: str, report: dict[str, Any]) -> None:
    built = report["rebuild"]
    print(f"\n{name}: {report['bytes_per_document']} bytes per document")
    print(f"rebuild: {built['documents']} in {built['seconds']} s, {built['documents_per_second']} a second")
    memory = f"{built['peak_mb']} MB ({built['memory']}), the largest process {built['largest_mb']} MB"
    print(f"memory of the rebuild: at most {memory}, {built['processes']} processes")
    for what, row in report["publishing"].items():
        numbers = f"median {row['median_s']} s, p95 {row['p95_s']} s, slowest {row['slowest_s']} s"
        print(f"{what}, until the index knows: {numbers} ({row['pages']} pages)")
    heads = [f"{share} {unit}" for unit in ("ms", "÷ engine") for share in SHARES.values()]
    print(f"{'':20}{'clients':>8}{'req/s':>9}" + "".join(f"{head:>13}" for head in heads))
    for kind in (ALONE, *OURS, BARE_PAGE):
        for clients, row in report[kind].items():
            times = "".join(f"{row[key]:13.2f}" for key in SHARES)
            ratios = "".join(f"{to_engine(report, kind, clients, key):13.2f}" for key in SHARES)
            print(f"{kind:20}{clients:>8}{row['rps']:9.1f}{times}{ratios}", flush=True)


def to_engine(report: dict[str, Any], kind: str, clients: str, key: str) -> float:
    """Return a number as a ratio to that of the engine alone, which one client asks."""
    return round(float(report[kind][clients][key]) / float(report[ALONE]["1"][key]), 2)


def compare(report: dict[str, dict[str, Any]], counts: list[int]) -> dict[str, float]:
    """Return the measured values of the aims in docs/benchmarks.md, and all times ÷ those of the engine alone."""
    ratios: dict[str, float] = {}

    def p95(engine: str, count: int, kind: str) -> float:
        return float(report[f"{engine}, {count} documents"][kind]["1"]["p95_ms"])

    for engine in dict.fromkeys(name.partition(",")[0] for name in report):
        for count in counts:
            bound = p95(engine, count, BARE_PAGE) + 3 * p95(engine, count, ALONE)
            name = f"page of results p95 ÷ (bare page + 3 × engine), {engine}, {count} documents"
            ratios[name] = round(p95(engine, count, PAGE) / bound, 2)
        for kind in (ALONE, *OURS):
            name = f"{kind} p95, {engine}: {counts[-1]} ÷ {counts[0]} documents"
            ratios[name] = round(p95(engine, counts[-1], kind) / p95(engine, counts[0], kind), 2)
    return ratios | _to_engine(report)


def _to_engine(report: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Return each kind × clients × share as a ratio to the same share of the engine alone."""
    return {
        f"{kind} {share} ÷ engine {share}, {size}, clients: {clients}": to_engine(measured, kind, clients, key)
        for size, measured in report.items()
        for kind in (*OURS, BARE_PAGE)
        for clients in measured[kind]
        for key, share in SHARES.items()
    }


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
