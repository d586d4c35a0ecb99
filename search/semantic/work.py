"""Keeps the vectors current: a job that makes what is missing and forgets what is gone."""

from __future__ import annotations

from collections.abc import Callable

from search.registry import registry
from search.semantic.fusion import current_store

BATCH = 50


def renew_vectors(progress: Callable[[str], None] = lambda line: None) -> str:
    """Make the vectors of all findable documents; those whose text is known already cost nothing."""
    store = current_store()
    if store is None:
        return "Die Suche nach Bedeutung ist ausgeschaltet."
    keys: set[str] = set()
    made = 0
    for source in registry.sources:
        ids = list(source.ids())
        for start in range(0, len(ids), BATCH):
            documents = source.load(ids[start : start + BATCH])
            made += store.put(documents)
            keys |= {document.key for document in documents}
            progress(f"{len(keys)} Einträge, {made} Abschnitte neu gerechnet …")
    store.keep_only(keys)
    return f"{len(keys)} Einträge, {made} Abschnitte neu gerechnet."
