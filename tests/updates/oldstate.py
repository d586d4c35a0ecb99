"""Bring an empty database to an earlier state, update it, and say what is in it: run in a process of its own.

    python -m tests.updates.oldstate STATE.json.xz     (database and folders by tests/childsettings.py)

Prints one JSON object: the rows of every table before the update, what became of each of them, and the answers of
some pages afterwards.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import django

# What no update has to keep: the record of migrations itself, and indices that are made anew.
DERIVED = ("django_migrations", "wagtailsearch_", "modelsearch_", "sqlite_")
Rows = dict[str, dict[str, dict[str, str]]]


def _migrate_to(state: dict[str, Any]) -> None:
    """Run exactly the migrations that had run then."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    had = {(app, name) for app, name in state["migrations"]} & set(graph.nodes)
    executor.migrate(
        [node for node in sorted(had) if not any(c.key in had for c in graph.node_map[node].children)]
    )


def _value(value: Any, type_name: str) -> Any:
    return bool(value) if type_name == "BooleanField" and value is not None else value


def _load(state: dict[str, Any]) -> None:
    """Replace the rows of every table by those of the file; foreign keys are checked at the commit."""
    from django.db import connection, transaction

    introspection = connection.introspection
    with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
        present = set(introspection.table_names(cursor)) - {"django_migrations"}
        for name in present:
            if name in state["tables"] or not name.startswith(("wagtailsearch_", "modelsearch_")):
                cascade = " CASCADE" if connection.vendor == "postgresql" else ""
                verb = "TRUNCATE TABLE" if cascade else "DELETE FROM"
                cursor.execute(f"{verb} {connection.ops.quote_name(name)}{cascade}")
        for name, table in state["tables"].items():
            columns = ", ".join(connection.ops.quote_name(column) for column in table["columns"])
            types = {
                column.name: introspection.get_field_type(column.type_code, column)
                for column in introspection.get_table_description(cursor, name)
            }
            rows = [
                [_value(value, types[column]) for value, column in zip(row, table["columns"], strict=True)]
                for row in table["rows"]
            ]
            marks = ", ".join(["%s"] * len(table["columns"]))
            statement = f"INSERT INTO {connection.ops.quote_name(name)} ({columns}) VALUES ({marks})"  # noqa: S608
            cursor.executemany(statement, rows)
        if connection.vendor == "postgresql":
            _reset_sequences(cursor)


def _reset_sequences(cursor: Any) -> None:
    """Set every sequence behind the highest key that was inserted."""
    cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND is_identity = 'YES'"
    )
    for table, column in cursor.fetchall():
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), "  # noqa: S608 - names of the schema
            f'COALESCE((SELECT MAX("{column}") FROM "{table}"), 0) + 1, false)'
        )


def _rows() -> Rows:
    """Return {table: {primary key: {column: value}}} of every table there is, whatever it is called."""
    from django.db import connection

    found: Rows = {}
    introspection = connection.introspection
    with connection.cursor() as cursor:
        for name in introspection.table_names(cursor):
            if name.startswith(DERIVED):
                continue
            key = introspection.get_primary_key_column(cursor, name)
            columns = [column.name for column in introspection.get_table_description(cursor, name)]
            listed = ", ".join(connection.ops.quote_name(column) for column in columns)
            cursor.execute(f"SELECT {listed} FROM {connection.ops.quote_name(name)}")  # noqa: S608 - of the schema
            rows = [dict(zip(columns, map(str, row), strict=True)) for row in cursor.fetchall()]
            found[name] = {row[key]: row for row in rows}
    return found


def _differences(before: Rows, after: Rows) -> dict[str, dict[str, int]]:
    """Return {table: {what: number}} of everything of `before` that `after` has no more, or has otherwise.

    `what` is "table", "row" or "column NAME" for what is gone, and the name of a column for changed values.
    """
    found: dict[str, Counter[str]] = {}
    for name, rows in before.items():
        count: Counter[str] = Counter()
        if rows and name not in after:
            count["table"] = len(rows)
        for key, row in rows.items() if name in after else ():
            now = after[name].get(key)
            if now is None:
                count["row"] += 1
                continue
            count.update(f"column {column}" for column in row if column not in now)
            count.update(column for column, value in row.items() if column in now and now[column] != value)
        if count:
            found[name] = count
    return {name: dict(count) for name, count in found.items()}


def _answers() -> dict[str, Any]:
    """Return what the updated portal shows and what it still knows."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    from knowledge.models import ArticlePage
    from portal.core.models import Publication
    from portal.core.visibility import level_of
    from search import views  # noqa: F401 - the portal is whole

    call_command("rebuild_index", verbosity=0)
    client = Client()
    article = ArticlePage.objects.live().order_by("path").first()
    edited = ArticlePage.objects.live().order_by("path").last()
    assert article is not None
    assert edited is not None
    addresses = [article.get_url(), edited.get_url(), "/", "/recht/", "/glossar/", "/suche/?q=Registerinventar"]
    people = get_user_model().objects.filter(email="pruefung@demo.example")
    return {
        "status": {address: client.get(address).status_code for address in addresses},
        "old address": client.get("/alte-adresse/").status_code,
        "title": article.title in client.get(article.get_url()).content.decode(),
        "reviewed": article.reviewed_at is not None and article.reviewed_by == people.get(),
        "draft": edited.get_latest_revision_as_object().short_answer,
        "live": edited.short_answer,
        "groups": sorted(people.get().groups.values_list("name", flat=True)),
        "levels": all(row.level == level_of(row.subject) for row in Publication.objects.all()),
        "publications": Publication.objects.count(),
        "found": "/themen/" in client.get("/suche/?q=Identifikationsnummer").content.decode(),
    }


def main() -> None:
    django.setup()
    from django.core.management import call_command

    state = json.loads(lzma.decompress(Path(sys.argv[1]).read_bytes()))
    _migrate_to(state)
    _load(state)
    before = _rows()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("render_pages", stale=True, verbosity=0)
    result = {
        "before": {name: len(rows) for name, rows in before.items()},
        "differences": _differences(before, _rows()),
        "answers": _answers(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
