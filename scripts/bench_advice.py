"""Advice under load, part of `make bench`: free times, bookings, the desk; on SQLite and, if found, PostgreSQL.

Free times of the next 60 days for 1, 4 and 40 advisers; bookings by 1 and 20 clients that all want the same times,
and afterwards a look whether one was lost or a time given twice; desk and figures with 1,000 and 100,000 cases.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scripts.load import ROOT, environment, manage, measure, served, summary
from scripts.run_tests import postgres_address

NAME = "bench_advice"
COUNTS = (1_000, 100_000)
ADVISERS = (1, 4, 40)
CLIENTS = (1, 20)
PROCESSES = 2
EACH = {1: 200, 20: 15}
"""Bookings of each client."""
START = 8.0
"""Seconds until all processes of clients have started."""
SLOTS_P95, DESK_P95 = 100, 150
"""Aims in milliseconds: 40 advisers, 100,000 cases."""


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Yield the databases to measure on: name, and address of a server ("": a file in the site's folder)."""
    with postgres_address() as address:
        if address is None:
            print("No PostgreSQL is found (docs/testing.md): SQLite alone is measured.")
        yield {"SQLite": "", **({"PostgreSQL": address} if address else {})}


def own_database(address: str) -> dict[str, str]:
    """Return what makes the site use a new database of a server."""
    if not address:
        return {}
    import psycopg

    server = address.rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)'.encode())
        admin.execute(f'CREATE DATABASE "{NAME}"'.encode())
    return {"DATABASE_URL": f"{server}/{NAME}"}


def build_site(engine: str, address: str) -> tuple[Path, dict[str, str]]:
    """Make a site without cases, and return its folder and environment; it grows while it is measured."""
    folder, extra = ROOT / "var" / f"{NAME}_{engine}".lower(), own_database(address)
    folder.mkdir(parents=True, exist_ok=True)
    print(f"→ site on {engine}", flush=True)
    used, kept = folder / "portal.sqlite3", folder / "without-cases.sqlite3"
    if kept.exists() and not address:
        for old in folder.glob(f"{used.name}*"):
            old.unlink()
        shutil.copyfile(kept, used)
    manage(folder, "prepare", **extra)
    if not address:
        shutil.copyfile(used, kept)
    return folder, extra


def fill(folder: Path, extra: dict[str, str], count: int) -> float:
    """Fill a site up with cases; returns the seconds it took."""
    started = time.monotonic()
    manage(folder, "seed_cases", str(count), "--advisers", str(ADVISERS[-1]), "--verbosity", "0", **extra)
    seconds = round(time.monotonic() - started, 1)
    print(f"→ {count} cases after {seconds} s", flush=True)
    return seconds


def start(folder: Path, extra: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "advice_work", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment(folder, **extra), stdout=subprocess.PIPE, text=True)


def end(process: subprocess.Popen[str]) -> Any:
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"a part of the benchmark ended with {process.returncode}")
    return json.loads(output.split("RESULT", 1)[1])


def work(folder: Path, extra: dict[str, str], *arguments: str) -> Any:
    return end(start(folder, extra, *arguments))


def free_times(folder: Path, extra: dict[str, str], rounds: int) -> dict[str, Any]:
    report = {}
    for count in ADVISERS:
        found = work(folder, extra, "slots", str(count), str(rounds))
        numbers = asdict(summary(found["times"], sum(found["times"])))
        numbers |= {name: found[name] for name in ("queries", "slots", "booked")}
        numbers["cpu_ms"] = round(sum(found["busy"]) / len(found["busy"]) * 1000, 1)
        report[str(count)] = numbers
        print(
            f"  {count:>2} advisers: p95 {numbers['p95_ms']} ms, CPU {numbers['cpu_ms']} ms, "
            f"{found['queries']} queries, {found['slots']} free, {found['booked']} booked",
            flush=True,
        )
    return report


