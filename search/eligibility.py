"""The one rule of what a reader may find: live, and not restricted above the reader's level."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from wagtail.models import CollectionViewRestriction

from portal.core.visibility import Visibility, level_of_path, levels_of_restrictions, restriction_levels
from search.registry import registry


def collection_levels() -> list[tuple[str, Visibility]]:
    """Return (tree path, level) of all restricted collections of files."""
    return levels_of_restrictions(CollectionViewRestriction.objects.all(), "collection__path")


def visible_keys(keys: Iterable[str], reader: Visibility) -> set[str]:
    """Return those keys that are live now and that the reader may see.

    One query over all sources, and one or two for restrictions, whatever the number of keys.
    """
    by_source: dict[str, list[int]] = {}
    for key in keys:
        name, _, pk = key.rpartition(":")
        by_source.setdefault(name, []).append(int(pk))
    parts: list[QuerySet[Any, tuple[str, int, str, str]]] = []
    for name, pks in by_source.items():
        source = registry.source(name)
        if source is not None:
            parts.append(source.eligible(pks))
    if not parts:
        return set()
    rows = list(parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])
    return _permitted(rows, reader)


def _permitted(rows: list[tuple[str, int, str, str]], reader: Visibility) -> set[str]:
    pages = restriction_levels() if any(path for _, _, path, _ in rows) else []
    collections = collection_levels() if any(path for *_, path in rows) else []
    return {
        f"{name}:{pk}"
        for name, pk, page_path, collection_path in rows
        if reader.covers(level_of_path(page_path, pages))
        and reader.covers(level_of_path(collection_path, collections))
    }
