"""Copying the database out and in: SQLite by `VACUUM INTO`, PostgreSQL by its own programs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from portal.core.backup.manifest import BackupError

FILES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_FRESH_SCHEMA = "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"


def vendor() -> str:
    return connection.vendor


def applied_migrations() -> list[list[str]]:
    """Return the migrations that have run, as [app, name]."""
    return sorted([app, name] for app, name in MigrationRecorder(connection).applied_migrations())


def unknown_migrations(migrations: list[list[str]]) -> list[str]:
    """Return those this version of the portal does not know: they come from a newer one."""
    known = MigrationLoader(None).disk_migrations
    replaced = {key for migration in known.values() for key in migration.replaces}
    return [
        f"{app}.{name}" for app, name in migrations if (app, name) not in known and (app, name) not in replaced
    ]


def is_empty() -> bool:
    """True when nobody has put anything into the database yet: no tables, or no accounts and two pages at most."""
    tables = set(connection.introspection.table_names())
    if not {"accounts_user", "wagtailcore_page"} <= tables:
        return True
    return _count("accounts_user") == 0 and _count("wagtailcore_page") <= 2


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - quoted
        return int(cursor.fetchone()[0])


def row_counts() -> dict[str, int]:
    """Return the rows of every table as the database is now; full-text shadow tables are left out."""
    names = connection.introspection.table_names()
    return {name: _count(name) for name in sorted(names) if "_fts" not in name}


def dump(folder: Path) -> dict[str, int]:
    """Write the database into `folder`, readers and writers go on; returns the rows of each table in it."""
    target = folder / FILES[vendor()]
    if vendor() == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(target)])
        return _sqlite_counts(target)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = str(cursor.fetchone()[0])
        arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _run("pg_dump", *arguments, f"--file={target}", _database_name())
        return row_counts()


def _sqlite_counts(path: Path) -> dict[str, int]:
    with _opened(path) as copy:
        rows = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        names = sorted(name for (name,) in rows if "_fts" not in name)
        return {name: copy.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    copy = sqlite3.connect(path)
    try:
        yield copy
    finally:
        copy.close()


def load(folder: Path) -> None:
    """Replace the whole database by that of a backup, in one step: it succeeds, or nothing has changed."""
    source = folder / FILES[vendor()]
    if vendor() == "sqlite":
        with _opened(source) as backup:
            if backup.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise BackupError("Die Datenbank der Sicherung ist beschädigt. Nehmen Sie eine andere Sicherung.")
            connection.ensure_connection()
            backup.backup(connection.connection)
    else:
        connections.close_all()
        script = _run("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(source))
        _run(
            "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
            "--output=/dev/null", f"--dbname={_database_name()}", text=_FRESH_SCHEMA.encode() + script,
        )  # fmt: skip
    connections.close_all()


def _database_name() -> str:
    return str(connection.settings_dict["NAME"])


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
        found = str(versions[-1]) if versions else None
    if found is None:
        raise BackupError(f"Das Programm {name} fehlt. Installieren Sie es: apt-get install postgresql-client.")
    return found


def _run(name: str, *arguments: str, text: bytes | None = None) -> bytes:
    """Run one of PostgreSQL's programs against our database; its own message goes into the error."""
    config: dict[str, Any] = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    environment = {**os.environ, **{key: str(config[value]) for key, value in names.items() if config.get(value)}}
    if mode := (config.get("OPTIONS") or {}).get("sslmode"):
        environment["PGSSLMODE"] = mode
    done = subprocess.run(  # noqa: S603 - PostgreSQL's programs with our own arguments
        [_program(name), *arguments], env=environment, input=text, capture_output=True, check=False
    )
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise BackupError(f"{name} ist gescheitert: {reason[0] if reason else done.returncode}")
    return done.stdout
