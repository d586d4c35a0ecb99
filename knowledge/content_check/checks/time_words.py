"""Words that grow old come with a date beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from django.utils import timezone

from knowledge.content_check.content import Content, Subject
from knowledge.content_check.fact_values import MONTHS
from knowledge.content_check.passages import Passage
from knowledge.content_check.registry import Finding

NAME = "zeitwoerter"
TITLE = "Zeitwörter stehen bei einem Stand"
# The day by which a part of a year has begun, or is over where it is its end.
_PARTS = {
    "Anfang": (1, 1), "Frühjahr": (3, 1), "Mitte": (6, 1), "Sommer": (6, 1), "Herbst": (9, 1), "Winter": (12, 1),
    "Ende": (12, 31), **{name: (number, 1) for number, name in enumerate(MONTHS, start=1)},
}  # fmt: skip
# Words that say "as of now". "Heute" and "jetzt" mostly speak to the reader ("Was ist jetzt zu tun?") and
# "künftig" of what a duty asks for, so they are left out; so is what somebody shall keep up to date or ask for.
_KEPT = re.compile(
    r"\b(?:ge)?h[aä]lt\w*\b[^.]{0,80}\baktuell\b|\baktuell (?:zu )?(?:ge)?h[aä]lt|\bnach dem aktuellen Stand\b",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"\b(?:derzeit(?:ig\w*)?|zurzeit|zur Zeit|aktuell(?!isier)\w*|momentan|gegenwärtig\w*|bislang|bisher|"
    r"noch (?:nicht|kein\w*)|inzwischen|mittlerweile|demnächst|kürzlich|neuerdings|voraussichtlich)\b",
    re.IGNORECASE,
)
# What says as of when something holds. A section may say it once for all its passages.
_STATED = re.compile(r"\bStand\b.{0,40}?\d{4}\b")
_AS_OF = re.compile(r"\b(?:gelesen|Angaben? aus)\b.{0,40}?\d{4}\b")
# A date besides counts in its own passage, unless the page could not know it yet: a deadline dates nothing.
_DAY = re.compile(rf"\b(\d{{1,2}})\.\s?(?:(\d{{1,2}})\.|({'|'.join(MONTHS)}))\s?(\d{{4}})\b")
_PERIOD = re.compile(
    rf"\b((?i:bis) )?(?:zum )?"
    rf"(?:({'|'.join(_PARTS)}) |(?i:Jahr(?:es)?|seit|ab|in|von|für|und|nach) |(?<=[Bb]is ))(\d{{4}})\b"
)

_MIN_WORDS = 6  # an answer to choose ("Das steht noch nicht fest") says nothing of the portal's own


def run(content: Content) -> Iterator[Finding]:
    for subject in content.for_readers:
        if subject.kind != "act" or not subject.meta.get("state_date"):
            yield from _of_subject(subject)


def _of_subject(subject: Subject) -> Iterator[Finding]:
    stated = {passage.section for passage in subject.body if _STATED.search(passage.plain)}
    known = _known_until(subject)
    for passage in subject.passages:
        if passage.is_title or passage.key == "search_description" or passage.section in stated:
            continue
        if len(passage.plain.split()) < _MIN_WORDS or _is_dated(passage.plain, known):
            continue
        if found := _WORDS.search(_KEPT.sub("", passage.plain)):
            yield subject.warning(NAME, _line(passage, found[0]), _message(found[0]))


def _known_until(subject: Subject) -> date:
    """Return the last day the page can know of; what has no date of its own is as new as the check."""
    return subject.state or timezone.localdate()


def _is_dated(text: str, known: date) -> bool:
    if _STATED.search(text) or _AS_OF.search(text):
        return True
    return any(begins <= known for begins in _dates_in(text))


def _dates_in(text: str) -> Iterator[date]:
    """Yield the days in a text; of a period the first one, but the last of the year where it is one that ends."""
    for found in _DAY.finditer(text):
        month = int(found[2]) if found[2] else MONTHS.index(found[3]) + 1
        with suppress(ValueError):
            yield date(int(found[4]), month, int(found[1]))
    for found in _PERIOD.finditer(text):
        month, day = (12, 31) if found[1] else _PARTS.get(found[2], (1, 1))
        with suppress(ValueError):
            yield date(int(found[3]), month, day)


def _line(passage: Passage, word: str) -> int:
    return passage.line_of(word)


def _message(word: str) -> str:
    return f"„{word}“ veraltet. Schreiben Sie den Stand dazu (Stand TT.MM.JJJJ) oder nehmen Sie das Wort heraus."
