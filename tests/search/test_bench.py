"""What the benchmark of the search makes of its measurements."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import bench_search, memory
from scripts.bench_publishing import delays
from scripts.memory import LARGEST, PSS, RSS, run_measured

# A parent with 30 MB, which two children have in common with it, and 40 MB in each child.
FAMILY = """
import os, time
common = bytearray(os.urandom(1 << 20) * 30)
pids = []
for number in range(2):
    pid = os.fork()
    if not pid:
        own = bytearray(os.urandom(1 << 20) * 40)
        time.sleep(3)
        os._exit(0)
    pids.append(pid)
for pid in pids:
    os.waitpid(pid, 0)
print("done")
"""


def row(factor: float) -> dict[str, float]:
    return {"requests": 20, "rps": 50.0, "median_ms": 2 * factor, "p95_ms": 4 * factor, "p99_ms": 5 * factor}


def measured() -> dict[str, Any]:
    delay = {"pages": 20, "median_s": 0.4, "p95_s": 0.7, "slowest_s": 0.9}
    return {
        "rebuild": {
            "documents": 1000, "seconds": 10.0, "documents_per_second": 100, "peak_mb": 400, "largest_mb": 250,
            "processes": 3, "memory": PSS,
        },
        "bytes_per_document": 3000,
        "engine alone": {"1": row(1)},
        "page of results": {"1": row(10), "8": row(40)},
        "suggestions": {"1": row(2), "8": row(8)},
        "interface": {"1": row(9), "8": row(30)},
        "bare Wagtail page": {"1": row(5), "8": row(20)},
        "publishing": {"published": delay, "withdrawn": delay},
    }  # fmt: skip


def test_each_time_is_also_a_ratio_to_the_engine_alone() -> None:
    report = {f"{engine}, {count} documents": measured() for engine in ("a", "b") for count in (10, 1000)}
    report["b, 1000 documents"]["page of results"]["8"]["p99_ms"] = 12.5
    ratios = bench_search.compare(report, [10, 1000])
    to_engine = {name: value for name, value in ratios.items() if "÷ engine p" in name}
    assert len(to_engine) == 4 * (3 + 1) * 2 * 3  # sizes × kinds and the bare page × clients × shares
    for share in ("p50", "p95", "p99"):
        name = f"page of results {share} ÷ engine {share}, a, 10 documents, clients: 1"
        assert to_engine[name] == 10.0
    assert to_engine["page of results p99 ÷ engine p99, b, 1000 documents, clients: 8"] == 2.5
    assert ratios["page of results p95 ÷ (bare page + 3 × engine), a, 10 documents"] == 1.25
    assert ratios["suggestions p95, a: 1000 ÷ 10 documents"] == 1.0


def test_the_table_says_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    bench_search.show("embedded, 1000 documents", measured())
    printed = capsys.readouterr().out
    for part in (
        "3 processes",
        "400 MB",
        "median 0.4 s, p95 0.7 s, slowest 0.9 s",
        "p50 ÷ engine",
        "p99 ÷ engine",
    ):
        assert part in printed
    assert printed.count("40.00") >= 3  # page of results, 8 clients, in each share


def test_delays_of_twenty_pages() -> None:
    assert delays([number / 10 for number in range(1, 21)]) == {
        "pages": 20, "median_s": 1.05, "p95_s": 1.9, "slowest_s": 2.0,
    }  # fmt: skip


def run_family(monkeypatch: pytest.MonkeyPatch, measure: str | None = None) -> memory.Peak:
    if measure is not None:
        monkeypatch.setattr(memory, "measure_in_use", lambda: measure)
    printed, peak = run_measured([sys.executable, "-c", FAMILY], cwd=Path.cwd(), env={})
    assert printed == "done\n"
    return peak


def test_the_memory_of_all_processes_is_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    if memory.measure_in_use() != PSS:
        pytest.skip("needs Linux with smaps_rollup")
    peak = run_family(monkeypatch)
    assert peak.processes == 3
    assert 110 <= peak.mb < 170  # 30 in common once, 40 in each of two
    assert 40 <= peak.largest_mb < 80
    assert peak.measure == PSS


def test_without_shares_all_is_counted_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    if memory.measure_in_use() == LARGEST:
        pytest.skip("needs Linux")
    peak = run_family(monkeypatch, RSS)
    assert (peak.processes, peak.measure) == (3, RSS)
    assert peak.mb >= 3 * 30 + 2 * 40


def test_where_nothing_can_be_sampled_the_largest_process_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    peak = run_family(monkeypatch, LARGEST)
    assert (peak.processes, peak.measure) == (1, LARGEST)
    assert peak.mb == peak.largest_mb >= 70


def test_a_program_that_fails_ends_the_benchmark() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        run_measured([sys.executable, "-c", "raise SystemExit(3)"], cwd=Path.cwd(), env={})
