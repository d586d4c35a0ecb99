"""How many processors this process may use: those of the machine, less what a container or service is held to."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

GROUPS = Path("/proc/self/cgroup")
MOUNT = Path("/sys/fs/cgroup")


def usable_processors() -> int:
    """Return the number of processors that are worth a process each; a part of one counts as one."""
    try:
        own = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        own = os.cpu_count() or 1
    return max(1, min([own, *(math.ceil(limit) for limit in _limits())]))


def _limits() -> Iterator[float]:
    """Yield the limits in processors of all control groups this process is in, by the file of either version."""
    for folder in _folders():
        for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
            try:
                quota, period = " ".join((folder / name).read_text() for name in names).split()
                if int(quota) > 0:
                    yield int(quota) / int(period)
            except (OSError, ValueError, ZeroDivisionError):  # no such file, or no limit: "max", -1
                continue


def _folders() -> Iterator[Path]:
    """Yield the folders of the control groups, up to those that hold all others.

    Within a container the path may be that of the host: then the group mounted at the top is ours.
    """
    try:
        lines = GROUPS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        mount = MOUNT / controllers
        folder = mount / path.strip("/")
        yield from (folder, *(parent for parent in folder.parents if parent.is_relative_to(mount)))
