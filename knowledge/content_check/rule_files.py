"""The rules of the content's own: accepted exceptions and open points, each a sheet like the facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.core.content_io import BadContentError, Key, Kind, Parsed, parse_sheet
from portal.core.content_io.keys import list_of, words_of

EXCEPTIONS_FILE = "exceptions.toml"
OPEN_POINTS_FILE = "open-points.toml"


class _PatternsKey(Key):
    """A list of regular expressions."""

    def parse(self, raw: Any) -> list[str]:
        for index, pattern in enumerate(words := words_of(raw)):
            try:
                re.compile(pattern)
            except re.error as error:
                message = f"„{pattern}“ ist kein regulärer Ausdruck: {error.msg}."
                raise BadContentError(message, at=(index,)) from error
        return words


class _ClaimsKey(Key):
    """A list of claims, each a list of regular expressions that stand together in one sentence in any order."""

    def parse(self, raw: Any) -> list[list[str]]:
        claims = []
        for index, terms in enumerate(list_of(raw)):
            try:
                claims.append(_PatternsKey("terms").parse(terms) if isinstance(terms, list) else [])
            except BadContentError as error:
                raise BadContentError(error.message, at=(index, *error.at)) from error
            if not claims[-1]:
                raise BadContentError("Eine Behauptung ist eine Liste von Ausdrücken.", at=(index,))
        return claims


_EXCEPTION = Kind(
    "exception",
    object,
    (
        Key("check", required=True),
        Key("file", required=True),
        Key("contains"),
        Key("reason", required=True),
    ),
    sheet=EXCEPTIONS_FILE,
    name_key="check",
)
_OPEN_POINT = Kind(
    "open-point",
    object,
    (
        Key("id", required=True),
        _ClaimsKey("claims", required=True),
        _PatternsKey("unless"),
        _ClaimsKey("about"),
        _PatternsKey("rests"),
        _PatternsKey("whom"),
        Key("reason", required=True),
        Key("ask", required=True),
    ),
    sheet=OPEN_POINTS_FILE,
    name_key="id",
)


@dataclass
class RuleFile:
    """The rows of one file; `problems` says what is wrong with it, each with its line."""

    name: str
    rows: list[Parsed]
    problems: list[tuple[int, str]]


def read_exceptions(folder: Path) -> RuleFile:
    return _read(folder, _EXCEPTION)


def read_open_points(folder: Path) -> RuleFile:
    return _read(folder, _OPEN_POINT)


def _read(folder: Path, kind: Kind) -> RuleFile:
    """Read a file of rules; one that is not there has none."""
    path = folder / kind.sheet
    if not path.is_file():
        return RuleFile(kind.sheet, [], [])
    try:
        rows = parse_sheet(kind, kind.sheet, path.read_text(encoding="utf-8"))
    except BadContentError as error:
        return RuleFile(kind.sheet, [], [(error.line or 1, error.message)])
    except UnicodeDecodeError:
        return RuleFile(kind.sheet, [], [(1, "Die Datei ist nicht in UTF-8 geschrieben.")])
    problems = [(fault.line or row.line_of(fault.at), fault.message) for row in rows for fault in row.errors]
    return RuleFile(kind.sheet, [row for row in rows if not row.errors], problems)
