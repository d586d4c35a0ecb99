"""The excerpts of a page of results; of long files from their own pages.

An index keeps the beginning of a text to show, though it finds by all of it. What stands further back in a file is
read from the database, for all results of a page at once, and only where the beginning holds nothing of the query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from search.engines.base import Hit
from search.engines.entries import LONGEST_STORED_TEXT
from search.highlight import Highlighter, Snippet
from search.registry import registry

# Characters of files that are looked through for one page of results: as much as is kept of the longest file.
MOST_SEARCHED = 3_000_000


def excerpts(hits: Sequence[Hit], highlighter: Highlighter) -> dict[str, Snippet]:
    """Return the excerpts of results that the reader may see, by key: no query, or one for what is cut off."""
    found = {hit.key: highlighter.snippet(hit) for hit in hits}
    keys = [hit.key for hit in hits if not found[hit.key].answers and _is_cut(hit)]
    for key, pages in _within_bounds(registry.file_pages(keys) if keys else {}):
        further = highlighter.page_snippet(pages)
        if further is not None:
            found[key] = further
    return found


def _is_cut(hit: Hit) -> bool:
    """True for the text of a file that goes on behind what the index keeps."""
    return len(hit.text) >= LONGEST_STORED_TEXT and "\f" in hit.text


def _within_bounds(files: dict[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    left = MOST_SEARCHED
    for key, pages in files.items():
        size = sum(map(len, pages))
        if size <= left:
            left -= size
            yield key, pages
