"""Does a text hold what looks like a citizen's data? Tax ID, IBAN, birth date with a name; nothing is kept of it.

It warns before something is sent and never refuses: only the person who writes can know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from django.utils import timezone

TAX_ID, IBAN, BIRTH_DATE = "eine Steuer-Identifikationsnummer", "eine IBAN", "ein Name mit Geburtsdatum"
_DIGITS = re.compile(r"(?<![\d-])\d(?:[ /]?\d){10}(?![\d-])")
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])")
_MONTHS = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_MONTH = (
    r"(?i:(?P<word>jan|jän|feb|mär|mae|mrz|apr|mai|jun|jul|aug|sep|okt|nov|dez)"
    r"(?:uar|ner|ruar|z|rz|il|i|ust|t|tember|ober|ember)?\.?)"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_NUMBERS = r"(?<!\d)(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?"
_DAY = rf"(?<!\d)(?P<day>\d{{1,2}})\.\s?(?:(?P<month>\d{{1,2}})\.|{_MONTH})\s?"
_SHORT_YEAR = r"(?P<year>(?:19|20)\d\d|\d\d)(?!\d)"
_NAME = r"[A-ZÄÖÜ][\w’'-]+"
# What may stand between the word and the date: a name, a place, small words; no other verb, no "seit", no "ab".
_SMALL = r"(?i:von|vom|der|des|am|ist|war|wurde|lautet|er|sie|in|herrn?|frau|dr\.)"
_NO_NAME = r"(?!(?:Stand|Version|Fassung|Frist|Termin|Pflicht|Pflichtfeld)\b)"
_BETWEEN = rf"(?:[\s:,(–-]+(?:{_SMALL}(?!\w)|{_NO_NAME}{_NAME})){{0,6}}[\s:,()–-]*"
_BORN = (
    re.compile(rf"\b(?i:geb(?:\.|\b)|geboren\b|Geburtsdatum\b|Geburtstag\b){_BETWEEN}{_DAY}{_SHORT_YEAR}"),
    re.compile(rf"(?<=[\w,(] )\*\s?{_DAY}{_SHORT_YEAR}"),  # a star that begins a line is a list
    re.compile(rf"{_DAY}{_YEAR}\s+(?:in\s+{_NAME}\s+)?geboren"),
    re.compile(rf"\b{_NO_NAME}{_NAME},?\s+{_NO_NAME}{_NAME},?\s*[(\s]\s*{_NUMBERS}{_YEAR}"),
    re.compile(
        rf"\b{_NO_NAME}{_NAME},?\s+{_NO_NAME}{_NAME},?\s*\(\s*{_DAY}{_YEAR}"
    ),  # without the bracket: the date of a letter
)
_OLDEST = 1900


def is_tax_id(digits: str) -> bool:
    """True for eleven digits with the check digit of § 139b AO (ISO/IEC 7064, MOD 11,10) and its repetitions."""
    if len(digits) != 11 or digits[0] == "0":
        return False
    counts = sorted((digits[:10].count(digit) for digit in set(digits[:10])), reverse=True)
    if counts[0] not in (2, 3) or (len(counts) > 1 and counts[1] > 1):
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def is_iban(text: str) -> bool:
    """True for an account number with right check digits (ISO 13616)."""
    moved = text[4:] + text[:4]
    return 15 <= len(text) <= 34 and int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def _month(found: re.Match[str]) -> int:
    parts = found.groupdict()
    if parts.get("month"):
        return int(parts["month"])
    word = str(parts["word"]).lower()
    return _MONTHS.index({"jän": "jan", "mae": "mär", "mrz": "mär"}.get(word, word)) + 1


def _year(found: re.Match[str]) -> int:
    """Return the year; of two digits the last such one that has begun."""
    year, now = int(found["year"]), timezone.localdate().year
    if len(found["year"]) == 4:
        return year
    return year + (now - now % 100 if year <= now % 100 else now - now % 100 - 100)


def _is_past(found: re.Match[str]) -> bool:
    try:
        day = date(_year(found), _month(found), int(found["day"]))
    except ValueError:
        return False
    return day.year >= _OLDEST and day < timezone.localdate()


def _kinds_in(text: str) -> Iterator[str]:
    if any(is_tax_id(re.sub(r"\D", "", found[0])) for found in _DIGITS.finditer(text)):
        yield TAX_ID
    for found in _IBAN.finditer(text.upper()):
        signs = found[0].replace(" ", "")
        if any(is_iban(signs[:length]) for length in range(15, len(signs) + 1)):  # a word may follow it
            yield IBAN
            break
    if any(_is_past(found) for way in _BORN for found in way.finditer(text)):
        yield BIRTH_DATE


def looks_like(texts: Iterable[str]) -> list[str]:
    """Return in words what some texts seem to hold of a citizen, each kind once; nothing: an empty list."""
    return list(dict.fromkeys(kind for text in texts for kind in _kinds_in(text)))
