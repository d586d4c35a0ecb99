"""Words that grow old come with a date beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.content_check.content import Content, Subject
from knowledge.content_check.passages import Passage
from knowledge.content_check.registry import Finding

NAME = "zeitwoerter"
TITLE = "Zeitwörter stehen bei einem Stand"
# Words that say "as of now". "Heute" and "jetzt" mostly speak to the reader ("Was ist jetzt zu tun?") and
# "künftig" of what a duty asks for, so they are left out; so is what somebody shall keep up to date.
_KEPT = re.compile(r"\b(?:ge)?h[aä]lt\w*\b[^.]{0,80}\baktuell\b|\baktuell (?:zu )?(?:ge)?h[aä]lt", re.IGNORECASE)
_WORDS = re.compile(
    r"\b(?:derzeit(?:ig\w*)?|zurzeit|zur Zeit|aktuell(?!isier)\w*|momentan|gegenwärtig\w*|bislang|bisher|"
    r"noch (?:nicht|kein\w*)|inzwischen|mittlerweile|demnächst|kürzlich|neuerdings|voraussichtlich)\b",
    re.IGNORECASE,
)
_MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_DATE = re.compile(
    rf"\b\d{{1,2}}\.\s?\d{{1,2}}\.\d{{4}}|\b(?:{_MONTHS}|Frühjahr|Sommer|Herbst|Winter|Anfang|Mitte|Ende|Jahres?|seit|"
    rf"ab|bis|in|von|für|und|nach) (?:Ende |Mitte )?\d{{4}}\b|\bStand\b|\bgelesen\b",
)

_MIN_WORDS = 6  # an answer to choose ("Das steht noch nicht fest") says nothing of the portal's own


def run(content: Content) -> Iterator[Finding]:
    for subject in content.for_readers:
        if subject.kind != "act" or not subject.meta.get("state_date"):
            yield from _of_subject(subject)


def _of_subject(subject: Subject) -> Iterator[Finding]:
    dated = {passage.section for passage in subject.body if _DATE.search(passage.plain)}
    for passage in subject.passages:
        if passage.is_title or passage.key == "search_description" or passage.section in dated:
            continue
        if _DATE.search(passage.plain) or len(passage.plain.split()) < _MIN_WORDS:
            continue
        if found := _WORDS.search(_KEPT.sub("", passage.plain)):
            yield subject.warning(NAME, _line(passage, found[0]), _message(found[0]))


def _line(passage: Passage, word: str) -> int:
    return passage.line_of(word)


def _message(word: str) -> str:
    return f"„{word}“ veraltet. Schreiben Sie den Stand dazu (Stand TT.MM.JJJJ) oder nehmen Sie das Wort heraus."
