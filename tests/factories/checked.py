"""A content folder in which no check finds anything, and what tests change about it."""

from __future__ import annotations

from pathlib import Path

from knowledge.content_check.registry import Finding
from knowledge.content_check.run import check_folder
from tests.factories.files import ARTICLE_FILE, BASE, write_files

PAGE = """---
type: article
title: Bescheide zustellen
kind: praxis
short_answer: Ein Bescheid im Postfach gilt am vierten Tag als bekannt gegeben.
legal_basis: [§ 9 Abs. 1 OZG]
sources:
  - title: Onlinezugangsgesetz, Stand 19.08.2026
facts: [O-12]
content_as_of: 2026-08-19
---

## So geht es

Der Tag zählt ab der Bereitstellung.
"""
BODY = 15  # the line of the paragraph
FACTS = """[[fact]]
id = "O-12"
statement = "Am vierten Tag."
source = "§ 9 Abs. 1 OZG, Stand 19.08.2026"
state = 2026-08-19
mark = "gesetzestext"
"""
LAND = """---
type: act
abbreviation: HVwVfG
title: Hessisches Verwaltungsverfahrensgesetz
level: land
binds: ja
source_url: https://recht.example/
---
"""
FEDERAL = """---
type: act
abbreviation: VwVfG
title: Verwaltungsverfahrensgesetz
level: bund
binds: nein-landesrecht
counterpart: hvwvfg
provisions:
  - ref: § 41 Abs. 2
    summary: Bekanntgabe.
---
"""
POINT = """[[open-point]]
id = "U-03"
claims = [["DeutschlandID", "eingeführt"]]
unless = ["Entwurf"]
reason = "nicht belegt"
ask = "Bundesgesetzblatt"
"""


def clean_folder(root: Path) -> Path:
    """Write a folder in which no check finds anything."""
    term = BASE["glossar/efa.md"] + "\nQuelle: Leitfaden, 2026.\n"
    pages = {
        "glossar/efa.md": term,
        ARTICLE_FILE: PAGE,
        "facts.toml": FACTS,
        "recht/vwvfg.md": FEDERAL,
        "recht/hvwvfg.md": LAND,
    }
    return write_files(root, {**BASE, **pages})


def found(root: Path, *only: str) -> list[Finding]:
    return check_folder(root, only=only).findings


def with_text(text: str) -> str:
    """Return the article with other words in its one paragraph, which begins in line BODY."""
    return PAGE.replace("Der Tag zählt ab der Bereitstellung.", text)
