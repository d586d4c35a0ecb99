"""What is kept beside an index is whole or not there, whenever the power goes or the disk is full."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from search.compounds import save_vocabulary
from search.durable import write_durably
from search.index import Position, read_position, write_position
from search.numbers import MARK, load_numbers, save_numbers

WRITERS: dict[str, Callable[[Path], None]] = {
    "vocabulary.json": lambda folder: save_vocabulary(folder / "vocabulary.json", {"register": 2}),
    "numbers.json": lambda folder: save_numbers(folder / "numbers.json", [f"{MARK}301549"]),
    "position.json": lambda folder: write_position(folder, Position(7, "2026-11-27T06:00:00+00:00")),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_on_the_disk_before_it_has_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(file: int) -> None:
        order.append("fsync")
        fsync(file)

    def noted_replace(path: Path, target: Path) -> Path:
        order.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    WRITERS[name](tmp_path)
    assert order == ["fsync", "rename"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / name).write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        WRITERS[name](tmp_path)
    assert (tmp_path / name).read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    for write in WRITERS.values():
        write(tmp_path)
    assert load_numbers(tmp_path / "numbers.json") == {"301549"}
    assert read_position(tmp_path) == Position(7, "2026-11-27T06:00:00+00:00")
    write_durably(tmp_path / "numbers.json", "[]")
    assert load_numbers(tmp_path / "numbers.json") == frozenset()
