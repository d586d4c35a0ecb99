"""`make bench`: how fast the portal answers, as ratios within one run; writes var/bench.json.

Pages first, then the search (scripts/bench_search.py) and advice (scripts/bench_advice.py). For the pages two
sites are built (50 and 10,000 articles, see BENCH_COUNTS), each served by the same web server with the page cache
on and off. A bare Wagtail page of the same site is measured beside it. Load comes over the loopback from four
clients for a bounded number of requests.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts import bench_advice, bench_search
from scripts.load import CORPUS, OUT, ROOT, Result, manage, measure, served

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


def build_site(count: int, corpus: Path) -> Path:
    folder = ROOT / "var" / f"bench-{count}"
    if (folder / "ready").exists():
        manage(folder, "prepare")  # the site may have been built by an older release
    if not (folder / "ready").exists():
        print(f"→ site with {count} articles", flush=True)
        shutil.rmtree(folder, ignore_errors=True)  # begun and not finished
        folder.mkdir(parents=True, exist_ok=True)
        manage(folder, "prepare")
        manage(folder, "seed_articles", str(count), str(corpus))
        manage(folder, "shell", code=SETUP)
        manage(folder, "rebuild_index")
        (folder / "ready").touch()
    return folder


def serve_and_measure(folder: Path, *, cached: bool, kinds: list[str], requests: int) -> dict[str, Result]:
    output = manage(folder, "shell", code=ADDRESSES)
    addresses = json.loads(output.split("ADDRESSES", 1)[1])
    with served(folder, PAGE_CACHE_SECONDS="600" if cached else "0"):
        return {kind: measure(addresses[kind], requests if cached else requests // 4) for kind in kinds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default=os.environ.get("BENCH_COUNTS", "50,10000"))
    parser.add_argument("--search-counts", default=",".join(map(str, bench_search.COUNTS)))
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--search-requests", type=int, default=400)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--advice-counts", default=",".join(map(str, bench_advice.COUNTS)))
    parser.add_argument("--advice-requests", type=int, default=100)
    parser.add_argument("--only", choices=["pages", "search", "advice"])
    options = parser.parse_args()
    report = json.loads(OUT.read_text()) if options.only and OUT.exists() else {}
    if options.only in (None, "pages"):
        report["pages"] = pages([int(item) for item in options.counts.split(",")], options)
    if options.only in (None, "search"):
        counts = [int(item) for item in options.search_counts.split(",")]
        report["search"] = bench_search.run(counts, options.corpus, options.search_requests)
    if options.only in (None, "advice"):
        counts = [int(item) for item in options.advice_counts.split(",")]
        report["advice"] = bench_advice.run(counts, options.advice_requests)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, indent=1))
    print("\nratios")
    for part in ("pages", "search", "advice"):
        for name, value in report.get(part, {}).get("ratios", {}).items():
            print(f"  {name}: {value}")
    print(f"\nwritten to {OUT.relative_to(ROOT)}")


def pages(counts: list[int], options: argparse.Namespace) -> dict[str, Any]:
    """Measure pages of sites with so many articles; what goes into var/bench.json."""
    kinds = ["home", "topic", "article", "search", "bare"]
    report: dict[str, dict[str, dict[str, object]]] = {}
    for count in counts:
        folder = build_site(count, options.corpus)
        for cached in (False, True):
            name = f"{count} articles, {'cached' if cached else 'uncached'}"
            results = serve_and_measure(folder, cached=cached, kinds=kinds, requests=options.requests)
            report[name] = {kind: asdict(result) for kind, result in results.items()}
            print(f"\n{name}\n{'':10}{'req/s':>9}{'median ms':>11}{'p95 ms':>9}")
            for kind, result in results.items():
                print(f"{kind:10}{result.rps:9.1f}{result.median_ms:11.2f}{result.p95_ms:9.2f}", flush=True)
    return {"measurements": report, "ratios": compare(report, [str(count) for count in counts])}


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
