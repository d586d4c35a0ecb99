"""What a page rests on is named with its date."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.content_check.content import STATE_KEYS, Content, Subject
from knowledge.content_check.registry import Finding
from knowledge.models import Act

NAME = "quellen"
TITLE = "Quellen sind genannt und haben ein Datum"
# A year, also in "ix 9/2024" and "Beschluss 2023/02", but not that of an act of the EU ("2018/1724").
_DATED = re.compile(
    r"(?<![\d/])(?:19|20)\d{2}(?![\d/])|\b(?:0?[1-9]|1[0-2])[/-](?:20)?\d{2}\b|\b(?:19|20)\d{2}/\d{1,2}\b"
)
# The entry of a term has no list of sources: it says them in its text.
_SAYS_SOURCE = re.compile(r"\bQuelle: \S|\bStand (?:\d|[A-ZÄ]\w+ \d)")


def run(content: Content) -> Iterator[Finding]:
    for subject in content.for_readers:
        if subject.has_key("sources"):
            yield from _sources(subject)
        if subject.kind == "act":
            yield from _without_wording(subject, content)
        if subject.kind == "term" and not any(_SAYS_SOURCE.search(passage.plain) for passage in subject.body):
            message = (
                "Der Begriff nennt keine Quelle. Schreiben Sie „Quelle: …“ oder die Vorschrift mit ihrem Stand."
            )
            yield subject.warning(NAME, subject.line_of(), message)
        dates = [name for name in STATE_KEYS if subject.has_key(name)]
        if dates and not any(subject.meta.get(name) for name in dates):
            message = f"Der Stand fehlt. Ergänzen Sie „{dates[0]}“ mit dem Datum der neuesten Aussage."
            yield subject.error(NAME, subject.line_of(), message)


def _sources(subject: Subject) -> Iterator[Finding]:
    if not subject.meta.get("sources"):
        yield subject.error(NAME, subject.line_of(), "Die Seite nennt keine Quelle. Ergänzen Sie „sources“.")
    for line, source in subject.lists_of("sources"):
        if not _DATED.search(source.get("title", "")):
            message = f"Die Quelle „{source.get('title', '')}“ hat kein Datum. Ergänzen Sie Datum oder Stand."
            yield subject.error(NAME, line, message)


def _without_wording(subject: Subject, content: Content) -> Iterator[Finding]:
    """Law of the Land stands here by name and address: who wants its words must be led to them."""
    known = subject.path.rpartition("/")[2] in content.provisions.by_slug
    if subject.meta.get("level") == Act.Level.LAND and not known and not subject.meta.get("source_url"):
        message = "Der Wortlaut steht nicht im Portal. Ergänzen Sie „source_url“ mit der Adresse, wo er steht."
        yield subject.warning(NAME, subject.line_of(), message)
