"""A plain tree as blocks of the site's own form: Markdown, and images between it (docs/content-format.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bs4.element import NavigableString, Tag

from knowledge.word.convert import IMAGE_SCHEME
from knowledge.word.images import Gallery, from_data_address
from knowledge.word.inline import BREAK, Inline, address, escape_start
from knowledge.word.losses import Losses
from knowledge.word.office_html import Plain
from knowledge.word.tables import Grid, flatten, inner_tables

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset({
    *HEADINGS, "p", "ul", "ol", "table", "blockquote", "div", "section", "article", "center", "dl", "dt", "dd",
    "pre",
})  # fmt: skip
MAX_CHUNK = 60_000
MAX_CAPTION = 300
MAX_LEVELS = 9
MAX_PLACE = 80
_FIGURE = re.compile(r"(?:Abbildung|Abb\.|Bild|Figure|Fig\.)\s", re.IGNORECASE)
_INDENT = "    "


@dataclass
class Piece:
    """One paragraph, heading, list or table as Markdown, or (with `image`) an image.

    `only_words`: a heading that says all it has in `words`, without link or footnote.
    """

    text: str = ""
    level: int = 0
    words: str = ""
    only_words: bool = True
    image: int | None = None
    caption: str = ""
    notes: list[str] = field(default_factory=list)


class Writer:
    """Turns a tree into pieces, in order; `title` is what the document itself says it is called.

    Kinds of loss in `counted` have been found before, with better places.
    """

    def __init__(self, plain: Plain, gallery: Gallery, losses: Losses, counted: frozenset[str]) -> None:
        self.plain = plain
        self._counted = counted
        self.gallery = gallery
        self.losses = losses
        self.title = ""
        self.pieces: list[Piece] = []
        self._images: list[int] = []
        self._of_notes: set[int] = set()
        self._keys: dict[str, int] = {}
        self._used: list[str] = []
        self._heading = ""
        self._inline = Inline(self._image, self._note, self._lost)

    # -- what the running text hands over -------------------------------------------------------------------

    @property
    def place(self) -> str:
        return f"Abschnitt „{self._heading}“" if self._heading else "am Anfang"

    def _lost(self, kind: str) -> None:
        if kind not in self._counted:
            self.losses.add(kind, self.place)

    def _image(self, tag: Tag) -> None:
        source = str(tag.get("src") or "")
        if source.startswith(IMAGE_SCHEME):
            self._images.append(int(source.removeprefix(IMAGE_SCHEME)))
            return
        data = from_data_address(source) if source.startswith("data:") else None
        if data is None:
            if source:
                self._lost("image_linked")
            return
        number, loss = self.gallery.add(data, str(tag.get("alt") or ""))
        if number is None:
            self._lost(loss)
        else:
            self._images.append(number)

    def _note(self, key: str) -> str:
        number = self._keys.setdefault(key, len(self._keys) + 1)
        self._used.append(key)
        return f"[^{number}]"

    # -- blocks ------------------------------------------------------------------------------------------------

    def write(self) -> list[Piece]:
        self._children(self.plain.body)
        return self.pieces

    def _children(self, parent: Tag) -> None:
        running: list[object] = []
        for node in list(parent.children):
            if isinstance(node, Tag) and (node.name in BLOCKS or node.find(list(BLOCKS)) is not None):
                self._paragraph(running)
                running = []
                self._block(node)
            else:
                running.append(node)
        self._paragraph(running)

    def _block(self, tag: Tag) -> None:
        if tag.name in HEADINGS:
            self._heading_of(tag)
        elif tag.name in {"ul", "ol"}:
            self._add("\n".join(self._list(tag, 0)), moved=True)
        elif tag.name == "table":
            self._table(tag)
        elif tag.name == "blockquote":
            self._quote(tag)
        elif tag.name == "p" and tag.find(list(BLOCKS)) is None:
            self._classed(tag)
        else:
            self._children(tag)

    def _heading_of(self, tag: Tag) -> None:
        text = self._inline.write(list(tag.children), bold=False).replace(BREAK, " ").replace("#", r"\#")
        level = int(tag.name[1])
        words = _words(tag)
        if text:
            self._heading = words[:MAX_PLACE]
        self._add(text, level=level, words=words, only_words=_only_words(tag))

    def _classed(self, tag: Tag) -> None:
        classes = tag.get_attribute_list("class")
        words = _words(tag)
        if "titel" in classes and not self.title and words:
            self._title_of(tag, words)
            return
        if "beschriftung" in classes and self._is_caption(words):
            if _only_words(tag) and tag.find("img") is None:
                self._inline.write(list(tag.children))  # for what its links may lose
                self.pieces[-1].caption = words
                return
            self._lost("caption_plain")
        self._paragraph(list(tag.children))

    def _title_of(self, tag: Tag, words: str) -> None:
        """Keep the words; images go below the title, and what a title cannot have is told by its own words."""
        self.title = words
        for mark in tag.find_all("fnref"):
            note = _words(self.plain.notes[str(mark["n"])])
            self.losses.add("title_plain", f"Fußnote „{note[:MAX_PLACE]}“")
            mark.decompose()
        for target in _targets(tag):
            self.losses.add("title_plain", f"Link {target[:MAX_PLACE]}")
        self._inline.write(list(tag.children))
        self._add("")

    def _is_caption(self, words: str) -> bool:
        if not self.pieces or self.pieces[-1].image is None or self.pieces[-1].caption:
            return False
        return len(words) <= MAX_CAPTION and bool(_FIGURE.match(words))

    def _paragraph(self, nodes: list[object]) -> None:
        if nodes:
            self._add(_lines(self._inline.write(nodes)))

    def _add(
        self, text: str, *, level: int = 0, words: str = "", only_words: bool = True, moved: bool = False
    ) -> None:
        """Add a piece and the images and footnotes met in it."""
        images, self._images = self._images, []
        notes, self._used = self._used, []
        if text.strip():
            self.pieces.append(Piece(text, level=level, words=words, only_words=only_words, notes=notes))
        for number in images:
            if moved:
                self._lost("image_moved")
            self.pieces.append(Piece(image=number))

    def _quote(self, tag: Tag) -> None:
        paragraphs = list(tag.find_all("p")) or [tag]
        texts = [_lines(self._inline.write(list(part.children))) for part in paragraphs]
        self._add("\n>\n".join(_prefixed(text, "> ") for text in texts if text), moved=True)

    def _list(self, tag: Tag, depth: int) -> list[str]:
        lines: list[str] = []
        number = _start(tag)
        for item in tag.find_all("li", recursive=False):
            own, below = self._item(item, depth)
            mark = f"{number}." if tag.name == "ol" else "-"
            lines += [f"{_INDENT * depth}{mark} {own}".rstrip() if own else ""] if own else []
            lines += below
            number += 1 if own else 0
        return [line for line in lines if line]

    def _item(self, item: Tag, depth: int) -> tuple[str, list[str]]:
        """Return the item's own text and the lines of the lists in it."""
        running: list[object] = []
        below: list[str] = []
        for node in _flat(item):
            if isinstance(node, Tag) and node.name in {"ul", "ol"}:
                below += self._list(node, min(depth + 1, MAX_LEVELS))
            elif isinstance(node, Tag) and node.name == "table":
                self.losses.add("table_plain", self.place)
                running += [
                    BREAK_TAG,
                    *(part for row in node.find_all("tr") for part in (*row.children, BREAK_TAG)),
                ]
            else:
                running.append(node)
        own = self._inline.write(running).replace(BREAK, "<br>")
        if below and not own:
            own = "–"
        return escape_start(own), below

    def _table(self, tag: Tag) -> None:
        for inner in inner_tables(tag):
            self._lost("table_nested")
            flatten(inner)
        grid = Grid(tag, self._cell)
        if grid.merged:
            self._lost("table_merged")
        if tag.caption is not None:
            self._paragraph(list(tag.caption.children))
        if grid.is_flat():
            if grid.rows:
                self._lost("table_plain")
            for text in grid.texts():
                self._add(_lines(text.replace("<br>", BREAK)), moved=True)
            self._add("", moved=True)
            return
        if not grid.has_header:
            self._lost("table_header")
        self._add(grid.markdown(), moved=True)

    def _cell(self, cell: Tag, is_head: bool) -> str:
        """Return a cell on one line; the header row is bold by itself."""
        parts: list[object] = []
        for node in _flat(cell):
            if isinstance(node, Tag) and node.name in {"ul", "ol"}:
                for number, item in enumerate(node.find_all("li"), start=1):
                    mark = f"{number}. " if node.name == "ol" else "• "
                    parts += [BREAK_TAG, NavigableString(mark), *(x for x in _flat(item) if not _is_list(x))]
            else:
                parts.append(node)
        return self._inline.write(parts, bold=not is_head).replace(BREAK, "<br>")

    def footnote(self, key: str) -> str:
        """Return the definition of a footnote; notes in notes stay plain text, images wait for `taken_images`."""
        note = self.plain.notes[key]
        for mark in note.find_all("fnref"):
            mark.decompose()
        text = self._inline.write(_flat(note)).replace(BREAK, "<br>")
        text = text or ("(Bild)" if self._images else "(leer)")
        return f"[^{self._keys[key]}]: {escape_start(text)}"

    def taken_images(self) -> list[int]:
        """Return the images met in footnotes since the last call, each once in the whole document."""
        images = [number for number in dict.fromkeys(self._images) if number not in self._of_notes]
        self._images = []
        self._of_notes.update(images)
        for _ in images:
            self.losses.add("image_moved", "Fußnoten")
        return images


