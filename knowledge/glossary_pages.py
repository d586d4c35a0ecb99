"""Which pages use a term: asked of the search, which has every page's words at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest

from knowledge.models import GlossaryTerm
from portal.core.context import level_of_request
from portal.core.seo import search_path
from search.finding import Result, find

KINDS = ("article", "question", "template", "topic")


@dataclass(frozen=True)
class Use:
    """Where a term is used: the best pages, how many there are, and the search for all of them."""

    results: list[Result] = field(default_factory=list)
    total: int = 0
    search_url: str = ""


def pages_using(term: GlossaryTerm, request: HttpRequest) -> Use:
    """Return the pages with the very words of a term, as far as this reader may see them."""
    words = f'"{term.term.replace(chr(34), " ")}"'
    found = find(words, level=level_of_request(request), kinds=KINDS)
    if found.relaxed:  # the words stand apart there: another matter
        return Use()
    return Use(found.results, found.total, f"{search_path()}?{urlencode({'q': words})}")
