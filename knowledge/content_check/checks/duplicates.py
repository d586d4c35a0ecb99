"""The same paragraph stands in one place, so that it is kept true in one place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.content_check.content import Content
from knowledge.content_check.passages import Place
from knowledge.content_check.registry import Finding

NAME = "doppelungen"
TITLE = "Kein Absatz steht zweimal da"
# Shorter ones are formulas ("Stand 19.08.2026") and set phrases.
_MIN_WORDS = 18
_WORD = re.compile(r"\w+")


def run(content: Content) -> Iterator[Finding]:
    first: dict[str, tuple[str, int]] = {}
    for subject in content.for_readers:
        for passage in subject.passages:
            words = _WORD.findall(passage.plain.casefold())
            if len(words) < _MIN_WORDS or passage.place is Place.PICTURE:
                continue
            file, line = first.setdefault(" ".join(words), (subject.file, passage.line))
            if (file, line) != (subject.file, passage.line):
                message = f"Derselbe Absatz steht in {file}, Zeile {line}. Verweisen Sie dorthin oder kürzen Sie."
                yield subject.warning(NAME, passage.line, message)
