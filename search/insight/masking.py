"""Masks what looks like a name, number or address in a search, before anything of it is stored.

Places of the reference data, acts and glossary terms are never masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from portal.accounts.models import District, Municipality, Territory
from search.analysis import DATA, Token, analyse, normalise, stop_words
from search.fresh import Fresh
from search.mending import current_spelling
from search.query import recognise
from search.spelling import Spelling, never_corrected

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
TITLES = {"herr", "herrn", "frau", "familie", "fam", "dr", "prof"}
LONGEST_NAME = 12

Span = tuple[int, int, str]


def _forms(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(
        form for text in texts for token in analyse(text).tokens for form in (token.exact, token.stem)
    )


def _load_places() -> frozenset[str]:
    names = [
        *Municipality.objects.filter(kind__in=Territory.values).values_list("name", flat=True),
        *District.objects.values_list("name", flat=True),
    ]
    return _forms(names)


_places = Fresh(_load_places)


@lru_cache(maxsize=2)
def _listed(file: str) -> frozenset[str]:
    lines = (DATA / file).read_text(encoding="utf-8").splitlines()
    return frozenset(normalise(word) for line in lines if not line.startswith("#") for word in line.split())


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
    for place in sorted(_names(tokens, spelling)):
        yield tokens[place].start, tokens[place].end, NAME


def _of_the_trade(number: str, spelling: Spelling | None) -> bool:
    """True for numbers that name nobody: of the trade, or written in the content."""
    if OF_THE_TRADE.fullmatch(re.sub(r"\s", "", number)):
        return True
    long = [token.exact for token in analyse(number).tokens if len(token.exact) > 3]
    return bool(long) and spelling is not None and all(spelling.has(word) for word in long)


def _names(tokens: Sequence[Token], spelling: Spelling | None) -> set[int]:
    """Return the places of words that look like a name."""
    never = never_corrected() | _places.get()
    safe = [token.exact in never or token.stem in never or token.exact in stop_words() for token in tokens]
    ordinary = [
        known or (spelling is not None and spelling.knows(token))
        for known, token in zip(safe, tokens, strict=True)
    ]
    names: set[int] = set()
    for place, token in enumerate(tokens):
        after = place + 1 if place + 1 < len(tokens) else None
        if token.exact in TITLES:
            if after is None or safe[after] or tokens[after].exact in TITLES:
                continue
            names |= {after, *_rest(tokens, after, ordinary)}
        elif token.exact in _listed("first_names.txt") and not safe[place]:
            names |= {place, *_rest(tokens, place, ordinary)}
        elif ordinary[place]:
            continue
        elif token.exact in _listed("last_names.txt"):
            names.add(place)
        elif after is not None and not ordinary[after] and _is_capital(token) and _is_capital(tokens[after]):
            names |= {place, after}
    return names


def _rest(tokens: Sequence[Token], place: int, ordinary: Sequence[bool]) -> set[int]:
    """Return the word behind a name or first name where the content does not have it."""
    after = place + 1
    if after == len(tokens) or not tokens[after].exact.isalpha():
        return set()
    double = tokens[after].hyphenated and tokens[after].start == tokens[place].end + 1
    return {after} if double or not ordinary[after] else set()


def _is_capital(token: Token) -> bool:
    """True for a word written as a name is; long words are compounds."""
    return len(token.raw) <= LONGEST_NAME and token.raw[:1].isupper() and token.raw[1:].islower()
