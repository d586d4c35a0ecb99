"""The one rule of what a reader may find: live, and not restricted above the reader's level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django.db.models import QuerySet
from wagtail.models import CollectionViewRestriction

from portal.core.compiled import Row, ask, places
from portal.core.visibility import Visibility, level_of_path, levels_of_restrictions, restriction_levels
from search.registry import registry

# Results of one source that are looked up by the query that is compiled once; more are asked for as they come.
PLACES = 16


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
        if registry.source(name) is not None:
            by_source.setdefault(name, []).append(int(pk))
    return _permitted(_rows(by_source), reader) if by_source else set()


def _rows(by_source: Mapping[str, list[int]]) -> list[Row]:
    if any(len(pks) > PLACES for pks in by_source.values()):
        return list(_query(by_source))
    asked = {name: places(start * PLACES, PLACES) for start, name in enumerate(by_source)}
    # What is left over names the first one again.
    ids = {
        place: pk
        for name, pks in by_source.items()
        for place, pk in zip_longest(asked[name], pks, fillvalue=pks[0])
    }
    sources = tuple(map(registry.source, by_source))
    return ask(("visible", sources), lambda: _query(asked), ids)


def _query(by_source: Mapping[str, Sequence[int]]) -> QuerySet[Any, tuple[str, int, str, str]]:
    found = ((registry.source(name), pks) for name, pks in by_source.items())
    parts = [source.eligible(pks) for source, pks in found if source is not None]
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


def _permitted(rows: Sequence[Row], reader: Visibility) -> set[str]:
    pages = restriction_levels() if any(path for _, _, path, _ in rows) else []
    collections = collection_levels() if any(path for *_, path in rows) else []
    return {
        f"{name}:{pk}"
        for name, pk, page_path, collection_path in rows
        if reader.covers(level_of_path(page_path, pages))
        and reader.covers(level_of_path(collection_path, collections))
    }
