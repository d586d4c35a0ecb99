"""Cuts a document into passages short enough for one vector, each with the title before it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from search.documents import SearchDocument

LONGEST = 700
MOST = 60
BREAKS = re.compile(r"(?<=[.!?:])\s+|\n+|\f")


def passages(document: SearchDocument) -> list[str]:
    """Return the passages of a document; a short one is one passage."""
    title = document.question or document.title
    text = "\n".join(filter(None, (document.summary, document.text)))
    pieces = list(_pieces(text)) or [""]
    return [f"{title}\n{piece}".strip() for piece in pieces[:MOST]]


def _pieces(text: str) -> Iterator[str]:
    piece = ""
    for part in BREAKS.split(text):
        part = " ".join((part or "").split())[:LONGEST]  # noqa: PLW2901 - without its blanks
        if piece and len(piece) + len(part) > LONGEST:
            yield piece
            piece = ""
        piece = f"{piece} {part}".strip()
    if piece:
        yield piece