def bookings(folder: Path, extra: dict[str, str], clients: int) -> dict[str, Any]:
    """Let clients book at once, and look at what the database has then.

    Raises:
        RuntimeError: A booking was lost or a time given twice, or an error would have reached a person.
    """
    plan = work(folder, extra, "prepare", str(clients), str(EACH[clients]))
    begin = time.time() + START
    numbered = list(enumerate(plan["cases"]))
    parts = [part for offset in range(PROCESSES) if (part := numbered[offset::PROCESSES])]
    running = [
        start(folder, extra, "book", json.dumps({"cases": part, "wanted": plan["wanted"], "from": begin}))
        for part in parts
    ]
    found = [end(process) for process in running]
    times = [seconds for part in found for seconds in part["times"]]
    booked = sorted(pk for part in found for pk in part["booked"])
    report = asdict(summary(times, max(part["ended"] for part in found) - begin))
    report |= {"booked": len(booked), "refused": sum(part["refused"] for part in found)}
    report["bookings_per_second"] = round(len(booked) / (max(part["ended"] for part in found) - begin), 1)
    there = work(folder, extra, "check")
    errors = [error for part in found for error in part["errors"]]
    report |= {
        "lost": len(set(booked) - set(there["booked"])),
        "overlaps": there["overlaps"],
        "errors": len(errors),
    }
    print(f"  {clients:>2} clients: {report}", flush=True)
    whole = sorted(there["booked"]) == booked and there["allocations"] == len(booked)
    if errors or there["overlaps"] or not whole:
        raise RuntimeError(f"bookings are not what they should be: {report}, {errors[:3]}, {there}")
    return report


def pages(folder: Path, extra: dict[str, str], requests: int) -> dict[str, Any]:
    """Measure the queues, the search and the figures of the centre by HTTP, one client after the other."""
    asked = work(folder, extra, "desk")
    report: dict[str, Any] = {}
    with served(folder, **extra):
        for name, address in asked["addresses"].items():
            numbers = asdict(measure([address], requests, clients=1, cookie=asked["cookie"]))
            report[name] = {**numbers, **{key: asked[key][name] for key in ("queries", "cpu_ms")}}
            print(
                f"  {name:22} p50 {numbers['median_ms']:8.1f}  p95 {numbers['p95_ms']:8.1f} ms  "
                f"CPU {asked['cpu_ms'][name]:6.1f} ms  {asked['queries'][name]} queries",
                flush=True,
            )
    return report


def compare(report: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    """Return the measured values of the aims in docs/benchmarks.md."""
    ratios: dict[str, Any] = {}
    small, large = str(counts[0]), str(counts[-1])
    for engine, found in report.items():
        p95 = found[large]["slots"]["40"]["p95_ms"]
        ratios[f"free times of 40 advisers, p95 ms, {engine} (aim {SLOTS_P95})"] = p95
        for name, row in found[large]["pages"].items():
            if name.startswith("desk"):
                ratios[f"{name}, {large} cases, p95 ms, {engine} (aim {DESK_P95})"] = row["p95_ms"]
            more = row["queries"] - found[small]["pages"][name]["queries"]
            ratios[f"{name}, {engine}: queries at {large} − at {small} cases (aim 0)"] = more
        for clients, row in found[small]["bookings"].items():
            ratios[f"bookings a second, {clients} clients, {engine}"] = row["bookings_per_second"]
    return ratios


def run(counts: list[int], requests: int) -> dict[str, Any]:
    """Measure all sizes on all databases there are; what goes into var/bench.json."""
    report: dict[str, Any] = {}
    with databases() as found:
        for engine, address in found.items():
            report[engine] = {}
            folder, extra = build_site(engine, address)
            for count in sorted(counts):
                report[engine][str(count)] = {
                    "seed_seconds": fill(folder, extra, count),
                    "slots": free_times(folder, extra, requests),
                    "bookings": {str(many): bookings(folder, extra, many) for many in CLIENTS},
                    "pages": pages(folder, extra, requests),
                }
    return {"measurements": report, "ratios": compare(report, sorted(counts))}
