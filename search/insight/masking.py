"""Masks what looks like a name, number or address in a search, before anything of it is stored.

Places of the reference data, acts and glossary terms are never masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from search.analysis import analyse
from search.insight.names import name_places
from search.mending import current_spelling
from search.query import recognise
from search.spelling import Spelling

LONGEST = 200
NAME, NUMBER, ADDRESS, MAIL = "[Name]", "[Zahl]", "[Anschrift]", "[E-Mail]"
MAIL_OR_LINK = re.compile(r"\S+@\S+|https?://\S+|www\.\S+", re.IGNORECASE)
STREET = re.compile(
    r"\b(?:[\w.]+[ -])?[\w-]*(?:stra(?:ß|ss)e|str\.?|gasse|allee|platz|weg|ring|damm|ufer|chaussee)"
    r"\s+\d{1,4}(?:\s?[a-z])?\b",
    re.IGNORECASE,
)
# Reference numbers, accounts, phone numbers: four digits and more, also in groups or with letters.
NUMBERS = re.compile(r"(?<![\w§])(?:[a-z]{1,4}[-/]?)?\+?\d[\d\s./()-]{2,}\d(?!\w)|\b\w*\d{4}\w*\b", re.IGNORECASE)
YEAR = r"(?:19|20)\d\d"
# Of the trade: years, regulations of the EU, keys of services, days of the last and next years without a birthday.
OF_THE_TRADE = re.compile(
    rf"{YEAR}(?:[-/–]{YEAR})?|{YEAR}/\d{{1,4}}|\d{{1,4}}/{YEAR}|99\d{{12}}|\d{{1,2}}\.\d{{1,2}}\.20[2-9]\d"
)

Span = tuple[int, int, str]


def masked(text: str) -> str:
    """Return a search as it may be stored, at most 200 characters."""
    acts = [(citation.start, citation.end) for citation in recognise(text)]
    spans: list[Span] = []
    for span in _suspicious(text):
        start, end, _ = span
        if not any(start < other_end and other < end for other, other_end in acts) and not any(
            start < other_end and other < end for other, other_end, _ in spans
        ):
            spans.append(span)
    for start, end, mark in sorted(spans, reverse=True):
        text = f"{text[:start]}{mark}{text[end:]}"
    text = re.sub(rf"{re.escape(NAME)}(?:[\s.-]*{re.escape(NAME)})+", NAME, text)
    return " ".join(text.split())[:LONGEST].strip()


def _suspicious(text: str) -> Iterator[Span]:
    """Yield what may have to be masked; of spans that overlap the first counts."""
    spelling = current_spelling()
    for match in MAIL_OR_LINK.finditer(text):
        yield match.start(), match.end(), MAIL
    for match in STREET.finditer(text):
        yield match.start(), match.end(), ADDRESS
    for match in NUMBERS.finditer(text):
        if not _of_the_trade(match[0].strip(), spelling):
            yield match.start(), match.end(), NUMBER
    tokens = analyse(text).tokens
    for place in sorted(name_places(tokens, spelling)):
        yield tokens[place].start, tokens[place].end, NAME


def _of_the_trade(number: str, spelling: Spelling | None) -> bool:
    """True for numbers that name nobody: of the trade, or written in the content."""
    if OF_THE_TRADE.fullmatch(re.sub(r"\s", "", number)):
        return True
    long = [token.exact for token in analyse(number).tokens if len(token.exact) > 3]
    return bool(long) and spelling is not None and all(spelling.has(word) for word in long)
