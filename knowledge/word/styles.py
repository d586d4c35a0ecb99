"""What Word's styles mean: headings however they are named or derived, titles, captions, lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from knowledge.word.package import attribute, local

_HEADING = re.compile(r"(?:heading|überschrift)\s*([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(
    r"(?:toc|contents|verzeichnis|inhaltsverzeichnis)\s*\d*|toc heading|contents heading", re.IGNORECASE
)
_ROLES = {
    "title": "title", "titel": "title", "caption": "caption", "beschriftung": "caption", "quote": "quote",
    "intense quote": "quote", "zitat": "quote", "intensives zitat": "quote",
}  # fmt: skip
_LETTERS = frozenset({"lowerLetter", "upperLetter", "lowerRoman", "upperRoman"})
MAX_CHAIN = 20


def child(element: Element | None, *names: str) -> Element | None:
    """Return the element at a path of local names; None when it is missing."""
    for name in names:
        element = next((item for item in element if local(item) == name), None) if element is not None else None
    return element


def value(element: Element | None, *names: str) -> str:
    """Return the attribute `val` of the element at a path; empty when it is missing."""
    found = child(element, *names)
    return attribute(found, "val") if found is not None else ""


@dataclass(frozen=True)
class Style:
    """A paragraph style: role ("h1" … "h9", "title", "caption", "quote", "toc" or ""), and its list."""

    role: str = ""
    num_id: str = ""
    level: str = "0"


class Styles:
    """The styles and list formats of one document."""

    def __init__(self, styles: Element | None, numbering: Element | None) -> None:
        self._raw = (
            {attribute(item, "styleId"): item for item in styles if local(item) == "style"}
            if styles is not None
            else {}
        )
        self._known: dict[str, Style] = {}
        self._formats = _formats(numbering)

    def style(self, style_id: str) -> Style:
        if style_id not in self._known:
            self._known[style_id] = self._resolve(style_id)
        return self._known[style_id]

    def of(self, paragraph: Element) -> Style:
        """Return what a paragraph is: what it says itself goes before its style."""
        properties = child(paragraph, "pPr")
        style = self.style(value(properties, "pStyle"))
        outline = value(properties, "outlineLvl")
        role = style.role or (f"h{int(outline) + 1}" if outline.isdigit() and int(outline) < 9 else "")
        num_id = value(properties, "numPr", "numId") or style.num_id
        level = value(properties, "numPr", "ilvl") or style.level
        return Style(role, "" if num_id == "0" else num_id, level)

    def counts_by_letter(self, style: Style) -> bool:
        return self._formats.get((style.num_id, style.level), "") in _LETTERS

    def is_counted(self, style: Style) -> bool:
        return self._formats.get((style.num_id, style.level), "bullet") not in {"bullet", "none"}

    def _resolve(self, style_id: str) -> Style:
        role, num_id, level, seen = "", "", "", 0
        while style_id in self._raw and seen < MAX_CHAIN:
            raw = self._raw[style_id]
            role = role or _role(value(raw, "name"), value(raw, "pPr", "outlineLvl"))
            num_id = num_id or value(raw, "pPr", "numPr", "numId")
            level = level or value(raw, "pPr", "numPr", "ilvl")
            style_id, seen = value(raw, "basedOn"), seen + 1
        return Style(role, num_id, level or "0")


def _role(name: str, outline: str) -> str:
    if found := _HEADING.match(name.strip()):
        return f"h{found[1]}"
    if _CONTENTS.fullmatch(name.strip()):
        return "toc"
    if name.strip().lower() in _ROLES:
        return _ROLES[name.strip().lower()]
    return f"h{int(outline) + 1}" if outline.isdigit() and int(outline) < 9 else ""


def _formats(numbering: Element | None) -> dict[tuple[str, str], str]:
    """Return (list, level) → format of counting."""
    if numbering is None:
        return {}
    abstract = {
        attribute(item, "abstractNumId"): {
            attribute(level, "ilvl"): value(level, "numFmt") for level in item if local(level) == "lvl"
        }
        for item in numbering
        if local(item) == "abstractNum"
    }
    return {
        (attribute(item, "numId"), level): how
        for item in numbering
        if local(item) == "num"
        for level, how in abstract.get(value(item, "abstractNumId"), {}).items()
    }
