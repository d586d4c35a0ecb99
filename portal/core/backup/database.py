"""Copying the database out and in: SQLite by `VACUUM INTO`, PostgreSQL by its own programs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from portal.core.backup import clients
from portal.core.backup.manifest import BackupError, DiskFullError, is_full

FILES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
# What migrations, the import of reference data and running make by themselves; everything else is content.
_LOG = "core_auditentry"  # of what people did, see content()
_BY_ITSELF = {
    _LOG, "accounts_district", "accounts_municipality", "auth_group", "auth_group_permissions",
    "auth_permission", "consultations_closure", "consultations_format", "consultations_formatquestion",
    "core_reviewtask", "core_scheduledrun", "core_worker", "django_content_type",
    "django_migrations", "django_session", "django_tasks_database_dbtaskresult", "search_searchchange",
    "sqlite_sequence", "wagtailcore_groupapprovaltask", "wagtailcore_groupapprovaltask_groups",
    "wagtailcore_groupcollectionpermission", "wagtailcore_grouppagepermission", "wagtailcore_locale",
    "wagtailcore_task", "wagtailcore_workflow", "wagtailcore_workflowcontenttype", "wagtailcore_workflowpage",
    "wagtailcore_workflowtask", "wagtailcore_referenceindex", "wagtailsearch_indexentry",
    "modelsearch_indexentry",
}  # fmt: skip
# The root, the start page with its first version, and what they stand in.
_AT_MOST = {
    "core_publication": 1, "home_homepage": 1, "wagtailcore_collection": 1, "wagtailcore_page": 2,
    "wagtailcore_site": 1,
}  # fmt: skip
_ERROR = re.compile(r"error|fatal", re.IGNORECASE)
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


def content() -> dict[str, int]:
    """Return the tables that hold more than an installation has by itself, with their rows.

    What is not known here counts: a table of tomorrow is content until it is named.
    """
    found = {
        name: rows
        for name, rows in row_counts().items()
        if name not in _BY_ITSELF and rows > _AT_MOST.get(name, 0)
    }
    if _LOG in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {_LOG} WHERE actor IS NOT NULL")  # noqa: S608 - a constant
            by_people = int(cursor.fetchone()[0])
        if by_people:
            found[_LOG] = by_people
    return found


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
    """Open a copy for reading: one that is missing must not come into being, empty."""
    try:
        copy = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.OperationalError as error:
        raise BackupError(f"„{path}“ fehlt oder ist nicht zu lesen. Nehmen Sie eine andere Sicherung.") from error
    try:
        yield copy
    finally:
        copy.close()


def load(folder: Path) -> None:
    """Replace the whole database by that of a backup, in one step: it succeeds, or nothing has changed."""
    source = folder / FILES[vendor()]
    if vendor() == "sqlite":
        with _opened(source) as backup:
            _check_whole(backup)
            connection.ensure_connection()
            try:
                backup.backup(connection.connection)
            except sqlite3.Error as error:
                if is_full(error):
                    raise DiskFullError(str(error)) from error
                raise BackupError(
                    f"Die Datenbank lässt sich nicht ersetzen ({error}). Nichts wurde geändert."
                ) from error
    else:
        script = _run("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(source))
        script = clients.without(script, _unknown_parameters(clients.settings_of(script)))
        connections.close_all()
        _run(
            "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
            "--output=/dev/null", f"--dbname={_database_name()}", text=_FRESH_SCHEMA.encode() + script,
        )  # fmt: skip
    connections.close_all()


def _unknown_parameters(names: list[str]) -> set[str]:
    """Return those the server does not know: programs may be newer than it, and one such line ends psql."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE current_setting(name, true) IS NULL", [names]
        )
        return {str(name) for (name,) in cursor.fetchall()}


def told_clients() -> list[str]:
    """Return German lines about PostgreSQL's programs that are older than its server."""
    if vendor() != "postgresql":
        return []
    versions = {name: clients.major_of(_run(name, "--version")) for name in ("pg_dump", "pg_restore", "psql")}
    connection.ensure_connection()
    return clients.told_behind(versions, connection.connection.info.server_version // 10_000)


def _check_whole(backup: sqlite3.Connection) -> None:
    try:
        said = str(backup.execute("PRAGMA integrity_check").fetchone()[0])
    except sqlite3.DatabaseError as error:  # cut off, or no database at all
        said = str(error)
    if said != "ok":
        raise BackupError("Die Datenbank der Sicherung ist beschädigt. Nehmen Sie eine andere Sicherung.")


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
    # Messages in English, whatever the machine speaks: a full disk is told by its words.
    environment = {
        **os.environ,
        "LC_ALL": "C",
        **{key: str(config[value]) for key, value in names.items() if config.get(value)},
    }
    if mode := (config.get("OPTIONS") or {}).get("sslmode"):
        environment["PGSSLMODE"] = mode
    done = subprocess.run(  # noqa: S603 - PostgreSQL's programs with our own arguments
        [_program(name), *arguments], env=environment, input=text, capture_output=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        if is_full(said) or done.returncode == -signal.SIGXFSZ:  # the largest file it may write
            raise DiskFullError(said)
        lines = said.splitlines() or [str(done.returncode)]
        reason = next((line for line in lines if _ERROR.search(line)), lines[0])  # psql says notices before it
        raise BackupError(f"{name} ist gescheitert: {reason}")
    return done.stdout
