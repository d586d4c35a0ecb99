"""Running text of a plain tree as Markdown that renders to the same words."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from bs4.element import NavigableString, Tag

BREAK = "\x1f"
_SPACE = re.compile(r"[ \t\r\n\f\v]+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_SPECIAL = re.compile(r"[\\`*\[\]|]")
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)|(?<=_)_")
_LINE_START = re.compile(r"^(\d{1,9})([.)])|^([-+#!])")
_AS_ENTITY = re.compile(r"^[>:~=]")
_STRONG, _EMPHASIS = frozenset({"strong", "b"}), frozenset({"em", "i"})
_RAW = {"sup": "sup", "sub": "sub", "s": "s", "strike": "s", "del": "s"}
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
MAX_ADDRESS = 2000


def escape(text: str) -> str:
    """Return text that Markdown shows as it is, wherever in a line it stands except at its start."""
    text = _SPECIAL.sub(r"\\\g<0>", _ENTITY.sub("&amp;", text))
    return _UNDERSCORE.sub(r"\\_", text).replace("<", "&lt;")


def escape_start(line: str) -> str:
    """Return a line whose start makes no list, heading, quote or rule of it."""
    line = line.lstrip(" ")
    if _AS_ENTITY.match(line):
        return f"&#{ord(line[0])};{line[1:]}"
    return _LINE_START.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", line)


def address(href: str) -> str:
    """Return an address that a link may have, written so that Markdown takes it whole; empty for others."""
    text = _CONTROL.sub("", href).strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    whole = bool(parts.netloc) if parts.scheme in {"http", "https"} else bool(parts.path)
    if parts.scheme not in _SCHEMES or not whole or len(text) > MAX_ADDRESS:
        return ""
    return quote(text, safe="%/:=&?~#+!$,;'@-._").replace("_", "%5F" if parts.scheme == "tel" else "_")


class Inline:
    """Writes running text; images in it are handed to `image`, footnotes to `note`, lost links to `lost`."""

    def __init__(
        self, image: Callable[[Tag], None], note: Callable[[str], str], lost: Callable[[str], None]
    ) -> None:
        self._image = image
        self._note = note
        self._lost = lost

    def write(self, nodes: list[object], *, bold: bool = True) -> str:
        """Return Markdown on one line; line breaks are `BREAK`. Without `bold`, strong text is plain text."""
        return _tidy(self._nodes(nodes, frozenset() if bold else frozenset({"strong"})))

    def _nodes(self, nodes: list[object], within: frozenset[str]) -> str:
        result = ""
        for node in _merged(nodes):
            if isinstance(node, _Run):
                result += self._emphasis(node, within, spelled=result.endswith("*"))
            else:
                result += self._node(node, within)
        return result

    def _node(self, node: object, within: frozenset[str]) -> str:
        if isinstance(node, Tag):
            return self._tag(node, within)
        if isinstance(node, NavigableString):
            return escape(_SPACE.sub(" ", _CONTROL.sub("", str(node))))
        return ""

    def _tag(self, tag: Tag, within: frozenset[str]) -> str:  # noqa: PLR0911 - one line per element
        children: list[object] = list(tag.children)
        if tag.name == "br":
            return BREAK
        if tag.name == "img":
            self._image(tag)
            return ""
        if tag.name == "fnref":
            return self._note(str(tag["n"]))
        if tag.name == "a":
            return self._link(tag, within)
        if tag.get("type") == "checkbox":
            return "☒ " if tag.has_attr("checked") else "☐ "
        inner = self._nodes(children, within)
        if tag.name in _RAW and inner.strip():
            return f"<{_RAW[tag.name]}>{inner}</{_RAW[tag.name]}>"
        return inner

    def _emphasis(self, run: _Run, within: frozenset[str], *, spelled: bool) -> str:
        """Return emphasis by asterisks, or by its elements (`spelled`) where asterisks would run together."""
        inner = self._nodes(run.nodes, within | {run.kind})
        core = inner.strip(f" {BREAK}\xa0")
        if run.kind in within or not core:
            return inner
        start = inner.index(core)
        mark = "**" if run.kind == "strong" else "*"
        marked = f"{mark}{core}{mark}"
        if spelled or "*" in core or BREAK in core:
            marked = f"<{run.kind}>{core}</{run.kind}>"
        return inner[:start] + marked + inner[start + len(core) :]

    def _link(self, tag: Tag, within: frozenset[str]) -> str:
        inner = self._nodes(list(tag.children), within | {"a"})
        href = str(tag.get("href") or "")
        target = address(href)
        if not inner.strip(f" {BREAK}") or "a" in within:
            return inner
        if target:
            core = inner.strip()
            start = inner.index(core)
            return f"{inner[:start]}[{core.replace(BREAK, ' ')}]({target}){inner[start + len(core) :]}"
        if href.startswith("#"):
            if not href.startswith("#_Toc"):
                self._lost("cross_reference")
        elif href or not (tag.get("name") or tag.get("id")):
            self._lost("link")
        return inner


class _Run:
    """Neighbouring nodes of the same emphasis."""

    def __init__(self, kind: str, nodes: list[object]) -> None:
        self.kind = kind
        self.nodes = nodes


def _kind(node: object) -> str:
    if isinstance(node, Tag):
        return "strong" if node.name in _STRONG else "em" if node.name in _EMPHASIS else ""
    return ""


def _merged(nodes: list[object]) -> list[object]:
    result: list[object] = []
    for node in nodes:
        kind = _kind(node)
        if not kind or not isinstance(node, Tag):
            result.append(node)
            continue
        last = result[-1] if result else None
        if isinstance(last, _Run) and last.kind == kind:
            last.nodes += list(node.children)
        else:
            result.append(_Run(kind, list(node.children)))
    return result


def _tidy(text: str) -> str:
    text = re.sub(r" {2,}", " ", text)
    text = re.sub(rf" *{BREAK}[ {BREAK}]*", BREAK, text)
    return text.strip(f" {BREAK}")