BREAK_TAG: Any = Tag(name="br")


def _words(tag: Tag) -> str:
    """Return the words of an element on one line."""
    parts = (" " if isinstance(node, Tag) and node.name == "br" else node for node in tag.descendants)
    return " ".join("".join(part for part in parts if isinstance(part, str)).split())


def _targets(tag: Tag) -> list[str]:
    """Return the addresses that links in an element lead to on a page, too."""
    links = (address(str(link["href"])) for link in tag.find_all("a", href=True) if link.get_text(strip=True))
    return [target for target in links if target]


def _only_words(tag: Tag) -> bool:
    return tag.find("fnref") is None and not _targets(tag)


def _is_list(node: object) -> bool:
    return isinstance(node, Tag) and node.name in {"ul", "ol"}


def _flat(parent: Tag) -> list[object]:
    """Return the running content of an item or cell; its paragraphs are divided by line breaks."""
    nodes: list[object] = []
    for node in list(parent.children):
        if isinstance(node, Tag) and node.name in BLOCKS and node.name not in {"ul", "ol", "table"}:
            nodes += [BREAK_TAG, *_flat(node), BREAK_TAG]
        else:
            nodes.append(node)
    return nodes


def _start(tag: Tag) -> int:
    start = str(tag.get("start") or "")
    return int(start) if tag.name == "ol" and start.isdigit() and len(start) < 6 else 1


