"""What a Word file or pasted text becomes before it is a page: title, blocks, images, what was lost."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any, BinaryIO

from knowledge.word.convert import to_html, too_long
from knowledge.word.images import Gallery, Picture
from knowledge.word.losses import Losses
from knowledge.word.office_html import plain
from knowledge.word.package import RefusedError
from knowledge.word.writer import Piece, Writer, blocks, level_headings
from portal.core.blocks import MAX_BODY, markdown_error

MAX_TITLE = 255
_COUNTED = frozenset({"cross_reference"})  # the walk through the Word file knows page and field
MAX_PASTED = 8 * 1024 * 1024
_EMPTY = (
    "Das Dokument enthält keinen Text. Prüfen Sie, ob Sie die richtige Datei gewählt haben; eingescannte Seiten "
    "müssen zuerst in Text umgewandelt werden."
)


@dataclass
class Draft:
    """One converted document; `blocks` name images by their number in `pictures`."""

    title: str
    blocks: list[dict[str, Any]]
    pictures: list[Picture]
    losses: Losses


def from_word(file: BinaryIO, name: str) -> Draft:
    """Convert a .docx; raises RefusedError with a German message."""
    gallery, losses = Gallery(), Losses()
    source = to_html(file, name, gallery, losses)
    stem = name.rpartition(".")[0] or name
    return _draft(source, gallery, losses, " ".join(stem.replace("_", " ").split()), _COUNTED)


def from_paste(source: str, *, is_html: bool) -> Draft:
    """Convert what was pasted from an office program; raises RefusedError with a German message."""
    if len(source) > MAX_PASTED:
        raise RefusedError(
            "Der eingefügte Text ist zu groß. Speichern Sie ihn in Word als .docx und laden Sie die Datei hoch.",
            code="too_large",
        )
    if not is_html:
        paragraphs = (part.strip() for part in source.replace("\r\n", "\n").split("\n\n"))
        source = "".join(f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs if part)
    return _draft(source, Gallery(), Losses())


def _draft(
    source: str, gallery: Gallery, losses: Losses, name: str = "", counted: frozenset[str] = frozenset()
) -> Draft:
    try:
        writer = Writer(plain(source, losses), gallery, losses, counted)
        pieces = writer.write()
        title = _take_title(writer, pieces) or name
        level_headings(pieces, losses)
        body = blocks(pieces, writer)
    except RecursionError:
        raise RefusedError(
            "Der Inhalt ist zu tief verschachtelt. Lösen Sie Tabellen in Tabellen auf und versuchen Sie "
            "es erneut.",
            code="too_deep",
        ) from None
    if not body:
        raise RefusedError(_EMPTY, code="empty")
    _check_size(body)
    shown = sorted({block["image"] for block in body if block["kind"] == "image"})
    for block in body:
        if block["kind"] == "image":
            block["image"] = shown.index(block["image"])
    return Draft(title[:MAX_TITLE], body, [gallery.pictures[number] for number in shown], losses)


def _take_title(writer: Writer, pieces: list[Piece]) -> str:
    """Return the title: Word's own, else the first heading, which leaves the text if the text begins with it."""
    if writer.title:
        return writer.title
    heading = next((piece for piece in pieces if piece.level), None)
    if heading is None:
        return ""
    first = next((piece for piece in pieces if piece.image is None), None)
    is_only_top = sum(piece.level == heading.level for piece in pieces if piece.level) == 1
    if first is heading and (is_only_top or heading.level == 1) and heading.only_words:
        pieces.remove(heading)
    return heading.words


def _check_size(body: list[dict[str, Any]]) -> None:
    size = len(str(body))
    if size > MAX_BODY:
        raise too_long(size)
    for block in body:
        message = markdown_error(block.get("text", ""))
        if message:
            raise RefusedError(message, code="too_long")
