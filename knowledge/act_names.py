"""The names by which texts cite an act: one list for finding citations and for the pages to be read again."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MAX_NAME = 160
_EU_NUMBER = re.compile(r"\(((?:EU|EG|EWG))\)\s*(?:Nr\.\s*)?(\d+/\d+)")


def names_of(abbreviation: str, title: str, aliases: Iterable[str]) -> list[str]:
    """Return all names by which texts cite an act."""
    names = [abbreviation, *aliases]
    if len(title) <= _MAX_NAME:
        names.append(title)
    number = _EU_NUMBER.search(title)
    if number:
        for kind in ("VO", "Verordnung", "RL", "Richtlinie"):
            names += [f"{kind} ({number[1]}) {number[2]}", f"{kind} ({number[1]}) Nr. {number[2]}"]
    return names
