"""Reading law texts in the Markdown form of consolidated acts: two "%" lines, then "# § 9 – Heading".

The texts are not rendered as Markdown: "1." at the start of a paragraph is the number the legislator gave it, not
a list to be counted anew. Only tables are rendered, also behind such a number; of other HTML the words are kept.
Everything passes the allow list of `knowledge.markdown`.
"""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass, field

from knowledge.markdown import plain_text, render_markdown, sanitise
from portal.core.text import german_slug

_HEADING = re.compile(r"^# +(?P<number>[^–]*?)(?:\s+–\s+(?P<heading>.*))?$")
_SECTION = re.compile(r"^(?P<sign>§§?|Art(?:ikel|\.)?) *(?P<first>\d+[a-z]*)(?P<rest>.*)$")
_ANNEX = re.compile(r"^(?P<kind>Anlage|Anhang)(?: +(?P<number>.+))?$")
_TITLE = re.compile(r"^(?P<long>.*?)(?:\s{2,}\((?P<names>[^()]*(?:\([^()]*\)[^()]*)*)\))?\s*$")
_ENACTED = re.compile(r"(\d{2}\.\d{2}\.\d{4})")
_PARAGRAPH = re.compile(r"^\((?P<number>\d+[a-z]?)\)\s")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_ESCAPED = re.compile(r"\\([.\-_\[\]*()])")
_HTML_BLOCK = re.compile(r"<(table|dl|div)\b", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_FOOTNOTE_LINK = re.compile(r'<a\b[^<>]*class="FnR"[^<>]*>\s*([^<>\s]+)\s*</a>', re.IGNORECASE)
_INLINE_TAG = re.compile(r"</?(?:a|font|small|span|sub|sup)(?:\s[^<>]*|/)?>", re.IGNORECASE)
_FOOTNOTE_MARK = re.compile(r"(?<=[a-zäöüß])\d+\)?(?=\s|$)|\s*\*\)?(?=\s|$)")
_MAX_NUMBER, _MAX_HEADING, _MAX_ANCHOR = 60, 500, 70


class LawTextError(ValueError):
    """A file that is no law text; says in which line and why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class ParsedSection:
    """One § (article, annex, preamble) as it will be shown."""

    number: str
    heading: str
    anchor: str
    key: str
    html: str
    text: str

    @property
    def text_hash(self) -> str:
        words = " ".join(f"{self.number} {self.heading} {self.text}".split())
        return hashlib.sha256(words.encode()).hexdigest()


@dataclass
class ParsedLaw:
    """A whole text: its titles, names to find the act by, and its sections."""

    title: str
    names: list[str]
    enacted_on: str
    sections: list[ParsedSection] = field(default_factory=list)

    @property
    def content_hash(self) -> str:
        words = "\n".join([self.title, *(f"{item.anchor} {item.text_hash}" for item in self.sections)])
        return hashlib.sha256(words.encode()).hexdigest()


def key_of(number: str) -> str:
    """Return the normalised number: "9a" for § 9a, "art-6" for Art. 6, "anlage-1"; empty for preambles."""
    section = _SECTION.match(number)
    if section:
        prefix = "" if section["sign"].startswith("§") else "art-"
        return f"{prefix}{section['first']}"
    annex = _ANNEX.match(number)
    if annex:
        return "-".join(filter(None, [annex["kind"].casefold(), german_slug(annex["number"] or "")]))
    return ""


def _anchor_of(number: str) -> str:
    section = _SECTION.match(number)
    if section:
        prefix = "p" if section["sign"].startswith("§") else "art"
        return german_slug(f"{prefix} {section['first']} {section['rest']}", max_length=_MAX_ANCHOR)
    return german_slug(number, max_length=_MAX_ANCHOR) or "abschnitt"


def _words(block: str) -> str:
    """Return the words of a paragraph, without the tags around some of them; a footnote's number stands apart."""
    text = _ESCAPED.sub(r"\1", html.unescape(_BREAK.sub("\n", block)))
    return _INLINE_TAG.sub("", _FOOTNOTE_LINK.sub(r" [\1]", text))


def _paragraph(block: str, anchor: str) -> str:
    text = "<br>".join(html.escape(line.strip()) for line in _words(block).strip().split("\n"))
    numbered = _PARAGRAPH.match(block)
    mark = f' id="{anchor}-abs-{numbered["number"]}"' if numbered and anchor.startswith(("p-", "art-")) else ""
    return f"<p{mark}>{text}</p>"


def _blocks(lines: list[str]) -> list[str]:
    """Return the paragraphs of a section; a block of HTML is kept together over blank lines.

    What stands before the block in its line ("1. <table>") is a paragraph of its own.
    """
    blocks: list[str] = []
    current: list[str] = []
    closing = ""
    for line in lines:
        rest = line
        opening = None if closing else _HTML_BLOCK.search(line)
        if opening:
            blocks.append("\n".join([*current, line[: opening.start()]]))
            current, rest = [], line[opening.start() :]
            closing = f"</{opening[1].lower()}>"
        if rest.strip():
            current.append(rest)
        if (closing in rest.lower()) if closing else not rest.strip():
            blocks.append("\n".join(current))
            current, closing = [], ""
    blocks.append("\n".join(current))
    return [block for block in blocks if block.strip()]


def _render(lines: list[str], anchor: str) -> str:
    parts = []
    for block in _blocks(lines):
        plain = _PICTURE.sub("[Abbildung]", block)
        if _HTML_BLOCK.match(plain):
            parts.append(sanitise(plain))
        elif plain.lstrip().startswith("|"):
            parts.append(render_markdown(plain))
        elif plain.replace("\xa0", " ").strip():
            parts.append(_paragraph(plain, anchor))
    return "\n".join(parts).replace("<table>", '<div class="kern-table-responsive" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )  # fmt: skip


def _title(line: str) -> tuple[str, list[str]]:
    """Return the long title and the names in brackets behind it: "(Onlinezugangsgesetz - OZG)"."""
    found = _TITLE.match(line)
    long = _FOOTNOTE_MARK.sub("", found["long"] if found else line).strip()
    names = [part.strip() for part in re.split(r"\s+[-–]\s+", (found["names"] or "") if found else "")]
    without_brackets = re.sub(r"\s*\([^()]*\)\s*$", "", long)
    return long, [name for name in [*reversed(names), without_brackets, long] if name]


def parse_law(source: str, *, stem: str = "") -> ParsedLaw:
    """Read a law text; `stem` is the file name, whose first part is a name of the act, too.

    Raises:
        LawTextError: the text has no title or no section.
    """
    lines = source.replace("\r\n", "\n").lstrip("\ufeff").split("\n")
    if not lines or not lines[0].startswith("%") or not lines[0][1:].strip():
        raise LawTextError(1, "In der ersten Zeile steht kein Titel („% Titel  (Kurztitel - Abkürzung)“).")
    title, names = _title(lines[0][1:].strip())
    short = re.sub(r"-BJNR\w+$", "", stem).replace("_", " ")
    enacted = _ENACTED.search(lines[1]) if len(lines) > 1 and lines[1].startswith("%") else None
    names = [*names[:1], short, *names[1:]] if names[0] != title else [short, *names]
    unique = list(dict.fromkeys(name for name in names if name))
    law = ParsedLaw(title, unique, enacted[1] if enacted else "")
    _read_sections(lines, law)
    if not law.sections:
        raise LawTextError(len(lines), "Es gibt keinen Abschnitt („# § 1 – Überschrift“).")
    return law


def _read_sections(lines: list[str], law: ParsedLaw) -> None:
    starts = [number for number, line in enumerate(lines) if line.startswith("# ")]
    used: set[str] = set()
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        found = _HEADING.match(lines[start].rstrip())
        if not found or not found["number"].strip():
            raise LawTextError(start + 1, "Die Überschrift nennt keine Nummer („# § 1 – Überschrift“).")
        number = found["number"].strip()
        anchor = _anchor_of(number)
        while anchor in used:
            anchor += "-2"
        used.add(anchor)
        body = _render(lines[start + 1 : end], anchor)
        if number == "Inhaltsübersicht" and not plain_text(body):
            continue
        law.sections.append(
            ParsedSection(
                number=number[:_MAX_NUMBER],
                heading=(found["heading"] or "").strip()[:_MAX_HEADING],
                anchor=anchor,
                key=key_of(number)[:40],
                html=body,
                text=plain_text(body),
            )
        )
