"""Small folders of content in the Markdown form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

BASE: dict[str, str] = {
    "themen/index.md": "---\ntype: topic_index\ntitle: Themen\n---\n",
    "themen/buergerbuero/index.md": (
        "---\ntype: topic\ntitle: Bürgerbüro\nsummary: Anliegen im Bürgerbüro.\nfield: true\norder: 2\n---\n"
    ),
    "recht/ozg.md": (
        "---\ntype: act\nabbreviation: OZG\ntitle: Onlinezugangsgesetz\nlevel: bund\nbinds: ja\nprovisions:\n"
        "  - ref: § 9 Abs. 1\n    summary: Bekanntgabe im Postfach.\n---\n\nGilt auch für Gemeinden.\n"
    ),
    "glossar/efa.md": "---\ntype: term\nterm: EfA\nexpansion: Einer für Alle\n---\n\nDienst für alle Länder.\n",
}

ARTICLE = """---
type: article
title: Ämter öffnen
kind: leitfaden
short_answer: So öffnen Sie Ämter für alle.
legal_basis: [§ 9 Abs. 1 OZG]
---

Größe und Maß: ein Text.
"""
ARTICLE_FILE = "themen/buergerbuero/aemter-oeffnen.md"

QUESTION = """---
type: question
title: Wie öffnen wir Ämter?
short_answer: Mit einem Schlüssel.
legal_basis: keine
---
"""
QUESTION_FILE = "themen/buergerbuero/wie-oeffnen-wir.md"


def write_files(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below `root` and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def folder(root: Path) -> Path:
    """Write a topic, an act, a term, an article and a question."""
    return write_files(root, {**BASE, ARTICLE_FILE: ARTICLE, QUESTION_FILE: QUESTION})


def read_files(root: Path) -> dict[str, bytes]:
    """Return all files below `root` by name."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }
