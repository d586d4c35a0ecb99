"""What is much harder to read than the rest: short answers, pages, and the content as a whole."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Iterator

from knowledge.content_check.content import Content, Subject, names_in
from knowledge.content_check.passages import Place
from knowledge.content_check.registry import Finding, Severity
from knowledge.readability import BANDS, HARD_FROM, hardest, measure, pattern_of

NAME = "lesbarkeit"
TITLE = "Kurze Antworten und Seiten sind lesbar"
MEDIAN_LIMIT = 11.0
_PAGE_LIMIT = BANDS[-1][0]
_MIN_WORDS = 60  # the grade of a shorter text hangs on a few words
_ENOUGH = 5  # a median of fewer says nothing


def run(content: Content) -> Iterator[Finding]:
    terms = pattern_of(_names(content))
    grades: list[float] = []
    for subject in content.for_readers:
        for name in ("short_answer", "purpose"):
            grade = measure(subject.meta.get(name) or "", terms).grade
            if grade is not None:
                grades.append(grade)
                if grade > HARD_FROM:
                    yield _hard(subject, subject.line_of(name), "Die kurze Antwort", grade, HARD_FROM, terms, name)
        yield from _of_page(subject, terms)
    if len(grades) >= _ENOUGH and (median := statistics.median(grades)) > MEDIAN_LIMIT:
        message = (
            f"Die kurzen Antworten haben im Mittel die Stufe {_german(median)}; erlaubt ist "
            f"{_german(MEDIAN_LIMIT)}. Kürzen Sie die schwersten."
        )
        yield Finding(".", 1, NAME, message, Severity.ERROR)


def _names(content: Content) -> Iterable[str]:
    """Acts and terms do not count: nobody can write them more simply."""
    for term in content.terms:
        yield from (term.term, term.expansion, *term.synonym_list)
    for head in content.act_heads.values():
        yield from names_in(head)


def _of_page(subject: Subject, terms: re.Pattern[str] | None) -> Iterator[Finding]:
    places = (Place.PARAGRAPH, Place.ITEM)
    text = "\n".join(passage.plain for passage in subject.body if passage.place in places)
    found = measure(text, terms)
    if found.grade is not None and found.words >= _MIN_WORDS and found.grade > _PAGE_LIMIT:
        yield _hard(subject, 0, "Der Text", found.grade, _PAGE_LIMIT, terms, "")


def _hard(
    subject: Subject, line: int, what: str, grade: float, limit: float, terms: re.Pattern[str] | None, key: str
) -> Finding:
    """Name the hardest sentence, and its line where it stands in the text."""
    passages = [passage for passage in subject.passages if (passage.key == key if key else not passage.key)]
    worst = hardest("\n".join(passage.plain for passage in passages), terms, count=1)
    sentence = worst[0][0] if worst else ""
    where = next((passage.line for passage in passages if sentence and sentence in passage.plain), line)
    shown = f" Am schwersten: „{sentence[:120]}“." if sentence else ""
    message = (
        f"{what} ist schwer zu lesen (Stufe {_german(grade)}, Grenze {_german(limit)}).{shown} Teilen Sie Sätze."
    )
    return subject.warning(NAME, where or 1, message)


def _german(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")
