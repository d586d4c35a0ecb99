"""Triggers that make the log append-only: no row is changed, and none leaves but by the retention job.

Table rebuilds on SQLite drop triggers without a word, so they are made again after every migration; a check and
a test compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection, transaction

TABLE = "core_auditentry"
# No setting goes below this, so not even the job deletes a younger row.
SHORTEST_DAYS = 365
_REASON = "the log is append-only"
# What the job sets for its own transaction: a setting of PostgreSQL, a function on SQLite, which has none.
_VARIABLE, _FUNCTION = "portal.audit_retention", "portal_audit_retention"
_retaining: ContextVar[bool] = ContextVar("audit_retention", default=False)

_SQLITE = {
    "no_update": f"""BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{_REASON}'); END""",
    "no_delete": f"""BEFORE DELETE ON {TABLE}
        WHEN {_FUNCTION}() = 0 OR OLD.at > datetime('now', '-{SHORTEST_DAYS} days')
        BEGIN SELECT RAISE(ABORT, '{_REASON}'); END""",
    # REPLACE removes the row in the way without asking the trigger of a deletion.
    "no_replace": f"""BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{_REASON}'); END""",  # noqa: S608 - constants
}
_POSTGRESQL_FUNCTION = f"""CREATE OR REPLACE FUNCTION {TABLE}_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' AND current_setting('{_VARIABLE}', true) = 'on'
         AND OLD.at <= now() - interval '{SHORTEST_DAYS} days' THEN
        RETURN OLD;
      END IF;
      RAISE EXCEPTION '{_REASON}' USING ERRCODE = 'integrity_constraint_violation';
    END $$"""
_POSTGRESQL = {
    "no_update": f"BEFORE UPDATE ON {TABLE} FOR EACH ROW",
    "no_delete": f"BEFORE DELETE ON {TABLE} FOR EACH ROW",
    "no_truncate": f"BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT",
}
# Of earlier versions.
_FORMER = f"{TABLE}_no_early_delete"


def names() -> set[str]:
    """Return the names of the triggers this kind of database has."""
    return {f"{TABLE}_{name}" for name in (_SQLITE if connection.vendor == "sqlite" else _POSTGRESQL)}


def _statements() -> Iterator[str]:
    if connection.vendor == "sqlite":
        yield f"DROP TRIGGER IF EXISTS {_FORMER}"
        for name, body in _SQLITE.items():
            yield f"DROP TRIGGER IF EXISTS {TABLE}_{name}"
            yield f"CREATE TRIGGER {TABLE}_{name} {body}"
        return
    yield _POSTGRESQL_FUNCTION
    yield f"DROP TRIGGER IF EXISTS {_FORMER} ON {TABLE}"
    for name, body in _POSTGRESQL.items():
        yield f"CREATE OR REPLACE TRIGGER {TABLE}_{name} {body} EXECUTE FUNCTION {TABLE}_keep()"


def create_triggers(**kwargs: Any) -> None:
    """Receiver of post_migrate; safe to repeat. The table may be missing while single apps are migrated back."""
    if TABLE not in connection.introspection.table_names():
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _statements():
            cursor.execute(statement)


def offer_function(connection: Any, **kwargs: Any) -> None:
    """Receiver of connection_created: gives SQLite's trigger what it asks; other programs cannot delete at all."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(_FUNCTION, 0, lambda: int(_retaining.get()))


@contextmanager
def retention() -> Iterator[None]:
    """A transaction in which rows older than SHORTEST_DAYS may be deleted; for the retention job alone."""
    token = _retaining.set(True)
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config(%s, 'on', true)", [_VARIABLE])
            yield
            if connection.vendor == "postgresql":
                # Within a larger transaction the setting would outlive this block.
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config(%s, '', true)", [_VARIABLE])
    finally:
        _retaining.reset(token)


def present_triggers() -> set[str]:
    """Return which of the triggers the database has."""
    source = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(source)
        return {name for (name,) in cursor.fetchall()} & names()


@register(Tags.database)
def log_is_append_only(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A log without its triggers could be rewritten unseen."""
    if not databases:
        return []
    try:
        if TABLE not in connection.introspection.table_names() or present_triggers() == names():
            return []
    except DatabaseError:
        return []
    return [
        Error("The append-only log has lost its triggers.", hint="Run manage.py migrate.", id="portal.E004"),
    ]
