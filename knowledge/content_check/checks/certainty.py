"""What is not verified is never said as if it were (the content's own `open-points.toml`)."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.content_check.attached import Attached
from knowledge.content_check.content import Content, Subject
from knowledge.content_check.open_points import OpenPoint, open_points
from knowledge.content_check.passages import Passage, Place
from knowledge.content_check.registry import Finding
from knowledge.content_check.rule_files import OPEN_POINTS_FILE, read_open_points
from portal.core.sentences import split_sentences

NAME = "gewissheit"
TITLE = "Offene Punkte stehen nicht als Tatsache da"


def run(content: Content) -> Iterator[Finding]:
    rules = read_open_points(content.rules)
    for line, message in rules.problems:
        yield Finding(OPEN_POINTS_FILE, line, NAME, message)
    points = open_points(content)
    for subject in content.with_words:
        if isinstance(subject, Attached) or not subject.is_fact:
            yield from _of_subject(subject, points)


def _refuted(subject: Subject | Attached, passage: Passage) -> bool:
    """True for what a page on misunderstandings quotes as a heading: below it stands what is right."""
    if passage.place is not Place.HEADING or not isinstance(subject, Subject):
        return False
    quoted = passage.plain.startswith("„") and passage.plain.endswith("“")
    return quoted and subject.meta.get("kind") == "missverstaendnis"


def _of_subject(subject: Subject | Attached, points: list[OpenPoint]) -> Iterator[Finding]:
    for passage in subject.passages:
        if _refuted(subject, passage):
            continue
        for sentence in split_sentences(passage.plain):
            for point in points:
                if words := point.says(sentence):
                    message = (
                        f"„{words}“ ist nicht gesichert ({point.name}: {point.reason}). Schreiben Sie es als "
                        f"offene Frage; zu klären bei: {point.ask}."
                    )
                    yield subject.error(NAME, passage.line_of(words), message)
