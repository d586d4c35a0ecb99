"""References to unpublished pages: exports of what is published leave them out, imports must not lose them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from knowledge.content_io.blocks import Block
from knowledge.content_io.body import derived_id
from portal.core.content_io import Document
from portal.core.content_io.keys import EMPTY


def completed(document: Document, full: Document, shown: Document) -> Document:
    """Return a file's document with what it could not name put back.

    `full` is the stored object with all its references, `shown` the same as an export of published content shows
    it. What the file leaves as shown stays as stored. What it changes keeps the references it never saw: related
    pages, embedded questions, the next step; a link inside a text the file itself changes is gone.
    """
    if full.text() == shown.text():
        return document
    meta = {}
    for name, value in full.meta.items():
        merge = getattr(
            document.kind.key(name), "completed", _value
        )  # a key may know better what belongs together
        meta[name] = merge(document.meta.get(name), value, shown.meta.get(name))
    body = document.body
    if isinstance(body, list):
        body = _body(document.path, body, full.body, shown.body)
    return replace(document, meta={**document.meta, **meta}, body=body)


def _value(new: Any, full: Any, shown: Any) -> Any:
    if new == shown or (new in EMPTY and shown in EMPTY):
        return full
    if isinstance(new, list) and isinstance(full, list):
        return [*new, *(item for item in full if item not in (shown or []) and item not in new)]
    return new


def _named(path: str, blocks: list[Block]) -> dict[str, Block]:
    """Return the blocks by the id they have in the database, which is written where it is not the derived one."""
    named = {}
    for position, block in enumerate(blocks, start=1):
        name = block.id or derived_id(path, position)
        named[name] = replace(block, id=name)
    return named


def _body(path: str, new: list[Block], full: list[Block], shown: list[Block]) -> list[Block]:
    """Put hidden blocks back behind the block they followed, and hidden links back into unchanged blocks."""
    stored, seen, result = _named(path, full), _named(path, shown), _named(path, new)
    kept = [
        stored[name] if name in stored and seen.get(name) == block else block for name, block in result.items()
    ]
    before = ""
    for name, block in stored.items():
        if name not in seen and name not in result:
            places = [place for place, other in enumerate(kept) if other.id == before]
            kept.insert(places[0] + 1 if places else (0 if not before else len(kept)), block)
        before = name
    return kept