def _lines(text: str) -> str:
    """Return a paragraph: line breaks as Markdown writes them, no line that means something else."""
    lines = [escape_start(line.strip()) for line in text.split(BREAK)]
    return "  \n".join(line for line in lines if line)


def _prefixed(text: str, prefix: str) -> str:
    return "\n".join(f"{prefix}{line}" for line in text.split("\n"))


def level_headings(pieces: list[Piece], losses: Losses) -> None:
    """Make the topmost heading the second level (the first is the title), leave out none, end at the fourth."""
    above: list[tuple[int, int]] = []  # levels in the document and on the page of the headings this one is below
    for piece in pieces:
        if not piece.level:
            continue
        while above and above[-1][0] >= piece.level:
            above.pop()
        wanted = above[-1][1] + 1 if above else 2
        if wanted > 4:
            losses.add("heading_level", f"Abschnitt „{piece.words[:MAX_PLACE]}“")
        above.append((piece.level, min(wanted, 4)))
        piece.level = min(wanted, 4)


def blocks(pieces: list[Piece], writer: Writer) -> list[dict[str, Any]]:
    """Join the pieces to blocks; a block carries the footnotes it refers to, their images follow it."""
    result: list[dict[str, Any]] = []
    texts: list[str] = []
    keys: list[str] = []

    def close() -> None:
        if texts:
            notes = [writer.footnote(key) for key in dict.fromkeys(keys)]
            result.append({"kind": "markdown", "text": "\n\n".join([*texts, *notes])})
            result.extend({"kind": "image", "image": number, "caption": ""} for number in writer.taken_images())
        texts.clear()
        keys.clear()

    for piece in pieces:
        if piece.image is not None:
            close()
            result.append({"kind": "image", "image": piece.image, "caption": piece.caption})
            continue
        if sum(map(len, texts)) + len(piece.text) > MAX_CHUNK:
            close()
        texts.append(f"{'#' * piece.level} {piece.text}" if piece.level else piece.text)
        keys += piece.notes
    close()
    return result
