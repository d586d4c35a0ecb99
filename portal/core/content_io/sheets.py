"""Many small objects of one kind in one TOML file: `[[fact]]` after `[[fact]]`, sorted by identifier."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from portal.core.content_io.frontmatter import FrontMatter
from portal.core.content_io.keys import EMPTY
from portal.core.content_io.kinds import DRAFT, Document, Kind, Parsed, is_draft, meta_of
from portal.core.content_io.problems import BadContentError, KeyPath, reading, suggestion

_TABLE = re.compile(r"\s*\[\[?\s*([^\]\s]+)\s*\]?\]")
_KEY = re.compile(r"\s*\"?([A-Za-z0-9_-]+)\"?\s*=")
_LIKE_A_DATE = re.compile(r"=\s*\d{1,4}[-./]\d")
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_GERMAN = (
    ("Invalid date", "Das Datum gibt es nicht; erwartet wird ein Tag der Form JJJJ-MM-TT."),
    ("Cannot overwrite a value", "Der Schlüssel steht zweimal da."),
    ("Cannot declare", "Die Überschrift in eckigen Klammern steht in anderer Form schon da."),
    ("Expected '=' after a key", "Hier fehlt ein Gleichheitszeichen nach dem Schlüssel."),
    ("Invalid initial character for a key", "Hier wird ein Schlüssel erwartet."),
    ("Invalid value", "Der Wert ist nicht lesbar; Texte stehen in Anführungszeichen."),
    ("Expected newline", "Hinter dem Wert steht noch etwas; Texte stehen in Anführungszeichen."),
    ("Unterminated string", "Ein Anführungszeichen ist nicht geschlossen."),
    ("Illegal character", "Ein Anführungszeichen ist nicht geschlossen, oder der Text enthält ein Steuerzeichen."),
    ("Unescaped '\\'", "Ein umgekehrter Schrägstrich im Text wird doppelt geschrieben."),
    ("Unclosed array", "Eine Liste in eckigen Klammern ist nicht geschlossen."),
    ("Expected ']", "Die Überschrift in eckigen Klammern ist nicht geschlossen."),
)


def parse_sheet(kind: Kind, file: str, text: str) -> list[Parsed]:
    """Read a sheet; each object's own faults stand with it.

    Raises:
        BadContentError: the file as a whole cannot be read; with its line.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    data = _load(text)
    places = _places(text, kind.name)
    for name in data:
        if name != kind.name:
            found = f"Die Datei besteht aus Abschnitten [[{kind.name}]]; „{name}“ kennt sie nicht."
            raise BadContentError(found + suggestion(name, [kind.name]), line=_line_of_name(text, name))
    rows = data.get(kind.name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadContentError(f"Jeder Abschnitt beginnt mit der Zeile [[{kind.name}]].", line=1)
    return [
        _parsed(kind, file, number, row, places[number - 1] if number <= len(places) else {})
        for number, row in enumerate(rows, start=1)
    ]


def dump_sheet(kind: Kind, documents: Iterable[Document]) -> str:
    """Write a sheet in its one canonical form."""
    parts = [f"# {kind.sheet_note}\n"]
    for document in sorted(documents, key=lambda document: document.path):
        lines = [f"[[{kind.name}]]", *([f"{DRAFT} = true"] if document.draft else [])]
        for key in kind.keys:
            value = document.meta.get(key.name)
            if value not in EMPTY:
                lines.append(f"{key.name} = {_toml(value)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _toml(value: Any) -> str:
    """Write a text, a date, a number or a truth; a TOML basic string is a JSON string, but for DEL."""
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _load(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _german(str(error), text) from error
    except (RecursionError, ValueError) as error:
        raise BadContentError(
            "Das TOML ist nicht lesbar: zu tief verschachtelt oder eine zu lange Zahl."
        ) from error


def _german(message: str, text: str) -> BadContentError:
    lines = text.split("\n")
    place = _PLACE.search(message)
    number = int(place[1]) if place and place[1] else len(lines)
    shown = lines[number - 1] if number <= len(lines) else ""
    if _LIKE_A_DATE.search(shown):
        return BadContentError(_GERMAN[0][1], line=number)
    reason = next((german for start, german in _GERMAN if message.startswith(start)), "Der Aufbau stimmt nicht.")
    return BadContentError(f"Das TOML ist nicht lesbar: {reason}", line=number)


def _places(text: str, table: str) -> list[dict[KeyPath, int]]:
    """Return for each section the lines of its head (empty path) and of its keys; `tomllib` does not tell them."""
    found: list[dict[KeyPath, int]] = []
    quote = ""  # the quotation marks of a text over several lines
    for number, line in enumerate(text.split("\n"), start=1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if (head := _TABLE.match(line)) and head[1] == table:
            found.append({(): number})
        elif (key := _KEY.match(line)) and found:
            found[-1].setdefault((key[1],), number)
            quote = next((mark for mark in ('"""', "'''") if line.count(mark) == 1), "")
    return found


def _line_of_name(text: str, name: str) -> int:
    for number, line in enumerate(text.split("\n"), start=1):
        match = _TABLE.match(line) or _KEY.match(line)
        if match and match[1].split(".")[0] == name:
            return number
    return 1


def _raw(value: Any) -> Any:
    """Return a TOML value as the keys of the front matter expect it: scalars are text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value if isinstance(value, list | dict) else str(value)


def _parsed(kind: Kind, file: str, number: int, row: dict[str, Any], places: dict[KeyPath, int]) -> Parsed:
    data = {name: _raw(value) for name, value in row.items()}
    front = FrontMatter(data=data, lines=places, first_line=places.get((), 1))
    errors: list[BadContentError] = []
    draft = is_draft(kind, front, errors)
    with reading(draft=draft):
        meta = meta_of(kind, front, errors)
    name = str(meta.get(kind.name_key) or f"nr-{number}")
    return Parsed(file, Document(kind, f"{kind.folder}/{name}", meta, draft=draft), front, errors, part=name)
