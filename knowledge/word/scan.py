"""Walks through a Word document and notes what its draft will not have, with page and heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from knowledge.word.losses import Losses
from knowledge.word.package import attribute, local
from knowledge.word.styles import Style, Styles, child, value

_CROSS = re.compile(r"\s*(?:REF|PAGEREF|NOTEREF|STYLEREF)\b")
_FORM = re.compile(r"\s*FORM(?:TEXT|CHECKBOX|DROPDOWN)\b")
_FORM_CONTROLS = frozenset({"checkbox", "dropDownList", "comboBox", "date"})
_NO_COLOUR = frozenset({"", "auto", "000000", "none", "clear", "FFFFFF", "windowText"})
_SIMPLE = {
    "commentReference": "comment", "txbxContent": "textbox", "object": "object", "oMath": "formula",
}  # fmt: skip
_CHANGES = {"ins": "insertion", "moveTo": "insertion", "del": "deletion", "moveFrom": "deletion"}
_PROPERTIES = frozenset({"rPr", "trPr", "pPr", "tcPr"})
_TITLE_LENGTH = 80
_DRAWN = frozenset({"drawing", "pict", "object"})


def text_of(element: Element) -> str:
    """Return the words of an element, deleted ones left out."""
    return "".join(item.text or "" for item in element.iter() if local(item) == "t").strip()


def is_contents(element: Element) -> bool:
    """True for the block that Word makes of its table of contents."""
    return value(element, "sdtPr", "docPartObj", "docPartGallery") == "Table of Contents"


def _walk(root: Element) -> Iterator[tuple[Element, str, bool]]:
    """Yield elements in order with the name of their parent and whether they stand in a link."""
    stack = [(root, "", False)]
    while stack:
        element, parent, linked = stack.pop()
        name = local(element)
        if name == "Fallback" and child(element) is not None and parent == "AlternateContent":
            continue
        yield element, parent, linked
        linked = linked or name == "hyperlink"
        stack.extend((item, name, linked) for item in reversed(element))


class Scan:
    """One pass over a part; `place` is where it has come to."""

    def __init__(self, styles: Styles, losses: Losses, start: str = "") -> None:
        self.styles = styles
        self.losses = losses
        self.page = 1
        self.paged = False
        self.heading = start
        self._lists: dict[str, bool] = {}
        self._last_list = ""

    @property
    def place(self) -> str:
        page = f"Seite {self.page}" if self.paged else ""
        heading = f"Abschnitt „{self.heading}“" if self.heading else "am Anfang"
        return ", ".join(part for part in (page, heading) if part)

    def run(self, root: Element) -> None:
        self.paged = any(local(item) == "lastRenderedPageBreak" for item in root.iter())
        for element, parent, linked in _walk(root):
            name = local(element)
            if name == "p" and parent != "txBody":
                self._paragraph(element)
            elif name in _SIMPLE and not (name == "oMath" and parent == "oMath"):
                self.losses.add(_SIMPLE[name], self.place)
            elif name in _CHANGES and parent not in _PROPERTIES:
                self.losses.add(_CHANGES[name], self.place)
            elif name == "lastRenderedPageBreak":
                self.page += 1
            elif name == "rPr" and parent == "r":
                self._run_properties(element, linked)
            else:
                self._other(element, name)

    def _other(self, element: Element, name: str) -> None:
        if name == "graphicData":
            self._graphic(element)
        elif name == "instrText":
            self._field(element.text or "")
        elif name == "fldSimple":
            self._field(attribute(element, "instr"))
        elif name == "sdt":
            self._control(element)
        elif name == "hyperlink" and not attribute(element, "id"):
            self._jump(attribute(element, "anchor"))

    def _jump(self, anchor: str) -> None:
        if anchor and not anchor.startswith("_Toc"):
            self.losses.add("cross_reference", self.place)

    def _paragraph(self, element: Element) -> None:
        style = self.styles.of(element)
        if style.role.startswith("h") or style.role == "title":
            text = text_of(element)
            if text and style.role != "title":
                self.heading = text if len(text) <= _TITLE_LENGTH else f"{text[:_TITLE_LENGTH]} …"
            if text and style.num_id and self.styles.is_counted(style):
                self.losses.add("heading_number", self.place)
        elif style.role == "toc":
            self.losses.found.setdefault("toc", (1, []))
        self._list(style)

    def _list(self, style: Style) -> None:
        """Note lists that count by letters, and those that go on after other text."""
        current = style.num_id if style.num_id and not style.role else ""
        if current and self.styles.is_counted(style):
            if self.styles.counts_by_letter(style) and current != self._last_list:
                self.losses.add("list_format", self.place)
            if current in self._lists and current != self._last_list and style.level == "0":
                self.losses.add("list_restart", self.place)
            self._lists[current] = True
        if style.level == "0" or not current:
            self._last_list = current

    def _run_properties(self, element: Element, linked: bool) -> None:
        if child(element, "vanish") is not None and value(element, "vanish") not in {"0", "false"}:
            self.losses.add("hidden", self.place)
        if linked:
            return
        if value(element, "u") not in {"", "none"}:
            self.losses.add("underline", self.place)
        shade = child(element, "shd")
        fill = attribute(shade, "fill") if shade is not None else ""
        if {value(element, "color"), value(element, "highlight"), fill} - _NO_COLOUR:
            self.losses.add("colour", self.place)

    def _graphic(self, element: Element) -> None:
        kind = attribute(element, "uri").rpartition("/")[2]
        names = {local(item) for item in element.iter()}
        if kind == "diagram":
            self.losses.add("smartart", self.place)
        elif kind in {"chart", "chartex"}:
            self.losses.add("chart", self.place)
        elif kind.startswith("wordprocessing") and not names & {"txbxContent", "pic"}:
            self.losses.add("shape", self.place)

    def _field(self, instruction: str) -> None:
        if _CROSS.match(instruction):
            self.losses.add("cross_reference", self.place)
        elif _FORM.match(instruction):
            self.losses.add("form", self.place)
        elif instruction.strip().startswith("TOC"):
            self.losses.found.setdefault("toc", (1, []))

    def _control(self, element: Element) -> None:
        properties = child(element, "sdtPr")
        if is_contents(element):
            self.losses.found.setdefault("toc", (1, []))
        elif properties is not None and {local(item) for item in properties} & _FORM_CONTROLS:
            self.losses.add("form", self.place)


def scan_margin(root: Element, losses: Losses) -> None:
    """Note what stands in a header or footer, pictures too: a logo or a watermark is often all there is."""
    drawn = any(local(item) in _DRAWN for item in root.iter())
    if drawn or text_of(root):
        name = "Fußzeile" if local(root) == "ftr" else "Kopfzeile"
        losses.add("header", f"{name} mit Bild" if drawn else name)
    instructions = [item.text or "" for item in root.iter() if local(item) == "instrText"]
    instructions += [attribute(item, "instr") for item in root.iter() if local(item) == "fldSimple"]
    if any(re.match(r"\s*(?:PAGE|NUMPAGES)\b", item) for item in instructions):
        losses.found.setdefault("page_number", (1, []))
