"""What a kind of article promises is there: the fixed parts of each, roles and reasons of items."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from knowledge.content_check.content import Content, Subject
from knowledge.content_check.passages import Passage, Place
from knowledge.content_check.registry import Finding
from knowledge.content_io.blocks import Block
from knowledge.models import ArticlePage

NAME = "arten"
TITLE = "Jede Art von Artikel hat ihre festen Teile"
Kind = ArticlePage.Kind
# Headings of a guide: who takes part and what it costs ("nicht bekannt" is an answer, silence is none).
GUIDE_PARTS = ("Wer mitwirkt", "Was es kostet")
# Rows of the overview's table: duty, date, cost, benefit, decision.
OVERVIEW_PARTS = {
    "die Pflicht": re.compile(r"Welche Pflicht gilt\?"),
    "das Datum": re.compile(r"(?:Bis|Seit) wann\?"),
    "die Kosten": re.compile(r"Was kostet es\?"),
    "den Nutzen": re.compile(r"Was ist der Nutzen\?"),
    "die Entscheidung": re.compile(r"Was entscheiden Sie\?"),
}
CORRECTION = "Richtig ist:"
SOURCE = "Quelle:"
_CLAIM = re.compile(r"„[^“]+“$")


def run(content: Content) -> Iterator[Finding]:
    looks: dict[str, Callable[[Subject], Iterator[Finding]]] = {
        Kind.CHECKLISTE: _checklist,
        Kind.LEITFADEN: _guide,
        Kind.UEBERBLICK: _overview,
        Kind.RECHTSSEITE: _provision,
        Kind.MISSVERSTAENDNIS: _misunderstanding,
    }
    for subject in content.for_readers:
        kind = subject.meta.get("kind")
        if subject.kind == "article" and kind in looks:
            yield from looks[kind](subject)


def checklists(subject: Subject) -> list[Block]:
    """Return the checklists of a page."""
    body = subject.document.body
    return [b for b in body if isinstance(b, Block) and b.kind == "checklist"] if isinstance(body, list) else []


def line_of_item(subject: Subject, block: Block, text: str) -> int:
    """Return the line in which an item of a checklist stands."""
    return next((p.line for p in subject.body if p.line >= block.line and p.text.startswith(text)), block.line)


def _checklist(subject: Subject) -> Iterator[Finding]:
    found = checklists(subject)
    if not found:
        message = "Die Seite hat keinen Block „checkliste“. Ergänzen Sie ihn oder wählen Sie eine andere Art."
        yield subject.error(NAME, subject.line_of("kind"), message)
    for block in found:
        for item in block.value["items"]:
            missing = [name for name, key in (("Rolle", "role"), ("Grund", "reason")) if not item[key].strip()]
            if missing:
                names = " und ".join(f"„{name}“" for name in missing)
                message = f"Dem Punkt „{item['text']}“ fehlt {names}. Ergänzen Sie das darunter."
                yield subject.error(NAME, line_of_item(subject, block, item["text"]), message)


def _guide(subject: Subject) -> Iterator[Finding]:
    headings = {passage.plain for passage in subject.body if passage.place is Place.HEADING}
    for part in GUIDE_PARTS:
        if part not in headings:
            message = (
                f"Dem Leitfaden fehlt der Abschnitt „{part}“. Ist nichts belegt, sagen Sie das und wen man fragt."
            )
            yield subject.warning(NAME, subject.line_of("kind"), message)


def _overview(subject: Subject) -> Iterator[Finding]:
    rows = [passage.plain for passage in subject.body if passage.place is Place.ROW]
    missing = [name for name, words in OVERVIEW_PARTS.items() if not any(words.match(row) for row in rows)]
    if missing:
        message = (
            f"Der Überblick nennt nicht: {', '.join(missing)}. Ergänzen Sie die Zeile der Tabelle „Auf einen "
            "Blick“ oder wählen Sie eine andere Art."
        )
        yield subject.warning(NAME, subject.line_of("kind"), message)


def _provision(subject: Subject) -> Iterator[Finding]:
    if not isinstance(subject.meta.get("legal_basis"), list):
        message = (
            "Eine Rechtsseite erklärt Vorschriften. Nennen Sie sie unter „legal_basis“ oder wählen Sie eine "
            "andere Art."
        )
        yield subject.warning(NAME, subject.line_of("kind"), message)


def _misunderstanding(subject: Subject) -> Iterator[Finding]:
    """Each section is one claim, its correction and the source of that."""
    sections: list[list[Passage]] = []
    for passage in subject.body:
        if passage.place is Place.HEADING and passage.plain.startswith("„"):
            sections.append([passage])
        elif sections and passage.section == sections[-1][0].section:
            sections[-1].append(passage)
    if not sections:
        message = "Die Seite nennt keine Behauptung. Jedes Missverständnis beginnt mit einer Überschrift „…“."
        yield subject.warning(NAME, subject.line_of("kind"), message)
    for claim, *rest in sections:
        missing = [part for part in (CORRECTION, SOURCE) if not any(p.plain.startswith(part) for p in rest)]
        if not _CLAIM.fullmatch(claim.plain):
            message = f"Die Überschrift {claim.plain} ist nicht nur die Behauptung. Schreiben Sie genau „…“."
            yield subject.warning(NAME, claim.line, message)
        for part in missing:
            message = f"Unter {claim.plain} fehlt ein Absatz, der mit „{part}“ beginnt."
            yield subject.warning(NAME, claim.line, message)
