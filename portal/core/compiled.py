"""Queries that are asked at nearly every request and never differ but in some ids: their SQL is made once.

Django makes the SQL of a query anew each time it is asked; of a union over many tables that takes longer than the
database needs to answer it. What is compiled here must not depend on anything but the database and the ids.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

MOST_KEPT = 256
# No id is negative: these stand for ids until they are known.
FIRST_PLACE = -1_000_000_000

Row = tuple[Any, ...]
_known: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}


def places(start: int, number: int) -> list[int]:
    """Return numbers that stand for ids in a query to be compiled; `start` counts those given before."""
    return [FIRST_PLACE - start - place for place in range(number)]


def ask(name: Hashable, query: Callable[[], QuerySet[Any]], ids: Mapping[int, int] | None = None) -> list[Row]:
    """Return the rows of a query, as the database gives them.

    `query` makes it with `places` instead of ids, `ids` says what is to stand at each place; a query that looks
    for ids in a column of text may have them as text. `name` tells it from all others.
    """
    key = (name, connection.vendor, connection.settings_dict["NAME"])
    compiled = _known.get(key)
    if compiled is None:
        if len(_known) >= MOST_KEPT:
            _known.clear()
        compiled = _known[key] = _compiled(query())
    sql, parameters = compiled
    with connection.cursor() as cursor:
        cursor.execute(sql, _filled(parameters, ids or {}))
        return cursor.fetchall()


def _compiled(query: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    sql, parameters = query.query.sql_with_params()
    return sql, tuple(parameters)


def _filled(parameters: Sequence[Any], ids: Mapping[int, int]) -> list[Any]:
    values: dict[Any, Any] = {**ids, **{str(place): str(value) for place, value in ids.items()}}
    return [values.get(parameter, parameter) for parameter in parameters]
