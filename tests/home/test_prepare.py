"""`prepare` does what is new, and what somebody has undone since: files removed, a database put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SqliteCopies
from tests.processes import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]


def _manage(folder: Path, *command: str) -> str:
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings.dev", "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _steps(folder: Path) -> list[str]:
    lines = _manage(folder, "prepare", "--no-content").splitlines()
    return [line.removeprefix("→ ") for line in lines if line.startswith("→ ")]


def test_only_what_is_new_or_undone_is_done(tmp_path: Path) -> None:
    database = tmp_path / "portal.sqlite3"
    shutil.copyfile(SqliteCopies().cached, database)
    first = _steps(tmp_path)
    assert first[:2] == ["Datenbank", "Statische Dateien"]
    assert _steps(tmp_path) == []
    shutil.rmtree(tmp_path / "static")
    assert _steps(tmp_path) == ["Statische Dateien"]
    _manage(tmp_path, "migrate", "faq", "0005", "--verbosity", "0")  # as an older copy of the database has it
    assert _steps(tmp_path) == ["Datenbank"]
    for file in tmp_path.glob("portal.sqlite3*"):
        file.unlink()
    sqlite3.connect(database).execute("CREATE TABLE other (id)")  # a database is there, but not ours
    new = "from portal.home.management.commands.prepare import Command; print(Command.database_is_new())"
    assert _manage(tmp_path, "shell", "-c", new).strip().endswith("True")
