"""Each block of a body as a directive: its content to a neutral value and back.

Neutral values hold no database keys: pages are slug paths, files are paths under `dateien/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from knowledge.content_io.scan import (
    COLONS,
    ITEM,
    code_lines,
    escape,
    has_open_code,
    one_line,
    split_title,
    title_text,
    trim,
    unescape,
)
from portal.core.content_io import BadContentError, lacking, suggestion
from portal.core.content_io.frontmatter import dump_mapping, parse_mapping

BLOCK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}$")


@dataclass
class Block:
    """One block: kind as in the StreamField, neutral value, and the id where it is not the derived one."""

    kind: str
    value: Any
    id: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Raw:
    """What stands between two fences: title, attributes, text, the line of the opening fence."""

    name: str
    title: str
    attributes: list[str]
    text: str
    line: int
    raw: bool  # opened with more than three colons: code is not looked at

    @property
    def first_line(self) -> int:
        return self.line + 1


@dataclass(frozen=True)
class Written:
    """How a block is written: title and attributes of the opening line, text, and whether raw."""

    name: str
    text: str
    title: str = ""
    attributes: tuple[str, ...] = ()
    raw: bool = False


def _no_title(raw: Raw) -> None:
    if raw.title:
        raise BadContentError(f"„:::{raw.name}“ hat keinen Titel.", line=raw.line)


def _id_of(attributes: Iterable[str], *, line: int) -> str:
    for attribute in attributes:
        if not attribute.startswith("#") or not BLOCK_ID.match(attribute[1:]):
            raise BadContentError(f"Die Angabe „{{{attribute}}}“ ist hier nicht bekannt.", line=line)
        return attribute[1:]
    return ""


def _with_id(title: str, block_id: str) -> str:
    return " ".join(part for part in (title_text(title), f"{{#{block_id}}}" if block_id else "") if part)


# -- text ------------------------------------------------------------------------------------------------


def _parse_text(raw: Raw) -> str:
    _no_title(raw)
    return trim(raw.text if raw.raw else unescape(raw.text, COLONS, respect_code=True))


def _write_text(name: str) -> Callable[[str], Written]:
    def write(value: str) -> Written:
        text = trim(value)
        if has_open_code(text):
            return Written(name, text, raw=True)
        return Written(name, escape(text, COLONS, respect_code=True))

    return write


def _parse_callout(raw: Raw) -> dict[str, Any]:
    text = trim(raw.text if raw.raw else unescape(raw.text, COLONS, respect_code=True))
    if not text:
        lacking(f"„:::{raw.name}“ hat keinen Text.", line=raw.line)
    return {"kind": raw.name, "title": raw.title, "text": text}


def _write_callout(value: dict[str, Any]) -> Written:
    written = _write_text(value["kind"])(value["text"])
    return Written(written.name, written.text, title=value["title"], raw=written.raw)


# -- items -----------------------------------------------------------------------------------------------


def _parse_items(raw: Raw) -> dict[str, Any]:
    lines = raw.text.split("\n")
    inside = [False] * len(lines) if raw.raw else code_lines(lines)
    starts = [n for n, line in enumerate(lines) if re.match(r"###(?:[ \t]|$)", line) and not inside[n]]
    before = "\n".join(lines[: starts[0]] if starts else lines)
    message = f"„:::{raw.name}“ braucht Abschnitte, die mit „### Titel“ beginnen."
    if before.strip():
        raise BadContentError(message, line=raw.line)
    if not starts:
        lacking(message, line=raw.line)
    items = []
    for start, end in zip(starts, [*starts[1:], len(lines)][: len(starts)], strict=True):
        line = raw.first_line + start
        title, attributes = split_title(lines[start][3:])
        if not title:
            lacking("Nach „###“ fehlt der Titel.", line=line)
        text = "\n".join(lines[start + 1 : end])
        text = unescape(text, ITEM, respect_code=not raw.raw)
        if not raw.raw:
            text = unescape(text, COLONS, respect_code=True)
        items.append({"title": title, "text": trim(text), "id": _id_of(attributes, line=line)})
    return {"title": raw.title, "items": items}


def _write_items(name: str) -> Callable[[dict[str, Any]], Written]:
    def write(value: dict[str, Any]) -> Written:
        raw = any(has_open_code(trim(item["text"])) for item in value["items"])
        parts = []
        for item in value["items"]:
            text = escape(trim(item["text"]), ITEM, respect_code=not raw)
            if not raw:
                text = escape(text, COLONS, respect_code=True)
            head = f"### {_with_id(item['title'], item['id'])}".rstrip()
            parts.append(f"{head}\n{text}" if text else head)
        return Written(name, "\n\n".join(parts), title=value["title"], raw=raw)

    return write


# -- checklist -------------------------------------------------------------------------------------------

_TASK = re.compile(r"[-*] \[[ xX]?\](?:[ \t]+(.*)|)$")
_DETAIL = {"Rolle": "role", "Grund": "reason"}


def _parse_checklist(raw: Raw) -> dict[str, Any]:
    items: list[dict[str, str]] = []
    for line, text in enumerate(raw.text.split("\n"), start=raw.first_line):
        if not text.strip(" \t"):
            continue
        task = _TASK.match(text)
        if task:
            title, attributes = split_title(task[1] or "")
            if not title:
                lacking("Nach „- [ ]“ fehlt die Aufgabe.", line=line)
            items.append({"text": title, "role": "", "reason": "", "id": _id_of(attributes, line=line)})
            continue
        name, colon, detail = text.strip(" \t").partition(":")
        if not items or text[0] not in " \t" or not colon or name not in _DETAIL:
            message = "In einer Checkliste stehen nur „- [ ] Aufgabe“ und eingerückt „Rolle: …“ oder „Grund: …“."
            raise BadContentError(message, line=line)
        items[-1][_DETAIL[name]] = one_line(detail)
    if not items:
        lacking("Die Checkliste hat keine Punkte.", line=raw.line)
    return {"title": raw.title, "items": items}


def _write_checklist(value: dict[str, Any]) -> Written:
    lines = []
    for item in value["items"]:
        lines.append(f"- [ ] {_with_id(item['text'], item['id'])}".rstrip())
        lines += [f"  {name}: {one_line(item[key])}" for name, key in _DETAIL.items() if one_line(item[key])]
    return Written("checkliste", "\n".join(lines), title=value["title"])


# -- table -----------------------------------------------------------------------------------------------

FIRST_COLUMN = "erste-spalte"


def _cells(line: str) -> list[str]:
    text = line.strip(" \t")
    text = text[1:] if text.startswith("|") else text
    cells = re.findall(r"((?:\\.|[^|\\]|\\$)*)(?:\||$)", text)[:-1]
    return [re.sub(r"\\([\\|])", r"\1", one_line(cell)) for cell in cells]


def _parse_table(raw: Raw) -> dict[str, Any]:
    first = FIRST_COLUMN in raw.attributes
    if not raw.title:
        lacking("Die Tabelle braucht eine Beschriftung: „:::tabelle Beschriftung“.", line=raw.line)
    numbered = [
        (n, text) for n, text in enumerate(raw.text.split("\n"), start=raw.first_line) if text.strip(" \t")
    ]
    rows = [(line, _cells(text)) for line, text in numbered]
    if not rows:  # as the editor leaves one to which nobody has added a column yet
        return {"caption": raw.title, "first_column_is_header": first, "head": [], "rows": []}
    if len(rows) < 2 or not all(re.fullmatch(r":?-+:?", cell) for cell in rows[1][1]):
        raise BadContentError("Die Tabelle braucht eine Kopfzeile und darunter „|---|---|“.", line=raw.line)
    width = len(rows[0][1])
    for line, cells in rows:
        if len(cells) != width:
            raise BadContentError(f"Die Zeile hat {len(cells)} Zellen, die Kopfzeile {width}.", line=line)
    return {
        "caption": raw.title,
        "first_column_is_header": first,
        "head": rows[0][1],
        "rows": [cells for _, cells in rows[2:]],
    }


def _write_table(value: dict[str, Any]) -> Written:
    def row(cells: list[str]) -> str:
        return "| " + " | ".join(re.sub(r"[\\|]", r"\\\g<0>", one_line(cell)) for cell in cells) + " |"

    lines = [row(value["head"]), "|" + "---|" * len(value["head"]), *(row(cells) for cells in value["rows"])]
    if not value["head"]:
        lines = []
    attributes = (FIRST_COLUMN,) if value["first_column_is_header"] else ()
    return Written("tabelle", "\n".join(lines), title=value["caption"], attributes=attributes)


# -- quote -----------------------------------------------------------------------------------------------


def _parse_quote(raw: Raw) -> dict[str, Any]:
    _no_title(raw)
    text, _, last = trim(raw.text).rpartition("\n")
    match = re.match(r"--[ \t]+(.*?)(?:[ \t]+<([^<>]*)>)?$", last)
    if not match or not match[1]:
        raise BadContentError("Die letzte Zeile des Zitats nennt die Quelle: „-- Quelle“.", line=raw.line)
    text = trim(text if raw.raw else unescape(text, COLONS, respect_code=True))
    return {"text": text, "source": one_line(match[1]), "url": match[2] or ""}


def _write_quote(value: dict[str, Any]) -> Written:
    text = trim(value["text"])
    raw = has_open_code(text)
    source = one_line(value["source"])
    url = value["url"] or ""
    address = f" <{url}>" if url or re.search(r"<[^<>]*>$", source) else ""
    written = text if raw else escape(text, COLONS, respect_code=True)
    return Written("zitat", f"{written}\n\n-- {source}{address}", raw=raw)


# -- references ------------------------------------------------------------------------------------------

_IMAGE_KEYS = ("datei", "alternativtext", "bildunterschrift", "lizenz", "urheber")
_FILE_KEYS = ("datei", "titel", "lizenz")


def _parse_particulars(keys: tuple[str, ...], required: tuple[str, ...]) -> Callable[[Raw], dict[str, str]]:
    def parse(raw: Raw) -> dict[str, str]:
        _no_title(raw)
        data, lines = parse_mapping(raw.text, first_line=raw.first_line)
        for name, value in data.items():
            if name not in keys or not isinstance(value, str):
                message = f"Die Angabe „{name}“ ist hier nicht bekannt.{suggestion(name, keys)}"
                raise BadContentError(message, line=lines[(name,)])
        for name in required:
            if not one_line(data.get(name)):
                raise BadContentError(f"„:::{raw.name}“ braucht die Angabe „{name}“.", line=raw.line)
        return {name: one_line(data.get(name)) for name in keys}

    return parse


def _write_particulars(name: str, keys: tuple[str, ...]) -> Callable[[dict[str, str]], Written]:
    def write(value: dict[str, str]) -> Written:
        return Written(name, dump_mapping({key: value[key] for key in keys if value.get(key)}).rstrip("\n"))

    return write


def _parse_question(raw: Raw) -> str:
    _no_title(raw)
    path = raw.text.strip().strip("/")
    if not path or len(path.split()) != 1:
        raise BadContentError("„:::frage“ enthält den Pfad einer Frage, allein auf einer Zeile.", line=raw.line)
    return path


@dataclass(frozen=True)
class Directive:
    """The two directions of one directive; `kind` is the name of the block in the StreamField."""

    kind: str
    parse: Callable[[Raw], Any]
    write: Callable[[Any], Written]
    attributes: tuple[str, ...] = ()


_callout = Directive("callout", _parse_callout, _write_callout)
DIRECTIVES: dict[str, Directive] = {
    "hinweis": _callout,
    "wichtig": _callout,
    "frist": _callout,
    "praxisbeispiel": _callout,
    "schritte": Directive("steps", _parse_items, _write_items("schritte")),
    "akkordeon": Directive("accordion", _parse_items, _write_items("akkordeon")),
    "checkliste": Directive("checklist", _parse_checklist, _write_checklist),
    "tabelle": Directive("table", _parse_table, _write_table, (FIRST_COLUMN,)),
    "zitat": Directive("quote", _parse_quote, _write_quote),
    "bild": Directive(
        "image",
        _parse_particulars(_IMAGE_KEYS, ("datei", "alternativtext", "lizenz")),
        _write_particulars("bild", _IMAGE_KEYS),
    ),
    "datei": Directive(
        "file", _parse_particulars(_FILE_KEYS, ("datei",)), _write_particulars("datei", _FILE_KEYS)
    ),
    "frage": Directive("question", _parse_question, lambda path: Written("frage", path)),
    "text": Directive("text", _parse_text, _write_text("text")),
    "markdown": Directive("markdown", _parse_text, _write_text("markdown")),
}
WRITERS = {directive.kind: directive.write for directive in DIRECTIVES.values()}
