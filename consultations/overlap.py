"""Ranges of one owner that must not overlap: an exclusion constraint on PostgreSQL, triggers on SQLite.

Django's `ExclusionConstraint` is a syntax error on SQLite; this one emits nothing there and says what the
triggers have to be (`consultations.triggers` makes them). Ranges are half-open: the end of one may be the start of
the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Func, Model, Q


class _Range(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class NoOverlap(ExclusionConstraint):
    """Rows of one owner in a blocking state never overlap, whoever writes them and however many at once.

    `owner`, `start`, `end` and `state` name fields of the model; `blocking` are the states that count.
    """

    def __init__(
        self, *, name: str, owner: str, start: str, end: str, state: str, blocking: Iterable[str],
        violation_error_message: str | None = None,
    ) -> None:  # fmt: skip
        self.owner, self.start, self.end, self.state = owner, start, end, state
        self.blocking = tuple(str(value) for value in blocking)
        super().__init__(
            name=name,
            expressions=[
                (owner, RangeOperators.EQUAL),
                (_Range(start, end, RangeBoundary()), RangeOperators.OVERLAPS),
            ],
            condition=Q(**{f"{state}__in": self.blocking}),
            violation_error_message=violation_error_message,
        )

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        for name in ("expressions", "condition"):
            kwargs.pop(name, None)
        own = {name: getattr(self, name) for name in ("owner", "start", "end", "state", "blocking")}
        return path, args, {**kwargs, **own}

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        return super().constraint_sql(model, schema_editor) if _can_exclude(schema_editor.connection) else None

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        return super().create_sql(model, schema_editor) if _can_exclude(schema_editor.connection) else None

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        return super().remove_sql(model, schema_editor) if _can_exclude(schema_editor.connection) else None

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """Ask by a plain query, the same on every database.

        Raises:
            ValidationError: Another row of the owner overlaps.
        """
        names = (self.owner, self.start, self.end, self.state)
        if set(names) & set(exclude or ()) or str(getattr(instance, self.state)) not in self.blocking:
            return
        if self.overlapping(model, instance, using).exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def overlapping(self, model: Any, instance: Model, using: str = DEFAULT_DB_ALIAS) -> Any:
        """Return the rows that stand in the way of a row."""
        owner = model._meta.get_field(self.owner).attname
        rows = model._default_manager.using(using).filter(
            self.condition,
            **{
                owner: getattr(instance, owner),
                f"{self.start}__lt": getattr(instance, self.end),
                f"{self.end}__gt": getattr(instance, self.start),
            },
        )
        return rows if instance._state.adding else rows.exclude(pk=instance.pk)

    def sqlite_triggers(self, model: Any) -> dict[str, str]:
        """Return the triggers that do the same on SQLite: name and everything after it.

        Django stores times there as UTC text of one form, which sorts as the times do.
        """
        table = model._meta.db_table
        column = {
            name: model._meta.get_field(getattr(self, name)).column for name in ("owner", "start", "end", "state")
        }
        states = ", ".join(f"'{value}'" for value in self.blocking)
        other = (
            f"SELECT 1 FROM {table} WHERE {column['owner']} = NEW.{column['owner']}"  # noqa: S608 - our own names
            f" AND {column['state']} IN ({states}) AND {column['start']} < NEW.{column['end']}"
            f" AND {column['end']} > NEW.{column['start']}"
        )
        refuse = f"BEGIN SELECT RAISE(ABORT, '{self.name}'); END"
        blocks = f"WHEN NEW.{column['state']} IN ({states})"
        watched = ", ".join(column.values())
        return {
            f"{self.name}_insert": f"BEFORE INSERT ON {table} {blocks} AND EXISTS ({other}) {refuse}",
            f"{self.name}_update": (
                f"BEFORE UPDATE OF {watched} ON {table} {blocks} AND EXISTS ({other} AND id <> OLD.id) {refuse}"
            ),
        }


def _can_exclude(connection: Any) -> bool:
    return bool(connection.vendor == "postgresql")
