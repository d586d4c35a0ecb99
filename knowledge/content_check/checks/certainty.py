"""What is not verified is never said as if it were (the content's own `open-points.toml`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from knowledge.content_check.attached import Attached
from knowledge.content_check.content import Content, Subject
from knowledge.content_check.left_open import Span, is_left_open
from knowledge.content_check.passages import Passage, Place
from knowledge.content_check.registry import Finding
from knowledge.content_check.rule_files import OPEN_POINTS_FILE, read_open_points
from portal.core.sentences import split_sentences

NAME = "gewissheit"
TITLE = "Offene Punkte stehen nicht als Tatsache da"


def run(content: Content) -> Iterator[Finding]:
    rules = read_open_points(content.rules)
    for line, message in rules.problems:
        yield Finding(OPEN_POINTS_FILE, line, NAME, message)
    points = [OpenPoint(row.document.meta) for row in rules.rows if row.document]
    for subject in content.with_words:
        if isinstance(subject, Attached) or not subject.is_fact:
            yield from _of_subject(subject, points)


class OpenPoint:
    """One open point: what must not be said, and the words that make it an open question."""

    def __init__(self, meta: dict[str, Any]) -> None:
        self.name, self.reason, self.ask = str(meta["id"]), str(meta["reason"]), str(meta["ask"])
        self.claims = [[re.compile(term, re.IGNORECASE) for term in claim] for claim in meta["claims"]]
        self.unless = [re.compile(pattern, re.IGNORECASE) for pattern in meta.get("unless") or []]

    def says(self, sentence: str) -> str:
        """Return the words that claim it in a sentence; empty where none do or the sentence leaves it open."""
        if any(pattern.search(sentence) for pattern in self.unless):
            return ""
        for claim in self.claims:
            for spans in _places(claim, sentence):
                if not is_left_open(sentence, spans):
                    return sentence[min(start for start, _ in spans) : max(end for _, end in spans)]
        return ""


def _places(claim: list[re.Pattern[str]], sentence: str) -> Iterator[list[Span]]:
    """Yield where the terms of a claim stand: each time the first is there, with the others nearest to it.

    German puts the terms of a claim in any order, so all have to be there, wherever.
    """
    found = [[match.span() for match in term.finditer(sentence)] for term in claim]
    if all(found):
        for first in found[0]:
            yield [first, *(min(spans, key=lambda span: abs(span[0] - first[0])) for spans in found[1:])]


def _refuted(subject: Subject | Attached, passage: Passage) -> bool:
    """True for what a page on misunderstandings quotes as a heading: below it stands what is right."""
    if passage.place is not Place.HEADING or not isinstance(subject, Subject):
        return False
    quoted = passage.plain.startswith("„") and passage.plain.endswith("“")
    return quoted and subject.meta.get("kind") == "missverstaendnis"


def _of_subject(subject: Subject | Attached, points: list[OpenPoint]) -> Iterator[Finding]:
    for passage in subject.passages:
        if _refuted(subject, passage):
            continue
        for sentence in split_sentences(passage.plain):
            for point in points:
                if words := point.says(sentence):
                    message = (
                        f"„{words}“ ist nicht gesichert ({point.name}: {point.reason}). Schreiben Sie es als "
                        f"offene Frage; zu klären bei: {point.ask}."
                    )
                    yield subject.error(NAME, passage.line_of(words), message)
