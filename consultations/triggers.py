"""What the tables of the calendar cannot say as constraints: triggers, away during migrations, made after them.

SQLite gets those of `NoOverlap`; both databases get those of the seats: no number beyond the capacity, no capacity
below a taken number. SQLite cannot rebuild a table that a trigger of another one names, and drops those of
the rebuilt table without a word; a check and a test compare what is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection, transaction

from consultations.overlap import NoOverlap

PREFIX = "consultations_"
SEAT, SESSION = "consultations_seat", "consultations_groupsession"
SEATS_FULL = "consultations_seat_capacity"
"""What the database says, as a constraint's name, when a seat would be one too many."""

_SQLITE_SEATS = {
    f"{SEATS_FULL}_{event}": f"""BEFORE {when} ON {SEAT}
        WHEN NEW.number > (SELECT capacity FROM {SESSION} WHERE id = NEW.session_id)
        BEGIN SELECT RAISE(ABORT, '{SEATS_FULL}'); END"""  # noqa: S608 - constants
    for event, when in (("insert", "INSERT"), ("update", "UPDATE OF number, session_id"))
} | {
    f"{SEATS_FULL}_lower": f"""BEFORE UPDATE OF capacity ON {SESSION}
        WHEN EXISTS (SELECT 1 FROM {SEAT} WHERE session_id = NEW.id AND number > NEW.capacity)
        BEGIN SELECT RAISE(ABORT, '{SEATS_FULL}'); END"""  # noqa: S608 - constants
}
# The session is locked against a change of its capacity until the transaction ends.
_POSTGRESQL_FUNCTIONS = (
    f"""CREATE OR REPLACE FUNCTION {SEATS_FULL}_seat() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE seats integer;
    BEGIN
      SELECT capacity INTO seats FROM {SESSION} WHERE id = NEW.session_id FOR SHARE;
      IF NEW.number > seats THEN
        RAISE EXCEPTION '{SEATS_FULL}' USING ERRCODE = 'check_violation', CONSTRAINT = '{SEATS_FULL}';
      END IF;
      RETURN NEW;
    END $$""",  # noqa: S608 - constants
    f"""CREATE OR REPLACE FUNCTION {SEATS_FULL}_session() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM {SEAT} WHERE session_id = NEW.id AND number > NEW.capacity) THEN
        RAISE EXCEPTION '{SEATS_FULL}' USING ERRCODE = 'check_violation', CONSTRAINT = '{SEATS_FULL}';
      END IF;
      RETURN NEW;
    END $$""",  # noqa: S608 - constants
)
_POSTGRESQL_SEATS = {
    f"{SEATS_FULL}_insert": (
        f"BEFORE INSERT OR UPDATE OF number, session_id ON {SEAT} FOR EACH ROW"
        f" EXECUTE FUNCTION {SEATS_FULL}_seat()"
    ),
    f"{SEATS_FULL}_lower": (
        f"BEFORE UPDATE OF capacity ON {SESSION} FOR EACH ROW EXECUTE FUNCTION {SEATS_FULL}_session()"
    ),
}


def wanted() -> dict[str, str]:
    """Return the triggers this kind of database needs: name and everything after it."""
    if connection.vendor == "postgresql":
        return dict(_POSTGRESQL_SEATS)
    found = dict(_SQLITE_SEATS)
    for model in apps.get_app_config("consultations").get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, NoOverlap):
                found |= constraint.sqlite_triggers(model)
    return found


def _tables_exist() -> bool:
    tables = set(connection.introspection.table_names())
    return {model._meta.db_table for model in apps.get_app_config("consultations").get_models()} <= tables


def _statements() -> Iterator[str]:
    if connection.vendor == "postgresql":
        yield from _POSTGRESQL_FUNCTIONS
        for name, body in wanted().items():
            yield f"CREATE OR REPLACE TRIGGER {name} {body}"
        return
    for name in present():
        yield f"DROP TRIGGER {name}"
    for name, body in wanted().items():
        yield f"CREATE TRIGGER {name} {body}"


def create(**kwargs: Any) -> None:
    """Receiver of post_migrate; safe to repeat. Tables may be missing while single apps are migrated back."""
    if not _tables_exist():
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in list(_statements()):
            cursor.execute(statement)


def remove(plan: Sequence[Any] = (), **kwargs: Any) -> None:
    """Receiver of pre_migrate: out of the way while tables are rebuilt; nothing to do without migrations."""
    if plan and connection.vendor == "sqlite":
        with transaction.atomic(), connection.cursor() as cursor:
            for name in present():
                cursor.execute(f"DROP TRIGGER {name}")


def present() -> dict[str, str]:
    """Return the triggers of the calendar the database has, with their text (SQLite) or an empty one."""
    source = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname, '' FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(source)
        return {name: text for name, text in cursor.fetchall() if name.startswith(PREFIX)}


def missing() -> list[str]:
    """Return the names of triggers that are not there, or not as they should be."""
    there = present()
    if connection.vendor != "sqlite":
        return sorted(set(wanted()) - set(there))
    return sorted(name for name, body in wanted().items() if there.get(name) != f"CREATE TRIGGER {name} {body}")


@register(Tags.database)
def calendar_is_protected(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A calendar without its triggers could be booked twice."""
    if not databases:
        return []
    try:
        lost = missing() if _tables_exist() else []
    except DatabaseError:
        return []
    if not lost:
        return []
    hint = f"Run manage.py migrate. Missing or changed: {', '.join(lost)}."
    return [Error("The calendar has lost triggers that protect it.", hint=hint, id="portal.E008")]
