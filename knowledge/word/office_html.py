"""HTML of office programs made plain: lists that are lists, footnotes, no styles. All of it passes nh3 first.

Word and Outlook write lists as paragraphs (`mso-list`), Google Docs writes weights as styles and nests lists
beside their items, LibreOffice and Word each have their own footnotes. The result is a tree of plain elements with
footnotes as `<fnref>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import nh3
from bs4 import BeautifulSoup
from bs4.element import Tag

from knowledge.word.losses import Losses
from knowledge.word.package import RefusedError

_TAGS = {
    "a", "article", "b", "blockquote", "br", "caption", "center", "code", "dd", "del", "div", "dl", "dt", "em",
    "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "input", "li", "ol", "p", "pre", "s", "section",
    "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"style", "class", "id", "align"},
    "a": {"href", "name"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start", "type"},
    "input": {"type", "checked"},
    "font": {"color"},
}
# Addresses of every kind come through here, so that those which are dropped later can be counted.
_SCHEMES = {
    "http",
    "https",
    "mailto",
    "tel",
    "file",
    "data",
    "cid",
    "ftp",
    "javascript",
    "portal-image",
    "sip",
    "onenote",
}
MAX_DEPTH = 150
MAX_ELEMENTS = 100_000
_ELEMENT = re.compile(r"<(/?)([a-z0-9]+)")
_VOID = frozenset({"br", "hr", "img", "input"})
_LIST = re.compile(r"mso-list:\s*l(\d+)\s+level(\d)", re.IGNORECASE)
_NOTE = re.compile(r"#?_?(?:footnote|endnote|ftn|edn|sdfootnote|sdendnote)-?(\d+)(?:sym)?$")
_COUNTED = re.compile(r"^\W*(?:\d+(?:\.\d+)+[.)]?|(?:\d+|[a-zA-Z]|[ivxIVX]+)[.)])\W*$")
_SEVERAL_NUMBERS = re.compile(r"^\W*\d+\.\d")
_LAST_NUMBER = re.compile(r"(\d{1,4})\D*$")
_LETTERED = re.compile(r"^\W*[a-zA-Z]+[.)]\W*$")


def sanitise_office(source: str) -> str:
    """Return HTML reduced to what `plain` reads; scripts, comments, foreign elements are gone."""
    return nh3.clean(
        source,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
        clean_content_tags={"script", "style", "xml", "title", "svg", "math", "object", "iframe", "template"},
        strip_comments=True,
    )


def check_nesting(source: str) -> None:
    """Raise RefusedError for clean HTML of more elements or levels than any text has: it would take minutes."""
    depth = 0
    for count, found in enumerate(_ELEMENT.finditer(source)):
        if found[2] not in _VOID:
            depth += -1 if found[1] else 1
        if depth > MAX_DEPTH or count > 2 * MAX_ELEMENTS:
            raise RefusedError(
                "Der Inhalt ist zu tief verschachtelt oder zu umfangreich. Lösen Sie Tabellen in Tabellen auf "
                "oder teilen Sie den Text und versuchen Sie es erneut.",
                code="too_deep",
            )


@dataclass
class Plain:
    """A tree of plain elements and the footnotes it refers to by key."""

    body: Tag
    notes: dict[str, Tag] = field(default_factory=dict)


def plain(source: str, losses: Losses) -> Plain:
    """Return the plain tree of HTML from mammoth or from an office program's clipboard."""
    clean = sanitise_office(source)
    check_nesting(clean)
    soup = BeautifulSoup(clean, "html.parser")
    result = Plain(soup)
    _note_styles(soup, losses)
    _footnotes(soup, result)
    _roles(soup)
    _word_lists(soup, losses)
    _nested_lists(soup)
    for tree in (soup, *result.notes.values()):
        for tag in tree.find_all(["span", "u", "font"]):
            tag.unwrap()
    return result


def _style(tag: Tag) -> str:
    return re.sub(r"\s+", "", str(tag.get("style", "")).lower())


def _note_styles(soup: BeautifulSoup, losses: Losses) -> None:
    """Turn what is said by style into elements; count what is said by underline and colour."""
    for tag in soup.find_all(["span", "b", "font", "i", "strong"]):
        style = _style(tag)
        if "mso-list:ignore" in style:
            tag["class"] = "kp-marker"
            continue
        linked = tag.find_parent("a") is not None
        if not linked and ("text-decoration:underline" in style):
            losses.add("underline")
        if not linked and _has_colour(tag, style):
            losses.add("colour")
        if tag.name in {"b", "strong"} and "font-weight:normal" in style:
            tag.name = "span"
        elif tag.name == "span":
            _name_of_weight(soup, tag, style)
    for tag in soup.find_all("u"):
        if tag.find_parent("a") is None and tag.find("a") is None:
            losses.add("underline")


def _has_colour(tag: Tag, style: str) -> bool:
    colour = re.search(r"(?:^|;)color:([^;]+)", style)
    back = re.search(r"(?:^|;)background(?:-color)?:([^;]+)", style)
    plain_colours = {"black", "#000000", "#000", "windowtext", "inherit", "rgb(0,0,0)", "auto"}
    if tag.name == "font" and tag.get("color"):
        return str(tag["color"]).lower() not in plain_colours
    return bool(colour and colour[1] not in plain_colours) or bool(
        back and back[1] not in {"transparent", "white", "#ffffff", "inherit", "none"}
    )


