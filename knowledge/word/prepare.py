"""Makes a Word document plain enough for the converter: roles instead of styles, text boxes as text, no fields.

The converter (mammoth) follows Word's own names of styles and passes over some elements with their text; what it
would lose or misread is put into a form it knows.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from knowledge.word.package import local
from knowledge.word.scan import is_contents
from knowledge.word.styles import Styles, child, value

FORMULA = "[Formel fehlt]"
_VML = "{urn:schemas-microsoft-com:vml}"
_UNWRAP = frozenset({"fldSimple", "dir", "bdo"})
_DROP = frozenset({"object", "bookmarkStart", "bookmarkEnd", "commentReference"})
_STYLE = {"title": "KpTitle", "caption": "KpCaption", "quote": "KpQuote"}
_MAX_ROUNDS = 50


def _namespace(element: Element) -> str:
    return str(element.tag).rpartition("}")[0] + "}"


def prepare(root: Element, styles: Styles) -> None:
    """Change a part in place; the walk over it (`scan`) comes first."""
    word = _namespace(root)
    for _ in range(_MAX_ROUNDS):  # what is put in the place of a child may need the same again
        if not sum(_children(parent, word) for parent in list(root.iter())):
            break
    for paragraph in list(root.iter(f"{word}p")):
        _paragraph(paragraph, styles, word)


def _children(parent: Element, word: str) -> bool:
    changed = False
    kept: list[Element] = []
    for item in parent:
        put = _instead(item, word)
        changed = changed or put is not None
        kept += [item] if put is None else put
    if changed:
        parent[:] = kept
    return changed


def _instead(item: Element, word: str) -> list[Element] | None:
    """Return what comes in the place of an element; None when it stays."""
    name = local(item)
    if name in _DROP or (name == "sdt" and is_contents(item)) or (name == "r" and _is_hidden(item)):
        return []
    if name in _UNWRAP:
        return [part for part in item if not local(part).endswith("Pr")]
    if name in {"oMath", "oMathPara"}:
        return [_run(word)]
    if name == "AlternateContent":
        branch = child(item, "Fallback")
        branch = branch if branch is not None and len(branch) else child(item, "Choice")
        return list(branch) if branch is not None else []
    if name == "drawing":
        boxes = [part for part in item.iter() if local(part) == "txbxContent"]
        return [_as_picture(box, word) for box in boxes] if boxes else None
    return None


def _is_hidden(run: Element) -> bool:
    hidden = child(run, "rPr", "vanish")
    return hidden is not None and value(run, "rPr", "vanish") not in {"0", "false"}


def _run(word: str) -> Element:
    run = Element(f"{word}r")
    SubElement(run, f"{word}t").text = FORMULA
    return run


def _as_picture(box: Element, word: str) -> Element:
    """Return a text box in the older form, whose text the converter reads."""
    picture = Element(f"{word}pict")
    SubElement(SubElement(picture, f"{_VML}shape"), f"{_VML}textbox").append(box)
    return picture


def _paragraph(paragraph: Element, styles: Styles, word: str) -> None:
    """Write role and list into the paragraph itself."""
    style = styles.of(paragraph)
    properties = child(paragraph, "pPr")
    if style.role == "toc":
        paragraph[:] = []
        return
    if properties is None:
        properties = Element(f"{word}pPr")
        paragraph.insert(0, properties)
    for name in ("pStyle", "numPr", "outlineLvl"):
        old = child(properties, name)
        if old is not None:
            properties.remove(old)
    if style.role:
        name = _STYLE.get(style.role) or f"Heading{min(int(style.role[1:]), 6)}"
        properties.insert(0, Element(f"{word}pStyle", {f"{word}val": name}))
    elif style.num_id:
        numbers = SubElement(properties, f"{word}numPr")
        SubElement(numbers, f"{word}ilvl", {f"{word}val": style.level})
        SubElement(numbers, f"{word}numId", {f"{word}val": style.num_id})
