"""PostgreSQL's programs may be newer than its server, and are told when they are older."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from portal.core.backup import clients, database, services
from portal.core.backup.manifest import BackupError

# As pg_restore 17 begins its script.
SCRIPT = b"""--
-- PostgreSQL database dump
--

\\restrict Vq8

SET statement_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);

SET default_table_access_method = heap;

CREATE TABLE public.core_tag (
    name text
);

COPY public.core_tag (name) FROM stdin;
SET transaction_timeout = 0;
\\.
"""


@pytest.mark.once
def test_what_the_server_does_not_know_is_left_out_and_no_row_is() -> None:
    assert clients.settings_of(SCRIPT) == [
        "statement_timeout", "transaction_timeout", "client_encoding", "default_table_access_method",
    ]  # fmt: skip
    assert clients.without(SCRIPT, []) == SCRIPT
    line = b"SET transaction_timeout = 0;\n"
    before, after = SCRIPT.split(line, 1)
    assert clients.without(SCRIPT, {"transaction_timeout", "name"}) == before + after
    assert clients.without(line, {"transaction_timeout"}) == b"", "a script without any object"


@pytest.mark.once
def test_programs_older_than_the_server_are_told() -> None:
    assert clients.major_of(b"pg_restore (PostgreSQL) 17.2 (Debian 17.2-1.pgdg120+1)\n") == 17
    assert clients.major_of(b"?") == 0
    assert clients.told_behind({"pg_restore": 17, "psql": 15}, 15) == []
    [line] = clients.told_behind({"pg_dump": 16, "pg_restore": 15, "psql": 15}, 16)
    assert "PostgreSQL 16" in line
    assert "pg_restore 15, psql 15." in line
    assert "postgresql-client-16" in line


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.mark.once
def test_the_error_is_told_and_not_the_notice_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "psql:<stdin>:2: NOTICE:  drop cascades to 136 other objects\\npsql:<stdin>:9: ERROR:  no such type"
    program(tmp_path / "bin", "psql", f"printf '{said}' >&2; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    with pytest.raises(BackupError, match="ERROR:  no such type"):
        database._run("psql", "x")


def needs_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("about PostgreSQL's programs")


def test_a_backup_goes_in_by_programs_newer_than_the_server(
    real_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_postgresql()
    made = services.make(tmp_path / "sicherung", progress=lambda line: None)
    real = database._program("pg_restore")
    program(tmp_path / "bin", "pg_restore", f"echo 'SET parameter_of_tomorrow = 0;'; exec {real} \"$@\"")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    database.load(tmp_path / "sicherung")
    assert database.row_counts() == made.counts


def test_the_check_tells_of_programs_older_than_the_server(
    real_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    needs_postgresql()
    services.make(tmp_path / "sicherung", progress=lambda line: None)
    call_command("restore", str(tmp_path / "sicherung"), check=True, replace=True)
    assert "Achtung" not in capsys.readouterr().out
    program(tmp_path / "bin", "psql", "echo 'psql (PostgreSQL) 9.6.24'")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    call_command("restore", str(tmp_path / "sicherung"), check=True, replace=True)
    assert "älter sind die Programme psql 9." in capsys.readouterr().out