def _name_of_weight(soup: BeautifulSoup, tag: Tag, style: str) -> None:
    bold = re.search(r"font-weight:(bold|[6-9]00)", style)
    italic = "font-style:italic" in style
    if "vertical-align:super" in style or "vertical-align:sub" in style:
        tag.wrap(soup.new_tag("sup" if "vertical-align:super" in style else "sub"))
    if bold:
        tag.wrap(soup.new_tag("strong"))
    if italic:
        tag.wrap(soup.new_tag("em"))


def _note_key(value: object) -> str:
    """Return the key of a footnote or endnote that an address or id names; empty for others."""
    text = str(value or "")
    found = _NOTE.match(text)
    if not found:
        return ""
    kind = "e" if re.match(r"#?_?(?:e|sde)", text) else "f"
    return f"{kind}{found[1]}"


def _footnotes(soup: BeautifulSoup, result: Plain) -> None:
    for tag in soup.find_all(["li", "div"], id=True):
        key = _note_key(tag["id"])
        if not key:
            continue
        for link in tag.find_all("a"):
            if re.match(
                r"#?_?(?:footnote-ref|endnote-ref|ftnref|ednref|sd(?:foot|end)note\d+anc)",
                str(link.get("href", "")),
            ):
                link.decompose()
        result.notes[key] = tag.extract()
    for link in soup.find_all("a", href=True):
        key = _note_key(link["href"])
        if key in result.notes:
            mark = soup.new_tag("fnref", attrs={"n": key})
            outer = link.parent if link.parent is not None and link.parent.name == "sup" else link
            outer.replace_with(mark)
    for tag in soup.find_all(["ol", "div"]):
        if not tag.get_text(strip=True) and not tag.find(["img", "fnref"]):
            tag.decompose()


def _roles(soup: BeautifulSoup) -> None:
    """Translate the classes of Word's clipboard into ours; all other classes, ids and styles stay unread."""
    for tag in soup.find_all("p", class_=True):
        classes = " ".join(tag.get_attribute_list("class")).lower()
        if "msotitle" in classes:
            tag["class"] = "titel"
        elif "msocaption" in classes:
            tag["class"] = "beschriftung"
        elif re.search(r"msotoc\d", classes):
            tag.decompose()


def _word_lists(soup: BeautifulSoup, losses: Losses) -> None:
    """Make real lists of Word's paragraphs that only look like ones."""
    for first in soup.find_all("p"):
        if first.parent is None or not _LIST.search(str(first.get("style", ""))):
            continue
        items = [first]
        while (following := _next_tag(items[-1])) is not None and _LIST.search(str(following.get("style", ""))):
            items.append(following)
        _build_list(soup, items, losses)


def _next_tag(tag: Tag) -> Tag | None:
    for item in tag.next_siblings:
        if isinstance(item, Tag):
            return item if item.name == "p" else None
        if str(item).strip():
            return None
    return None


def _build_list(soup: BeautifulSoup, items: list[Tag], losses: Losses) -> None:
    stack: list[Tag] = []
    root = soup.new_tag("div")
    items[0].insert_before(root)
    for item in items:
        found = _LIST.search(str(item.get("style", "")))
        level = min(int(found[2]) if found else 1, len(stack) + 1, 9)
        marker = item.find(class_="kp-marker")
        sign = marker.get_text() if marker is not None else ""
        if marker is not None:
            marker.decompose()
        name = "ol" if _COUNTED.match(sign) else "ul"
        if _LETTERED.match(sign) and not re.fullmatch(r"\W*o\W*", sign):
            losses.add("list_format")
        if _SEVERAL_NUMBERS.match(sign):
            losses.add("list_format")
        del stack[level:]
        if len(stack) < level or stack[-1].name != name:
            del stack[level - 1 :]
            parent = stack[-1].find_all("li", recursive=False)[-1] if stack else root
            stack.append(_new_list(soup, name, sign))
            parent.append(stack[-1])
        entry = soup.new_tag("li")
        entry.extend(list(item.contents))
        stack[-1].append(entry)
        item.decompose()
    root.unwrap()


def _new_list(soup: BeautifulSoup, name: str, sign: str) -> Tag:
    """Return a list that starts with the number of its sign: a paragraph may stand between two steps."""
    made = soup.new_tag(name)
    number = _LAST_NUMBER.search(sign) if name == "ol" else None
    if number is not None and int(number[1]) > 1:
        made["start"] = number[1]
    return made


def _nested_lists(soup: BeautifulSoup) -> None:
    """Put a list that stands directly in a list into the item before it."""
    for inner in soup.find_all(["ul", "ol"]):
        if inner.parent is None or inner.parent.name not in {"ul", "ol"}:
            continue
        before = inner.find_previous_sibling("li")
        if before is None:
            before = soup.new_tag("li")
            inner.insert_before(before)
        before.append(inner.extract())
