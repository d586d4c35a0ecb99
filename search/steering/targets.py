"""Between the keys of the search and what a person chooses and reads: pages, titles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.core.visibility import Visibility
from search.pages import PageSource
from search.registry import registry


def key_of_page(page: Any) -> str:
    """Return the key of a page that is findable now; nothing for any other."""
    for source in registry.sources:
        if isinstance(source, PageSource) and source.model is page.specific_class:
            found = source.queryset().filter(pk=page.pk).exists()
            return f"{source.name}:{page.pk}" if found else ""
    return ""


def page_of_key(key: str) -> int | None:
    """Return the id of the page behind a key; None where the key names something else."""
    name, _, pk = key.rpartition(":")
    return int(pk) if isinstance(registry.source(name), PageSource) and pk.isdigit() else None


def titles(keys: Iterable[str]) -> dict[str, str]:
    """Return the titles of keys; of what is not findable (any more) the key is left out."""
    known = [key for key in set(keys) if key.rpartition(":")[2].isdigit()]
    return {key: document.title for key, document in registry.load_keys(known).items() if document}


def level_of_target(key: str) -> Visibility:
    """Return the level that what a key names asks of its readers; public where it is not findable (any more)."""
    document = registry.load_keys([key]).get(key) if key.rpartition(":")[2].isdigit() else None
    return document.level if document else Visibility.PUBLIC
