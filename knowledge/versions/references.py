"""What a stored version names by its key alone, pages and tags: compared by key, shown by its name of today."""

from __future__ import annotations

from typing import Any

from wagtail.models import Page

from portal.core.models import Tag

REFERENCES = {
    "topics": "", "next_step_page": "", "successor": "", "curated_related": "target", "tagged_items": "tag",
}  # fmt: skip
"""Fields that refer, and in which column of their child rows the key stands; "" where the value is the key."""
ORDERED = frozenset({"curated_related"})
GONE = {"tagged_items": "ein gelöschtes Schlagwort"}
HIDDEN = "eine Seite, die nicht öffentlich ist"


def keys_of(name: str, value: Any) -> list[int]:
    """Return the keys a field names; in the order of readers where there is one, else sorted."""
    rows = value if isinstance(value, list) else [value] if value else []
    column = REFERENCES[name]
    if column:
        rows = sorted((row for row in rows if isinstance(row, dict)), key=lambda row: row.get("sort_order") or 0)
        rows = [row.get(column) for row in rows]
    keys = [int(row) for row in rows if str(row).isdigit()]
    return keys if name in ORDERED else sorted(keys)


def names_of(name: str, value: Any) -> list[str]:
    """Return the names to show: a page that is not public today is not named."""
    keys = keys_of(name, value)
    rows: Any = (
        Tag.objects.filter(pk__in=keys).values_list("pk", "name")
        if name == "tagged_items"
        else Page.objects.live().public().filter(pk__in=keys).values_list("pk", "title")
    )
    found = dict(rows)
    shown = [str(found.get(key, GONE.get(name, HIDDEN))) for key in keys]
    return shown if name in ORDERED else sorted(shown)
