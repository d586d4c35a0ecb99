"""What a stored revision says, as lines of plain text: read from its JSON, so that old versions need no models.

Nothing of a version is ever shown as HTML: bodies become plain lines, and templates escape them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from knowledge.decisions.blocks import TREE_BLOCKS
from knowledge.finishing import CALLOUTS
from knowledge.markdown import PageMarkdown
from knowledge.versions.references import keys_of
from knowledge.versions.words import Line
from portal.core.blocks import BODY_BLOCKS

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = (
    frozenset(
        {
            "p",
            "li",
            "dt",
            "dd",
            "div",
            "blockquote",
            "pre",
            "caption",
            "figcaption",
            "ul",
            "ol",
            "dl",
            "table",
            "hr",
        }
    )
    | _HEADINGS
)
_VOID = frozenset({"br", "hr", "img", "col"})
LABELS = {
    name: "Text" if name in {"markdown", "text"} else str(block.label)
    for name, block in (*BODY_BLOCKS, *TREE_BLOCKS)
}
GLANCE = 1_500  # characters read for the name of a block that is not compared
NAME_LENGTH = 70
LINE_COST = 30


class _HtmlLines(HTMLParser):
    """Takes harmless HTML apart into lines; with `links`, the addresses of links stand behind their words."""

    def __init__(self, *, links: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self.links = links
        self._text: list[str] = []
        self._open: list[str] = []
        self._cells: list[tuple[str, str]] | None = None
        self._targets: list[str] = []

    def _words(self) -> str:
        text = " ".join("".join(self._text).replace("↩", " ").split())
        self._text = []
        return text

    def _flush(self) -> None:
        if self._cells is not None:
            self._text.append(" ")
        elif "pre" in self._open:
            source, self._text = "".join(self._text), []
            self.lines += [Line("code", (line.rstrip(),)) for line in source.split("\n") if line.strip()]
        elif text := self._words():
            heading = not _HEADINGS.isdisjoint(self._open)
            self.lines.append(Line("heading" if heading else "item" if "li" in self._open else "text", (text,)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _BLOCKS:
            self._flush()
        if tag == "tr":
            self._flush()
            self._cells = []
        elif tag in {"td", "th"}:
            self._text = []
        elif tag == "br":
            self._text.append("\n" if "pre" in self._open else " ")
        elif tag == "img" and values.get("alt"):
            self._text.append(f" [Bild: {values['alt']}] ")
        elif tag == "a":
            self._targets.append(values.get("href") or "")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._targets:
            target = self._targets.pop()
            if self.links and target and not target.startswith("#"):
                self._text.append(f" ({target})")
        if tag in {"td", "th"} and self._cells is not None:
            self._cells.append((tag, self._words()))
        elif tag == "tr" and self._cells is not None:
            kind = "head" if all(cell == "th" for cell, _ in self._cells) else "row"
            cells, self._cells = tuple(text for _, text in self._cells), None
            if any(cells):
                self.lines.append(Line(kind, cells))
        elif tag in _BLOCKS:
            self._flush()
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def finish(self) -> list[Line]:
        self.close()
        self._flush()
        return self.lines


@dataclass(frozen=True)
class RawBlock:
    """A block as a revision stores it."""

    kind: str
    value: Any
    id: str

    @property
    def cost(self) -> int:
        """What reading the block costs, in characters: a paragraph costs the renderer as much as thirty."""
        text = self.value if isinstance(self.value, str) else str(self.value)
        return len(text) + LINE_COST * max(text.count("\n"), text.count("\\n"))

    @property
    def label(self) -> str:
        return LABELS.get(self.kind, "Abschnitt")


def _text(value: Any) -> str:
    return " ".join(str(value or "").split())


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    """Return the values of a stored list block, in its present form or the one before it."""
    items = value if isinstance(value, list) else []
    return [item["value"] if isinstance(item, dict) and "value" in item else item for item in items]


class BlockReader:
    """Reads blocks as lines; `names` are those of the pages they name by key alone."""

    def __init__(self, names: Mapping[int, str] | None = None, *, links: bool = False) -> None:
        self.links = links
        self._names = names or {}
        self._markdown = PageMarkdown()
        self._readers: dict[str, Callable[[Any], Iterable[Line]]] = {
            "markdown": self._md,
            "text": lambda value: self._html(str(value or "")),
            "callout": self._callout,
            "steps": self._items,
            "accordion": self._items,
            "checklist": self._checklist,
            "table": self._table,
            "quote": self._quote,
            "image": self._image,
            "file": self._file,
            "question": self._question,
            "step": self._step,
            "result": self._result,
        }

    def lines(self, block: RawBlock) -> list[Line]:
        """Return what a block says; one of an unknown kind says nothing."""
        reader = self._readers.get(block.kind)
        return [line for line in reader(block.value) if any(line.cells)] if reader else []

    def _html(self, source: str) -> list[Line]:
        parser = _HtmlLines(links=self.links)
        parser.feed(source)
        return parser.finish()

    def _md(self, source: Any) -> list[Line]:
        return self._html(self._markdown.render(str(source or "")))

    def _callout(self, value: Any) -> list[Line]:
        value = _dict(value)
        label = CALLOUTS.get(str(value.get("kind")), CALLOUTS["hinweis"])[2]
        return [Line("heading", (_text(value.get("title")) or label,)), *self._md(value.get("text"))]

    def _items(self, value: Any) -> list[Line]:
        value = _dict(value)
        lines = [Line("heading", (_text(value.get("title")),))]
        for item in map(_dict, _list(value.get("items"))):
            lines += [Line("heading", (_text(item.get("title")),)), *self._md(item.get("text"))]
        return lines

    def _checklist(self, value: Any) -> list[Line]:
        value = _dict(value)
        lines = [Line("heading", (_text(value.get("title")),))]
        for item in map(_dict, _list(value.get("items"))):
            parts = [_text(item.get("text"))]
            parts += [f"{label}: {text}" for name, label in (("role", "Rolle"), ("reason", "Grund"))
                      if (text := _text(item.get(name)))]  # fmt: skip
            lines.append(Line("item", (" – ".join(parts),)))
        return lines

    def _table(self, value: Any) -> list[Line]:
        value = _dict(value)
        table = _dict(value.get("table"))
        heads = tuple(_text(_dict(column).get("heading")) for column in table.get("columns") or [])
        lines = [Line("text", (_text(value.get("caption")),)), Line("head", heads)]
        rows = [_dict(row).get("values") or [] for row in table.get("rows") or []]
        return [*lines, *(Line("row", tuple(self._cell(cell) for cell in row)) for row in rows)]

    def _cell(self, value: Any) -> str:
        """Return the words of a table cell; only what has a mark of Markdown is rendered."""
        source = _text(value)
        if not any(mark in source for mark in "*_`[<&\\"):
            return source
        return " ".join(line.text for line in self._md(source))

    def _quote(self, value: Any) -> list[Line]:
        value = _dict(value)
        source = _text(f"{value.get('source') or ''} {value.get('url') or ''}")
        return [*self._md(value.get("text")), Line("text", (f"Quelle: {source}",))]

    def _image(self, value: Any) -> list[Line]:
        value = _dict(value)
        texts = [text for name in ("alt", "caption") if (text := _text(value.get(name)))]
        return [Line("text", (text,)) for text in texts]

    def _file(self, value: Any) -> list[Line]:
        return [Line("text", (_text(_dict(value).get("title")),))]

    def _question(self, value: Any) -> list[Line]:
        return [Line("text", (self._names.get(key, ""),)) for key in keys_of("question", value)]

    def _step(self, value: Any) -> list[Line]:
        value = _dict(value)
        lines = [Line("heading", (_text(value.get("question")),)), *self._md(value.get("help"))]
        answers = map(_dict, _list(value.get("answers")))
        said = (f"{_text(row.get('label'))} (weiter zu „{_text(row.get('next'))}“)" for row in answers)
        return [*lines, *(Line("item", (text,)) for text in said)]

    def _result(self, value: Any) -> list[Line]:
        value = _dict(value)
        lines = [Line("heading", (_text(value.get("statement")),)), *self._md(value.get("why"))]
        lines += [Line("text", (_text(line),)) for line in str(value.get("legal_basis") or "").splitlines()]
        for source in map(_dict, _list(value.get("sources"))):
            lines.append(Line("text", (_text(f"Quelle: {source.get('title')} {source.get('url') or ''}"),)))
        return [*lines, *(Line("item", (_text(line),)) for line in str(value.get("todo") or "").splitlines())]

    def name(self, block: RawBlock) -> str:
        """Return the first heading or words of a block, however long it is."""
        value = block.value
        if isinstance(value, str):
            value = value[:GLANCE]
        elif block.cost > GLANCE:
            return _text(_dict(value).get("title") or _dict(value).get("caption"))[:NAME_LENGTH]
        return name_of(self.lines(RawBlock(block.kind, value, block.id)))


def name_of(lines: list[Line]) -> str:
    """Return the first heading of some lines, or their first words."""
    heading = next((line.text for line in lines if line.kind == "heading"), "")
    text = heading or (lines[0].text if lines else "")
    return text if len(text) <= NAME_LENGTH else f"{text[:NAME_LENGTH].rsplit(' ', 1)[0]} …"
