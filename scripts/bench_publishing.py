"""How long until a published page is found, and a withdrawn one gone.

As in operation `run_background` keeps the index. Another process publishes and looks (`manage.py search_work`).
What the page of results shows does not wait for the index: it never shows what is not public any more.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.load import ROOT, environment, manage

PAGES = 20
Delays = dict[str, float]


@contextmanager
def background(folder: Path, **extra: str) -> Iterator[None]:
    """Run everything that works beside the web."""
    command = [sys.executable, "manage.py", "run_background"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(folder, **extra))
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def publishing(folder: Path, engine: str, extra: dict[str, str]) -> dict[str, Delays]:
    """Publish and withdraw pages one after the other; seconds until the index of the engine knows each."""
    with background(folder, **extra):
        printed = manage(folder, "search_work", engine, "--pages", str(PAGES), **extra)
    measured: dict[str, list[float]] = json.loads(printed.split("RESULT", 1)[1])
    return {name: delays(seconds) for name, seconds in measured.items()}


def delays(seconds: list[float]) -> Delays:
    ordered = sorted(seconds)
    p95 = ordered[max(0, int(len(ordered) * 0.95) - 1)]
    return {
        "pages": len(ordered), "median_s": round(statistics.median(ordered), 2), "p95_s": round(p95, 2),
        "slowest_s": round(ordered[-1], 2),
    }  # fmt: skip
