"""ranking.toml as people read it: each weight with its reason and measured effect, from its comments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from search.ranking import PATH

SECTION = re.compile(r"\[(?P<name>\w+)\]\s*(?:#\s*(?P<text>.*))?")
WEIGHT = re.compile(r"(?P<name>\w+)\s*=\s*(?P<value>[\d.]+)\s*(?:#\s*(?P<reason>[^|]*)(?:\|\s*(?P<effect>.*))?)?")


@dataclass(frozen=True)
class Weight:
    name: str
    value: str
    reason: str
    effect: str


@dataclass
class Section:
    name: str
    text: str
    weights: list[Weight] = field(default_factory=list)


@lru_cache(maxsize=1)
def sections() -> list[Section]:
    """Return the file in its order; "# reason | effect" behind a weight are its reason and its effect."""
    found: list[Section] = []
    for line in PATH.read_text(encoding="utf-8").splitlines():
        if match := SECTION.fullmatch(line.strip()):
            found.append(Section(match["name"], (match["text"] or "").strip()))
        elif (match := WEIGHT.fullmatch(line.strip())) and found:
            found[-1].weights.append(
                Weight(*((match[part] or "").strip() for part in ("name", "value", "reason", "effect")))
            )
    return found
