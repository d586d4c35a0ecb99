"""A second reader of calendar objects beside icalendar: RFC 5545's lines taken literally, by the standard library.

It refuses what lax readers forgive: other line ends than CRLF, lines over 75 octets, names in lower case, parts
that are not closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NAME = re.compile(r"[A-Z0-9-]+")
PARAMETER = re.compile(r';([A-Z0-9-]+)=("[^"]*"|[^";:,]*)')


@dataclass
class Component:
    """One part: its properties in order as (name, parameters, value), and the parts in it."""

    name: str
    properties: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)

    def value(self, name: str) -> str:
        (found,) = [value for key, _, value in self.properties if key == name]
        return found

    def parameters(self, name: str) -> dict[str, str]:
        (found,) = [parameters for key, parameters, _ in self.properties if key == name]
        return found

    def part(self, name: str) -> Component:
        (found,) = [part for part in self.parts if part.name == name]
        return found


def _lines(raw: bytes) -> list[str]:
    assert raw.endswith(b"\r\n")
    physical = raw[:-2].split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line and len(line) <= 75 for line in physical)
    logical: list[bytes] = []
    for line in physical:
        if line[:1] in (b" ", b"\t"):
            logical[-1] += line[1:]
        else:
            logical.append(line)
    return [line.decode("utf-8") for line in logical]


def _property(line: str) -> tuple[str, dict[str, str], str]:
    name = NAME.match(line)
    assert name, line
    at, parameters = name.end(), {}
    while found := PARAMETER.match(line, at):
        parameters[found[1]] = found[2].strip('"')
        at = found.end()
    assert line[at] == ":", line
    return name[0], parameters, line[at + 1 :]


def parse(raw: bytes) -> Component:
    """Return the one VCALENDAR of a text; whatever breaks the grammar is an AssertionError."""
    root = Component("")
    open_parts = [root]
    for line in _lines(raw):
        name, parameters, value = _property(line)
        if name == "BEGIN":
            part = Component(value)
            open_parts[-1].parts.append(part)
            open_parts.append(part)
        elif name == "END":
            assert open_parts.pop().name == value
        else:
            open_parts[-1].properties.append((name, parameters, value))
    assert open_parts == [root]
    return root.part("VCALENDAR")
