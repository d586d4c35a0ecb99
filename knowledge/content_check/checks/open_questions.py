"""What is not verified is asked with its answer's place: the page says whom to ask or where to look.

A reader comes by a link to one section, so each section that leaves a point open says it; what stands above the
first heading is answered for by the whole page. The page names the point among its facts: else nobody looks at it
when the point is settled. A template to fill in travels alone: it is read like a page, but has no facts to name.
"""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.content_check.attached import FILE, Attached
from knowledge.content_check.content import Content, Subject
from knowledge.content_check.left_open import is_unknown
from knowledge.content_check.open_points import OpenPoint, open_points
from knowledge.content_check.pages import SeenPage, pages_of
from knowledge.content_check.passages import Passage
from knowledge.content_check.registry import Finding
from portal.core.sentences import split_sentences

NAME = "offene-punkte"
TITLE = "Offene Punkte sagen, wo die Antwort zu finden ist"
_BEFORE = 2  # sentences before: "Der Vertrag sieht das vor. Ob er gilt, ist hier nicht belegt."


def run(content: Content) -> Iterator[Finding]:
    points = open_points(content)
    for subject in content.for_readers:
        if subject.has_key("facts"):
            yield from _unnamed(subject, points)
        yield from _unsent(subject, points)
    for file in content.attached:
        if file.kind == FILE:  # a drawing stands within the text of a page, which answers for it
            yield from _unsent(file, points)


def _unsent(subject: Subject | Attached, points: list[OpenPoint]) -> Iterator[Finding]:
    """What leaves a point open says whom to ask or where to look."""
    for page in pages_of(subject):
        for passage, point, words in _left_open(page, points):
            if not _is_sent_on(page, passage, point):
                yield subject.warning(NAME, passage.line_of(words), _unanswered(point, words))


def _unnamed(subject: Subject, points: list[OpenPoint]) -> Iterator[Finding]:
    """What leaves a point open, or rests on what will be known one day, names it."""
    named = set(subject.meta.get("facts") or [])
    left_open = [
        (passage, point, words) for page in pages_of(subject) for passage, point, words in _left_open(page, points)
    ]
    resting = [
        (passage, point, words)
        for passage in subject.passages
        for point in points
        if not passage.is_title and (words := point.rested_on(passage.plain))
    ]
    for passage, point, words in [*left_open, *resting]:
        if point.name not in named:
            named.add(point.name)
            message = f"„{words}“ beruht auf {point.name}, und „facts“ nennt das nicht. Ergänzen Sie die Kennung."
            yield subject.warning(NAME, passage.line_of(words), message)


def _left_open(page: SeenPage, points: list[OpenPoint]) -> Iterator[tuple[Passage, OpenPoint, str]]:
    """Yield each passage that leaves a point open, once for each point, with the words it does it in."""
    heading = ""  # what the text below it is about: "Gibt es die DeutschlandID schon?"
    for passage in page.passages:
        if passage.is_title:
            heading = passage.plain
        elif passage.key != "search_description":
            yield from _in_passage(passage, heading, points)


def _in_passage(
    passage: Passage, heading: str, points: list[OpenPoint]
) -> Iterator[tuple[Passage, OpenPoint, str]]:
    sentences = split_sentences(passage.plain)
    told: set[str] = set()
    for number, sentence in enumerate(sentences):
        around = " ".join([heading, *sentences[max(0, number - _BEFORE) : number + 1]])
        for point in points if is_unknown(sentence) else ():
            if point.name not in told and point.is_meant(around):
                told.add(point.name)
                yield passage, point, sentence


def _is_sent_on(page: SeenPage, asked: Passage, point: OpenPoint) -> bool:
    whole = asked.section == 0
    return any(
        point.sends_on(sentence)
        for passage in page.passages
        if whole or passage.section == asked.section
        for sentence in split_sentences(passage.plain)
    )


def _unanswered(point: OpenPoint, words: str) -> str:
    return (
        f"„{words}“ lässt {point.name} offen, ohne zu sagen, wo die Antwort zu finden ist. Schreiben Sie, was zu "
        f"prüfen und wer zu fragen ist: {point.ask}."
    )
