"""Masks what looks like a name, number or address in a search, before anything of it is stored.

Places of the reference data, acts and glossary terms are never masked; where they overlap with something that is,
the rest of it still is. Addresses of mail are masked whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from search.analysis import analyse
from search.insight.addresses import addresses
from search.insight.names import name_places
from search.insight.spared import names_in
from search.mending import current_spelling
from search.numbers import SHORTEST, digits
from search.query import recognise
from search.spelling import Spelling

LONGEST = 200
NAME, NUMBER, ADDRESS, MAIL = "[Name]", "[Zahl]", "[Anschrift]", "[E-Mail]"
MAIL_OR_LINK = re.compile(r"\S+@\S+|https?://\S+|www\.\S+", re.IGNORECASE)
# Reference numbers, accounts, phone numbers: four digits and more, also in groups or with letters.
NUMBERS = re.compile(r"(?<![\w§])(?:[a-z]{1,4}[-/]?)?\+?\d[\d\s./()-]{2,}\d(?!\w)|\b\w*\d{4}\w*\b", re.IGNORECASE)
YEAR = r"(?:19|20)\d\d"
# Of the trade: years, regulations of the EU, keys of services, days of the last and next years without a birthday.
OF_THE_TRADE = re.compile(
    rf"{YEAR}(?:[-/–]{YEAR})?|{YEAR}/\d{{1,4}}|\d{{1,4}}/{YEAR}|99\d{{12}}|\d{{1,2}}\.\d{{1,2}}\.20[2-9]\d"
)
# A number in more groups is no row of numbers that the content has.
MOST_GROUPS = 6

Span = tuple[int, int, str]


def masked(text: str) -> str:
    """Return a search as it may be stored, at most 200 characters."""
    for start, end, mark in sorted(_spans(text), reverse=True):
        text = f"{text[:start]}{mark}{text[end:]}"
    text = re.sub(rf"{re.escape(NAME)}(?:[\s.-]*{re.escape(NAME)})+", NAME, text)
    return " ".join(text.split())[:LONGEST].strip()


def _spans(text: str) -> list[Span]:
    """Return what has to be masked; no two overlap."""
    spelling, tokens = current_spelling(), analyse(text).tokens
    spans = [(match.start(), match.end(), MAIL) for match in MAIL_OR_LINK.finditer(text)]
    acts = [(citation.start, citation.end) for citation in recognise(text)]
    left = _without(text, [*acts, *names_in(tokens), *(span[:2] for span in spans)])
    spans += [(start, end, ADDRESS) for start, end in addresses(left)]
    spans += [
        (start, end, NUMBER) for start, end in _numbers(_without(left, (span[:2] for span in spans)), spelling)
    ]
    taken = [*acts, *(span[:2] for span in spans)]
    for place in sorted(name_places(tokens, spelling)):
        token = tokens[place]
        if not any(start < token.end and token.start < end for start, end in taken):
            spans.append((token.start, token.end, NAME))
    return spans


def _without(text: str, ranges: Iterable[tuple[int, int]]) -> str:
    """Return a text with ranges struck out: what stands before and behind keeps its place, and never meets."""
    for start, end in ranges:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text


def _numbers(text: str, spelling: Spelling | None) -> Iterator[tuple[int, int]]:
    for match in NUMBERS.finditer(text):
        if len(digits(match[0])) >= SHORTEST and not _names_nobody(match[0].strip(), spelling):
            yield match.start(), match.end()


def _names_nobody(number: str, spelling: Spelling | None) -> bool:
    """True for a number of the trade or of the content, and for a row of such numbers."""
    groups = number.split()
    if _is_known(number, spelling):
        return True
    if len(groups) > MOST_GROUPS:
        return False
    # A row that begins with a zero is a telephone or an account.
    return any(
        not groups[0].startswith("0")
        and _is_known(" ".join(groups[:end]), spelling)
        and _names_nobody(" ".join(groups[end:]), spelling)
        for end in range(1, len(groups))
    )


def _is_known(number: str, spelling: Spelling | None) -> bool:
    if OF_THE_TRADE.fullmatch(re.sub(r"\s", "", number)):
        return True
    return len(digits(number)) >= SHORTEST and spelling is not None and spelling.has_number(number)
