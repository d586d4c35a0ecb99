"""The open points of the content: what is not verified, how it may not be said, and where to find it out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from knowledge.content_check.content import Content
from knowledge.content_check.left_open import Span, is_left_open
from knowledge.content_check.rule_files import read_open_points

Terms = list[re.Pattern[str]]
# "Fragen Sie die Kompetenzstelle", "Ob …, steht im Bundesanzeiger", "Den Text finden Sie in der Rechtsdatenbank".
_SENDS = re.compile(
    r"\b(?:(?:er|nach)?frag\w*|prüf\w*|klär\w*|(?:nach)?seh\w*|sieh\w*|(?:nach)?les\w*|such\w*|wend\w*|hol\w*|l[aä]ss\w*|"
    r"schreib\w*|beobacht\w*|bestätig\w*|find\w*|steht|gibt)\b",
    re.IGNORECASE,
)


class OpenPoint:
    """One open point: what claims it, which words ask it, and whom to ask or where to look."""

    def __init__(self, meta: dict[str, Any]) -> None:
        self.name, self.reason, self.ask = str(meta["id"]), str(meta["reason"]), str(meta["ask"])
        self.claims = [_terms(claim) for claim in meta["claims"]]
        self.unless = _terms(meta.get("unless") or [])
        self.about = [_terms(words) for words in meta.get("about") or []]
        self.rests = _terms(meta.get("rests") or [])
        self.whom = _terms(meta.get("whom") or [])

    def says(self, sentence: str) -> str:
        """Return the words that claim it in a sentence; empty where none do or the sentence leaves it open."""
        if any(pattern.search(sentence) for pattern in self.unless):
            return ""
        for claim in self.claims:
            for spans in _places(claim, sentence):
                if not is_left_open(sentence, spans):
                    return sentence[min(start for start, _ in spans) : max(end for _, end in spans)]
        return ""

    def is_meant(self, text: str) -> bool:
        """True for a text that speaks of what is open here, certain or not."""
        return any(all(term.search(text) for term in words) for words in self.about)

    def rested_on(self, text: str) -> str:
        """Return the words for which a text has to be looked at when the point is settled, whatever it says."""
        return next((found[0] for pattern in self.rests if (found := pattern.search(text))), "")

    def sends_on(self, sentence: str) -> bool:
        """True for a sentence that says whom to ask or where to look."""
        return any(pattern.search(sentence) for pattern in self.whom) and bool(_SENDS.search(sentence))


def open_points(content: Content) -> list[OpenPoint]:
    """Return the open points of the content; what is wrong with their file is for `gewissheit` to report."""
    return [OpenPoint(row.document.meta) for row in read_open_points(content.rules).rows if row.document]


def _terms(patterns: list[str]) -> Terms:
    return [re.compile(pattern, re.IGNORECASE) for pattern in patterns]


def _places(claim: Terms, sentence: str) -> Iterator[list[Span]]:
    """Yield where the terms of a claim stand: each time the first is there, with the others nearest to it.

    German puts the terms of a claim in any order, so all have to be there, wherever.
    """
    found = [[match.span() for match in term.finditer(sentence)] for term in claim]
    if all(found):
        for first in found[0]:
            yield [first, *(min(spans, key=lambda span: abs(span[0] - first[0])) for spans in found[1:])]
