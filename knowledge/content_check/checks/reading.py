"""Whatever an import would refuse: heads, directives, references, names, files."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.content_check.content import Content
from knowledge.content_check.registry import Finding

NAME = "einlesen"
TITLE = "Dateien, Kopf, Direktiven und Verweise lassen sich einlesen"


def run(content: Content) -> Iterator[Finding]:
    for problem in content.loaded.problems:
        yield Finding(problem.file, problem.line, NAME, problem.message)
