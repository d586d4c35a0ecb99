"""What a stored version names by its key alone, pages and tags: compared by key, shown by its name of today."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wagtail.models import Page

from knowledge.models import Act
from portal.core.models import Tag

REFERENCES = {
    "topics": "", "next_step_page": "", "successor": "", "curated_related": "target", "first_pages": "target",
    "needed_pages": "target",
    "tagged_items": "tag", "counterpart": "", "topic": "", "articles": "target", "question": "",
}  # fmt: skip
"""Fields, and a block of the body, that refer, and in which column of their child rows the key stands.

It is "" where the value is the key.
"""
ORDERED = frozenset({"curated_related", "first_pages", "needed_pages", "articles"})
GONE = {
    "tagged_items": "ein gelöschtes Schlagwort", "counterpart": "eine Vorschrift, die nicht veröffentlicht ist",
}  # fmt: skip
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


def _named(name: str, keys: list[int]) -> Any:
    if name == "tagged_items":
        return Tag.objects.filter(pk__in=keys).values_list("pk", "name")
    if name == "counterpart":
        return Act.objects.filter(pk__in=keys, live=True).values_list("pk", "abbreviation")
    return Page.objects.live().public().filter(pk__in=keys).values_list("pk", "title")


def page_names(keys: Iterable[int]) -> dict[int, str]:
    """Return the names to show of pages a body names: one query for all, none for none."""
    wanted = set(keys)
    found = dict(_named("question", list(wanted))) if wanted else {}
    return {key: str(found.get(key, HIDDEN)) for key in wanted}


def names_of(name: str, value: Any) -> list[str]:
    """Return the names to show: a page that is not public today is not named."""
    keys = keys_of(name, value)
    found = dict(_named(name, keys))
    shown = [str(found.get(key, GONE.get(name, HIDDEN))) for key in keys]
    return shown if name in ORDERED else sorted(shown)
