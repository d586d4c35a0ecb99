"""Triggers that make the log append-only: no row is changed, none leaves before its time, whoever asks.

Table rebuilds on SQLite drop triggers without a word, so they are made again after every migration; a check and
a test compare.
"""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection

TABLE = "core_auditentry"
# No setting goes below this, so no job and no hand deletes a younger row.
SHORTEST_DAYS = 365
NAMES = {f"{TABLE}_no_update", f"{TABLE}_no_early_delete"}

_SQLITE = (
    f"""CREATE TRIGGER IF NOT EXISTS {TABLE}_no_update BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
    f"""CREATE TRIGGER IF NOT EXISTS {TABLE}_no_early_delete BEFORE DELETE ON {TABLE}
        WHEN OLD.at > datetime('now', '-{SHORTEST_DAYS} days')
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
)
_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION {TABLE}_keep() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'UPDATE' OR OLD.at > now() - interval '{SHORTEST_DAYS} days' THEN
            RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN OLD;
        END $$""",
    f"""CREATE OR REPLACE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION {TABLE}_keep()""",
    f"""CREATE OR REPLACE TRIGGER {TABLE}_no_early_delete BEFORE DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION {TABLE}_keep()""",
)


def create_triggers(**kwargs: Any) -> None:
    """Receiver of post_migrate; safe to repeat. The table may be missing while single apps are migrated back."""
    if TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL:
            cursor.execute(statement)


def present_triggers() -> set[str]:
    """Return which of the triggers the database has."""
    source = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(source)
        return {name for (name,) in cursor.fetchall()} & NAMES


@register(Tags.database)
def log_is_append_only(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A log without its triggers could be rewritten unseen."""
    if not databases:
        return []
    try:
        if TABLE not in connection.introspection.table_names() or present_triggers() == NAMES:
            return []
    except DatabaseError:
        return []
    return [
        Error("The append-only log has lost its triggers.", hint="Run manage.py migrate.", id="portal.E004"),
    ]
