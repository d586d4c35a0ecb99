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
from search.insight.papers import papers
from search.insight.spared import names_in
from search.mending import current_spelling
from search.numbers import SHORTEST, digits
from search.query import recognise
from search.spelling import Spelling

LONGEST = 200
NAME, NUMBER, ADDRESS, MAIL = "[Name]", "[Zahl]", "[Anschrift]", "[E-Mail]"
MAIL_OR_LINK = re.compile(r"\S+@\S+|https?://\S+|www\.\S+", re.IGNORECASE)
# Reference numbers, accounts, phone numbers: four digits and more, also in groups or with letters; among letters
# those of papers and insurances.
NUMBERS = re.compile(
    r"(?<![\w§])(?:[a-z]{1,4}[-/]?)?\+?\d[\d\s./()-]{2,}\d(?!\w)|\b\w*\d{4}\w*\b"
    r"|(?<!\w)(?=(?:[a-z]*\d){4})[a-z\d]{8,11}(?!\w)",
    re.IGNORECASE,
)
YEAR = r"(?:19|20)\d\d"
MONTH = r"(?:0?[1-9]|1[0-2])"
# Of the trade: years, months, acts of the EU, keys of services, days of these years, which are no birthday.
# The EU writes the year first ("2018/1724"), until 2014 behind the number too ("910/2014"); of what is younger, a
# number before a year is one of a file.
OF_THE_TRADE = re.compile(
    rf"{YEAR}(?:[-/–]{YEAR})?|{YEAR}/(?:{MONTH}|[1-9]\d{{0,3}})|{MONTH}/{YEAR}"
    r"|[1-9]\d{0,3}/(?:19\d\d|200\d|201[0-4])|99\d{12}|\d{1,2}\.\d{1,2}\.20[2-9]\d"
)
# Behind these a number with a stroke is one of a file, and a day a birthday, whatever it looks like:
# "Az. 2024/815", "bescheid 12/2025", "geboren am 12.03.2023".
OF_A_FILE = re.compile(
    r"(?<![\w-])(?:az|gz|akte|bescheid|vorgang|(?:akten|gesch(?:ä|ae)fts|kassen)zeichen"
    r"|(?:akten|antrags|auftrags|beleg|bescheid|kunden|rechnungs|steuer|vertrags|vorgangs)(?:nummer|nr))"
    r"[.:]?(?:\s+(?:nr|nummer)[.:]?)?\s*$",
    re.IGNORECASE,
)
OF_A_BIRTH = re.compile(r"(?:(?<!\w)geb(?:oren|urtstag|urtsdatum)?[.:]?(?:\s+am)?|\*)\s*$", re.IGNORECASE)
YEARS = re.compile(rf"{YEAR}(?:[-/–]{YEAR})?")
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
    left = _without(left, (span[:2] for span in spans))
    spans += [(start, end, NUMBER) for start, end in papers(left)]
    left = _without(left, (span[:2] for span in spans))
    spans += [(start, end, NUMBER) for start, end in _numbers(text, left, spelling)]
    taken = [*acts, *(span[:2] for span in spans)]
    for place in sorted(name_places(text, tokens, spelling)):
        token = tokens[place]
        if not any(start < token.end and token.start < end for start, end in taken):
            spans.append((token.start, token.end, NAME))
    return spans


def _without(text: str, ranges: Iterable[tuple[int, int]]) -> str:
    """Return a text with ranges struck out: what stands before and behind keeps its place, and never meets."""
    for start, end in ranges:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text


def _numbers(text: str, left: str, spelling: Spelling | None) -> Iterator[tuple[int, int]]:
    """Yield where numbers of somebody stand in what is left of a text."""
    for match in NUMBERS.finditer(left):
        number = match[0].strip()
        if len(digits(number)) < SHORTEST:
            continue
        if _is_owned(number, text[: match.start()]) or not _names_nobody(number, spelling):
            yield match.start(), match.end()


def _is_owned(number: str, before: str) -> bool:
    """True for a number that is one of a file or a birthday by the word before it."""
    if YEARS.fullmatch(number):
        return False
    of_file = "/" in number and OF_A_FILE.search(before) is not None
    return of_file or OF_A_BIRTH.search(before) is not None


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
