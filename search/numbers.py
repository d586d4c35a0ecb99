"""Numbers as they are written, in groups or in one: which of them the content has.

Kept beside the words of an index, in a list of their own, so that a search for a standard ("EN 301 549") is known
from one for a file number or a telephone. Only what everybody may read counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from search.durable import write_durably

NUMBERS = "numbers.json"
# Among the words that are counted for an index a number begins with this, which no word does.
MARK = "#"
SHORTEST = 4
RUN = re.compile(r"\d[\d ./()\u00a0\u202f-]{2,}\d")
DATE = re.compile(r"\d{1,2}\.\s?\d{1,2}\.\s?(?:\d{4}|\d\d)")


def digits(number: str) -> str:
    """Return a number without what parts its groups, and without letters."""
    return "".join(char for char in number if char.isascii() and char.isdigit())


def number_runs(text: str) -> set[str]:
    """Return the numbers of a text from four digits on, as digits: each run, and each of its parts.

    Days are left out: a day of the content may be the birthday of somebody.
    """
    found: set[str] = set()
    for run in RUN.findall(text):
        for part in {run, *run.split()}:
            if len(number := digits(part)) >= SHORTEST and not DATE.fullmatch(part.strip("()")):
                found.add(number)
    return found


def save_numbers(path: Path, counted: Iterable[str]) -> None:
    """Write the numbers among counted words."""
    numbers = sorted(word[len(MARK) :] for word in counted if word.startswith(MARK))
    write_durably(path, json.dumps(numbers))


def load_numbers(path: Path) -> frozenset[str]:
    """Return the numbers of a file; none where there is no file."""
    return frozenset(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else frozenset()
