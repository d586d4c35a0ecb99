"""Which searches are counted: those of readers, as typed, on the first page and without filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

from portal.core.readers import is_reader
from search.insight.recorder import Searched, recorder

if TYPE_CHECKING:
    from search.views import Asked


def note_search(request: HttpRequest, asked: Asked) -> None:
    """Note an answered search; pages of results further on and filtered ones belong to the first."""
    found = asked.found
    if not found.engine or asked.filters.active or asked.page.number > 1:
        return
    if request.method != "GET" or not is_reader(request):
        return
    # A search with a typing error that was followed has found nothing by itself.
    hits = 0 if found.followed else found.total
    keys = () if found.followed else tuple(result.key for result in found.results)
    recorder.note(Searched(found.typed.text, hits, found.engine, round(asked.seconds * 1000), keys))
