"""A container that may use two of a machine's sixty-four processors starts two processes, not sixty-four."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portal.core import processors
from portal.core.processors import usable_processors


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of 64 processors whose control groups lie in the folder returned."""
    groups = tmp_path / "groups"
    groups.mkdir()
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    monkeypatch.setattr(processors, "MOUNT", groups)
    monkeypatch.setattr(processors, "GROUPS", tmp_path / "cgroup")
    return groups


def in_group(machine: Path, *lines: str) -> None:
    (machine.parent / "cgroup").write_text("".join(f"{line}\n" for line in lines))


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def test_without_control_groups_all_count(machine: Path) -> None:
    assert usable_processors() == 64


@pytest.mark.parametrize(("limit", "expected"), [
    ("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", 64), ("", 64), ("rubbish", 64),
    ("6400000 50000", 64),
])  # fmt: skip
def test_the_limit_of_a_container(machine: Path, limit: str, expected: int) -> None:
    in_group(machine, "0::/")
    put(machine / "cpu.max", limit)
    assert usable_processors() == expected


def test_the_narrowest_of_the_groups_above_counts(machine: Path) -> None:
    in_group(machine, "0::/system.slice/portal.service")
    put(machine / "system.slice/portal.service/cpu.max", "max 100000")
    put(machine / "system.slice/cpu.max", "300000 100000")
    assert usable_processors() == 3


def test_control_groups_of_the_first_version(machine: Path) -> None:
    in_group(machine, "4:memory:/docker/ab", "3:cpu,cpuacct:/docker/ab", "0::/")
    put(machine / "cpu,cpuacct/cpu.cfs_quota_us", "400000")
    put(machine / "cpu,cpuacct/cpu.cfs_period_us", "100000")
    assert usable_processors() == 4
    put(machine / "cpu,cpuacct/cpu.cfs_quota_us", "-1")
    assert usable_processors() == 64


def test_fewer_may_be_left_to_this_process(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3})
    assert usable_processors() == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_processors() == 1
