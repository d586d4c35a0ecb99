"""The memory of a program and all it has started, sampled while it runs.

Summed up is Pss: what each process has for itself, and its share of what it has in common with others, as a child
of a fork has. Where the system does not tell (no `smaps_rollup`), it is what each process has, so that what is
shared counts several times. Peaks shorter than the pause between two samples may be missed.
"""

from __future__ import annotations

import os
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

PAUSE_SECONDS = 0.5
PROC = Path("/proc")
PSS, RSS, LARGEST = "Pss of all processes", "Rss of all processes", "largest process alone"


@dataclass
class Peak:
    """The most memory at one moment: MB of all, MB of the largest process then; the most processes there were."""

    mb: int = 0
    largest_mb: int = 0
    processes: int = 0
    measure: str = PSS


def family(pid: int, proc: Path = PROC) -> list[int]:
    """Return a process and all below it."""
    children: dict[int, list[int]] = {}
    for path in proc.glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):  # just ended
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def measure_in_use(proc: Path = PROC) -> str:
    """Return what can be measured here."""
    if (proc / "self/smaps_rollup").exists():
        return PSS
    return RSS if (proc / "self/statm").exists() else LARGEST


def kilobytes(pid: int, measure: str, proc: Path = PROC) -> int:
    """Return the memory of one process; nothing for one that has just ended."""
    try:
        if measure == RSS:
            return int((proc / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
        lines = (proc / str(pid) / "smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration, IndexError):
        return 0


class _Sampler(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = Peak(measure=measure_in_use())
        self.done = threading.Event()
        self._pid = pid

    def run(self) -> None:
        while not self.done.wait(PAUSE_SECONDS):
            self._look()

    def _look(self) -> None:
        sizes = [size for pid in family(self._pid) if (size := kilobytes(pid, self.peak.measure))]
        self.peak.processes = max(self.peak.processes, len(sizes))
        if (total := round(sum(sizes) / 1024)) > self.peak.mb:
            self.peak.mb, self.peak.largest_mb = total, round(max(sizes) / 1024)


def run_measured(command: list[str], *, cwd: Path, env: dict[str, str]) -> tuple[str, Peak]:
    """Run a program to its end; return what it printed and its peak. `RuntimeError` if it fails."""
    process = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.PIPE, text=True)
    sampler = _Sampler(process.pid)
    if sampler.peak.measure != LARGEST:
        sampler.start()
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    sampler.done.set()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[1:3])} ended with {process.returncode}")
    if not sampler.peak.processes:  # nothing can be sampled here, or it was too short
        largest = round(usage.ru_maxrss / 1024)
        return output, Peak(largest, largest, 1, LARGEST)
    return output, sampler.peak
