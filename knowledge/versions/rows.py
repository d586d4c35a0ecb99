"""What child rows of a stored version say: sources, provisions, the facts of a Praxisbericht."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from knowledge.models import FieldReport, PageSource, Provision
from portal.accounts.models import Municipality

MODELS: dict[str, Any] = {"sources": PageSource, "provisions": Provision, "field_reports": FieldReport}
# The columns of child rows that readers see.
COLUMNS = {
    "sources": ("title", "url"), "provisions": ("ref", "summary", "in_force_from", "in_force_to"),
    "field_reports": ("municipality", "size_class", "product", "effort_days"),  # never the contact
}  # fmt: skip
PLAIN = frozenset({"title", "url", "ref", "summary"})
"""Columns that need no label: they say themselves what they are, and stand without one on the page."""
DATES = frozenset({"in_force_from", "in_force_to"})
GONE = "eine gelöschte Kommune"


def german_date(value: Any) -> str:
    """Return a stored day as readers write it; what is none as it stands."""
    try:
        return f"{date.fromisoformat(str(value)):%d.%m.%Y}"
    except ValueError:
        return str(value)


def _rows(value: Any) -> list[dict[str, Any]]:
    rows = [row for row in value or [] if isinstance(row, dict)]
    return sorted(rows, key=lambda row: row.get("sort_order") or 0)


def row_values(name: str, value: Any) -> list[tuple[Any, ...]]:
    """Return what readers see of each row, to be compared: keys of rows are no change."""
    return [tuple(row.get(column) or None for column in COLUMNS[name]) for row in _rows(value)]


def _municipalities(rows: Iterable[Mapping[str, Any]]) -> dict[Any, str]:
    keys = [key for row in rows if (key := row.get("municipality")) is not None]
    return dict(Municipality.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def row_texts(name: str, value: Any) -> list[str]:
    """Return a line for each row, in the order of readers, each value with what it is."""
    rows, model = _rows(value), MODELS[name]
    towns = _municipalities(rows)

    def said(row: Mapping[str, Any], column: str) -> str:
        field: Any = model._meta.get_field(column)
        text: Any = row[column]
        if column == "municipality":
            text = towns.get(text, GONE)
        elif column in DATES:
            text = german_date(text)
        elif field.choices:
            text = dict(field.flatchoices).get(text, text)
        return str(text) if column in PLAIN else f"{field.verbose_name}: {text}"

    return [" – ".join(said(row, column) for column in COLUMNS[name] if row.get(column)) for row in rows]
