"""YAML front matter with the line of every value; scalars stay text until a key says what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from portal.core.content_io.problems import BadContentError, KeyPath

MARK = "---"
FLOW_WIDTH = 100  # a list this short stands on one line
FLOW_WORD = 8  # so does a list of identifiers, however many

NO_ANCHORS = "Anker und Verweise (& und *) sind nicht erlaubt."
_GERMAN = {
    "mapping values are not allowed here": (
        "Hier steht ein Doppelpunkt mitten im Text; setzen Sie den ganzen Wert in Anführungszeichen."
    ),
    "could not find expected ':'": "Hier fehlt ein Doppelpunkt nach dem Schlüssel.",
    "expected <block end>, but found": "Die Einrückung stimmt nicht, oder ein Anführungszeichen fehlt.",
    "found unexpected end of stream": "Ein Anführungszeichen ist nicht geschlossen.",
    "found character '\\t' that cannot start any token": "Rücken Sie mit Leerzeichen ein, nicht mit Tabulatoren.",
    "expected ',' or ']'": "Die Liste in eckigen Klammern ist nicht geschlossen.",
    "expected ',' or '}'": "Die geschweifte Klammer ist nicht geschlossen, oder es fehlt ein Komma.",
    "sequence entries are not allowed here": (
        "Eine Liste mit Spiegelstrichen beginnt in der Zeile nach dem Schlüssel; sonst setzen Sie den ganzen Wert "
        "in Anführungszeichen."
    ),
    "found unknown escape character": (
        "In doppelten Anführungszeichen hat der umgekehrte Schrägstrich \\ eine eigene Bedeutung; nehmen Sie "
        "einfache Anführungszeichen."
    ),
    "expected escape sequence of": (
        "In doppelten Anführungszeichen hat der umgekehrte Schrägstrich \\ eine eigene Bedeutung; nehmen Sie "
        "einfache Anführungszeichen."
    ),
    "expected the node content": (
        "Ein Wert beginnt mit einer Klammer oder einem Komma; setzen Sie ihn in Anführungszeichen."
    ),
    "expected chomping or indentation indicators": (
        "Nach | oder > beginnt der Text in der nächsten Zeile; sonst setzen Sie den Wert in Anführungszeichen."
    ),
    "found character": "Ein Wert beginnt mit einem Sonderzeichen; setzen Sie ihn in Anführungszeichen.",
}


class _Loader(yaml.BaseLoader):
    """Composes nodes; anchors and aliases, which can blow up a small file, are refused."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # the parser mixin is untyped
        if getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem=NO_ANCHORS, problem_mark=event.start_mark)
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_list(dumper: _Dumper, data: list[Any]) -> yaml.Node:
    plain = all(not isinstance(item, list | dict) for item in data)
    lengths = [len(str(item)) for item in data]
    short = plain and (sum(lengths) + 4 * len(data) <= FLOW_WIDTH or max(lengths) <= FLOW_WORD)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=short)


def _represent_text(dumper: _Dumper, data: str) -> yaml.Node:
    """Write the line ends of YAML 1.1 that are no line ends elsewhere as escapes, or they would become blanks.

    Text of several lines stands as it is read, where YAML can hold it so.
    """
    style = '"' if any(char in data for char in "\x85\u2028\u2029") else "|" if "\n" in data else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(list, _represent_list)
_Dumper.add_representer(str, _represent_text)


@dataclass
class FrontMatter:
    """The head of a file: values as text, lists and mappings, and the line each of them starts in."""

    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1
    first_line: int = 1

    def line_of(self, at: KeyPath) -> int:
        """Return the line of the nearest known place."""
        place = at
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, self.first_line) if place else self.first_line


def _german(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem or "")
    if problem == NO_ANCHORS:
        return problem
    for start, text in _GERMAN.items():
        if problem.startswith(start):
            return text
    return "Der Aufbau stimmt nicht. Setzen Sie den Wert in Anführungszeichen."


def _value(node: yaml.Node, at: KeyPath, lines: dict[KeyPath, int], first_line: int) -> Any:
    lines[at] = node.start_mark.line + first_line
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*at, index), lines, first_line) for index, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + first_line
        if not isinstance(key_node, yaml.ScalarNode):
            raise BadContentError("Ein Schlüssel muss ein Wort sein.", line=line)
        key = str(key_node.value)
        if key in result:
            raise BadContentError(f"Der Schlüssel „{key}“ steht zweimal da.", line=line)
        result[key] = _value(value_node, (*at, key), lines, first_line)
        lines[(*at, key)] = line
    return result


def parse_mapping(text: str, *, first_line: int) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    """Read a YAML mapping; every scalar is text. Raises `BadContentError` with the line in the file."""
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise BadContentError(f"Das YAML ist nicht lesbar: {_german(error)}", line=line) from error
    except yaml.YAMLError as error:
        raise BadContentError("Das YAML enthält ein nicht erlaubtes Zeichen.", line=first_line) from error
    except RecursionError as error:
        raise BadContentError("Das YAML ist zu tief verschachtelt.", line=first_line) from error
    if node is None:
        return {}, {}
    if not isinstance(node, yaml.MappingNode):
        raise BadContentError("Erwartet werden Zeilen der Form „schlüssel: Wert“.", line=first_line)
    lines: dict[KeyPath, int] = {}
    return _value(node, (), lines, first_line), lines


def dump_mapping(data: dict[str, Any]) -> str:
    """Write a YAML mapping in its one canonical form: order kept, short lists on one line, no wrapping."""
    if not data:
        return ""
    text = yaml.dump(
        data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"), default_flow_style=False
    )
    return str(text)


def parse(text: str) -> FrontMatter:
    """Split a file into front matter and body; line ends are normalised to LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if lines[0].rstrip(" ") != MARK:
        raise BadContentError("Die Datei muss mit einer Zeile „---“ und dem Kopf beginnen.", line=1)
    number = next((n for n, line in enumerate(lines[1:], start=2) if line.rstrip(" ") == MARK), 0)
    if not number:
        raise BadContentError("Der Kopf ist nicht geschlossen: Es fehlt die zweite Zeile „---“.", line=1)
    head = "\n".join(lines[1 : number - 1])
    data, places = parse_mapping(head, first_line=2)
    return FrontMatter(data=data, lines=places, body="\n".join(lines[number:]), body_line=number + 1)


def dump(data: dict[str, Any], body: str) -> str:
    """Write a whole file; `body` without blank lines around it."""
    head = f"{MARK}\n{dump_mapping(data)}{MARK}\n"
    return f"{head}\n{body}\n" if body else head
