"""Every picture says in words what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.content_check.content import Content, Subject
from knowledge.content_check.registry import Finding
from knowledge.content_io.blocks import Block

NAME = "bilder"
TITLE = "Bilder haben einen Alternativtext"
_MARKDOWN = re.compile(r"!\[([^\]]*)\]\(")
_HTML = re.compile(r"<img\b(?![^>]*\balt=\"[^\"]+\")[^>]*>", re.IGNORECASE)
_EMPTY_WORDS = re.compile(r"(?:das |ein )?(?:bild|foto|grafik|abbildung|schaubild)(?: \d+)?\.?", re.IGNORECASE)
_FILE_NAME = re.compile(r"[\w-]+\.(?:svg|png|jpe?g|gif|webp)", re.IGNORECASE)
_ADVICE = "Schreiben Sie, was das Bild zeigt."


def run(content: Content) -> Iterator[Finding]:
    for subject in content.for_readers:
        for line, text in _texts(subject):
            if not text.strip():
                yield subject.error(NAME, line, f"Das Bild hat keinen Alternativtext. {_ADVICE}")
            elif _EMPTY_WORDS.fullmatch(text.strip()) or _FILE_NAME.fullmatch(text.strip()):
                yield subject.error(NAME, line, f"Der Alternativtext „{text.strip()}“ sagt nichts. {_ADVICE}")


def _texts(subject: Subject) -> Iterator[tuple[int, str]]:
    body = subject.document.body
    for block in body if isinstance(body, list) else []:
        if isinstance(block, Block) and block.kind == "image":
            yield block.line, block.value.get("alternativtext") or ""
    for passage in subject.passages:
        for number, line in enumerate(passage.text.split("\n")):
            yield from ((passage.line + number, text) for text in _MARKDOWN.findall(line))
            yield from ((passage.line + number, "") for _ in _HTML.findall(line))
