"""Values by which a text is known to rest on a fact: whole dates, amounts, keys, counted things.

Years, months and small numbers are left out: they stand in too many facts to say which one is meant.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from knowledge.content_check.content import Subject
from knowledge.models import Fact

MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
)  # fmt: skip
_VALUE = re.compile(
    r"(?P<day>\d{1,2})\. ?(?:(?P<number>\d{1,2})\.|(?P<month>" + "|".join(MONTHS) + r")) ?(?P<year>\d{4})\b"
    r"|(?P<amount>\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+)\b"
    r"|(?P<key>\d{6,})\b"
    r"|(?P<count>\d{2,3}) (?P<thing>[A-ZÄÖÜ]\w{3,})"
)
# "Stand 19.08.2026", "(gelesen am 19.08.2026)": when it was read, not what was read.
_READ_ON = re.compile(r"(?:\bStand:?|\bgelesen (?:am|bis))(?: der Quelle:?)? $")
_STEM = 5  # "530 Mitgliedern" and "530 Mitglieder" are one thing
# What only sums up other facts, or is not known, is no ground for a value.
_NO_GROUND = {Fact.Mark.REFERENCE, Fact.Mark.OPEN}


def values_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield each value in its one form, and as it is written."""
    for found in _VALUE.finditer(text):
        before = text[max(0, found.start() - 30) : found.start()]
        if before[-1:].isdigit() or before[-1:] in {",", "."}:
            continue  # the end of a longer number
        if found["year"]:
            if not _READ_ON.search(before):
                month = int(found["number"]) if found["number"] else MONTHS.index(found["month"]) + 1
                yield f"{found['year']}-{month:02d}-{int(found['day']):02d}", found[0]
        elif found["count"]:
            yield f"{found['count']} {found['thing'][:_STEM]}", found[0]
        else:
            yield found[0], found[0]


class FactValues:
    """The values of all facts that are a ground of their own, with the facts that state them."""

    def __init__(self, facts: Iterable[Subject]) -> None:
        self._facts: dict[str, set[str]] = defaultdict(set)
        for fact in facts:
            if fact.meta.get("mark") not in _NO_GROUND and not fact.meta.get("unused"):
                for value, _ in values_in(fact.meta.get("statement") or ""):
                    self._facts[value].add(fact.document.name)

    def unnamed(self, subject: Subject) -> Iterator[tuple[int, str, list[str]]]:
        """Yield line, words and facts of values in a text none of whose facts it names, each value once."""
        named, told = set(subject.meta.get("facts") or []), set()
        for passage in subject.passages:
            for value, words in values_in(passage.plain):
                facts = self._facts.get(value, set())
                if facts and not facts & named and value not in told:
                    told.add(value)
                    yield passage.line_of(words), words, sorted(facts)
