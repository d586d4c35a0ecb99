"""Words that grow old come with the day as of which they are true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from django.utils import timezone

from knowledge.content_check.content import Content, Subject
from knowledge.content_check.fact_values import MONTHS
from knowledge.content_check.registry import Finding
from portal.core.sentences import split_sentences

NAME = "zeitwoerter"
TITLE = "Zeitwörter stehen bei einem Stand"
# The day by which a part of a year has begun, or is over where it is its end.
_PARTS = {
    "Anfang": (1, 1), "Frühjahr": (3, 1), "Mitte": (6, 1), "Sommer": (6, 1), "Herbst": (9, 1), "Winter": (12, 1),
    "Ende": (12, 31), **{name: (number, 1) for number, name in enumerate(MONTHS, start=1)},
}  # fmt: skip
# Words that say "as of now". "Heute" and "jetzt" mostly speak to the reader ("Was ist jetzt zu tun?"), so they are
# left out; so is what somebody shall keep up to date or ask for.
_KEPT = re.compile(
    r"\b(?:ge)?h[aä]lt\w*\b[^.]{0,80}\baktuell\b|\baktuell (?:zu )?(?:ge)?h[aä]lt|\bnach dem aktuellen Stand\b",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"\b(?:derzeit(?:ig\w*)?|zurzeit|zur Zeit|aktuell(?!isier)\w*|momentan|gegenwärtig\w*|bislang|bisher|"
    r"noch (?:nicht|kein\w*)|inzwischen|mittlerweile|(?:zu)?künftig\w*|demnächst|kürzlich|neuerdings|"
    r"voraussichtlich)\b",
    re.IGNORECASE,
)
_MONTH = "|".join(MONTHS)
_DATE = rf"(?:\d{{1,2}}\. ?\d{{1,2}}\. ?|(?:\d{{1,2}}\. ?)?(?:{'|'.join(_PARTS)}) |Jahr(?:es)? )?\d{{4}}\b"
# What says as of when something holds. A section may say it once for all its passages.
_STATED = re.compile(rf"\bStand:?(?: (?:vom|von|im|der Quellen?|der Angaben|ist|war))*:? {_DATE}")
_AS_OF = re.compile(rf"\b(?:gelesen|Angaben? aus)\b.{{0,40}}?\b{_DATE}")
# A date counts for its own clause only, where it says when something was so, and the page could know it: neither a
# deadline nor the day an act came into force says when "derzeit" was.
_OBSERVED = re.compile(rf"\b(?:am|im|bis(?: zum)?|zum) {_DATE}", re.IGNORECASE)
_CLAUSE = re.compile(r"(?:[,;:]|(?<=\s)[–-]| und| aber) ")
_DAY = re.compile(rf"\b(\d{{1,2}})\. ?(?:(\d{{1,2}})\.|({_MONTH})) ?(\d{{4}})\b")
_PERIOD = re.compile(rf"\b((?i:bis) )?(?:zum )?(?:({'|'.join(_PARTS)}) )?(?:Jahr(?:es)? )?(\d{{4}})\b")

_MIN_WORDS = 6  # an answer to choose ("Das steht noch nicht fest") says nothing of the portal's own


def run(content: Content) -> Iterator[Finding]:
    for subject in content.for_readers:
        if subject.kind != "act" or not subject.meta.get("state_date"):
            yield from _of_subject(subject)


def _of_subject(subject: Subject) -> Iterator[Finding]:
    stated = {passage.section for passage in subject.body if _is_stated(passage.plain)}
    for passage in subject.passages:
        if passage.is_title or passage.key == "search_description" or passage.section in stated:
            continue
        if len(passage.plain.split()) < _MIN_WORDS or _is_stated(passage.plain):
            continue
        if word := _undated(passage.plain, _known_until(subject)):
            yield subject.warning(NAME, passage.line_of(word), _message(word))


def _known_until(subject: Subject) -> date:
    """Return the last day the page can know of; what has no date of its own is as new as the check."""
    return subject.state or timezone.localdate()


def _is_stated(text: str) -> bool:
    """True where a text says as of when it holds; a state to come is none."""
    today = timezone.localdate()
    return any(
        begins <= today
        for pattern in (_STATED, _AS_OF)
        for found in pattern.finditer(text)
        for begins in _dates_in(found[0])
    )


def _undated(text: str, known: date) -> str:
    """Return the first time word whose clause does not say when it was so; empty where there is none."""
    for sentence in split_sentences(text):
        for clause in _CLAUSE.split(_KEPT.sub("", sentence)):
            found = _WORDS.search(clause)
            if found and not any(day <= known for at in _OBSERVED.finditer(clause) for day in _dates_in(at[0])):
                return found[0]
    return ""


def _dates_in(text: str) -> Iterator[date]:
    """Yield the days in a text; of a period the first one, but the last of the year where it is one that ends."""
    for found in _DAY.finditer(text):
        month = int(found[2]) if found[2] else MONTHS.index(found[3]) + 1
        with suppress(ValueError):
            yield date(int(found[4]), month, int(found[1]))
    for found in _PERIOD.finditer(_DAY.sub("", text)):
        month, day = (12, 31) if found[1] and not found[2] else _PARTS.get(found[2], (1, 1))
        with suppress(ValueError):
            yield date(int(found[3]), month, day)


def _message(word: str) -> str:
    return f"„{word}“ veraltet. Schreiben Sie den Stand dazu (Stand TT.MM.JJJJ) oder nehmen Sie das Wort heraus."
