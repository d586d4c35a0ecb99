"""Markdown to harmless HTML: one renderer per page, bounded in time and depth whatever is pasted.

Python-Markdown needs quadratic time for unclosed brackets and recurses for nested quotes and definition lists
(measured: 20,000 opening brackets take 40 s), so the source is defused before it is rendered; normal texts
pass `defuse` unchanged.
"""

from __future__ import annotations

import html
import re
from typing import Any

import markdown
import nh3

from portal.core.blocks import MAX_DEPTH as MAX_NESTING
from portal.core.text import german_slug

# In one paragraph or table row: no text has more, and each costs time in proportion to the paragraph.
MAX_OPEN_MARKS = 300
MAX_MARKS = 3_000
MAX_DEFINITIONS = 150  # without a blank line between them; each costs a walk over all that follow
_DEFINITION = re.compile(r"^([ >]*):(?= )", re.MULTILINE)
MARKS = "[<*_`&!\\"
# Such a paragraph is no text: its marks become the wide characters of the same look, which mean nothing.
_WIDE = str.maketrans({mark: chr(ord(mark) + 0xFEE0) for mark in MARKS})
_MAX_INDENT = 4 * MAX_NESTING

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "div", "dl",
    "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre",
    "q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title", "class"},
    "abbr": {"title"},
    "code": {"class"},
    "col": {"span"},
    "div": {"class"},
    "img": {"src", "alt", "title"},
    "li": {"id"},
    "ol": {"start"},
    "p": {"class"},
    "sup": {"id"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
URL_SCHEMES = {"http", "https", "mailto", "tel"}
ADMONITIONS = ("hinweis", "wichtig", "frist", "praxisbeispiel", "note", "info", "tip", "warning", "danger")
_CLASSES = {"admonition", "admonition-title", "footnote", "footnote-ref", "footnote-backref", *ADMONITIONS}
_LANGUAGE = re.compile(r"language-[a-z0-9+#-]{1,20}")
_FOOTNOTE_ID = re.compile(r"fn(?:ref\d*)?:[^\s<>\"']{1,80}")
_OWN_ADDRESS = re.compile(r"/(?!/)[^\s]*")


def _filter_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Keep only the classes and ids the Markdown extensions make; pictures only from this site."""
    if attribute == "class":
        kept = [name for name in value.split() if name in _CLASSES or _LANGUAGE.fullmatch(name)]
        return " ".join(kept) or None
    if attribute == "id":
        return value if _FOOTNOTE_ID.fullmatch(value) else None
    if tag == "img" and attribute == "src":
        return value if _OWN_ADDRESS.fullmatch(value) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    attribute_filter=_filter_attribute,
    url_schemes=URL_SCHEMES,
    link_rel=None,
)


def sanitise(source: str) -> str:
    """Return HTML reduced to the allow list above."""
    return _CLEANER.clean(source)


def _flatten(line: str) -> str:
    lead = re.match(r"[ \t>]*", line)
    start = (lead.group() if lead else "").expandtabs(4)
    if start.count(">") <= MAX_NESTING and len(start.replace(">", "")) <= _MAX_INDENT + 2 * MAX_NESTING:
        return line
    return (
        "> " * min(start.count(">"), MAX_NESTING) + " " * min(start.count(" "), _MAX_INDENT) + line.lstrip(" \t>")
    )


def _too_many_marks(text: str) -> bool:
    if text.count("[") + text.count("<") > MAX_OPEN_MARKS:
        return True
    return sum(text.count(mark) for mark in MARKS) > MAX_MARKS


def _defuse_block(block: str) -> str:
    if len(_DEFINITION.findall(block)) > MAX_DEFINITIONS:
        block = _DEFINITION.sub(r"\1：", block)
    if not _too_many_marks(block):
        return block
    if "|" not in block:
        return block.translate(_WIDE)
    return "\n".join(line.translate(_WIDE) if _too_many_marks(line) else line for line in block.split("\n"))


def defuse(source: str) -> str:
    """Return the source with what would make rendering explode taken apart; normal texts are unchanged."""
    text = source.replace("\r\n", "\n").replace("\r", "\n").replace("\x02", "").replace("\x03", "")
    text = "\n".join(_flatten(line) for line in text.split("\n"))
    return "\n\n".join(_defuse_block(block) for block in text.split("\n\n"))


class PageMarkdown:
    """The one renderer of a page: footnote and heading ids never clash between its blocks."""

    def __init__(self) -> None:
        self._markdown = markdown.Markdown(
            extensions=["tables", "footnotes", "toc", "admonition", "def_list", "fenced_code", "sane_lists"],
            extension_configs={
                "footnotes": {"UNIQUE_IDS": True, "BACKLINK_TITLE": "Zurück zum Text"},
                "toc": {"marker": "", "slugify": _slugify},
            },
            output_format="html",
        )

    def render(self, source: str) -> str:
        """Return the sanitised HTML of one block; text that cannot be parsed comes back as plain text."""
        self._markdown.reset()
        try:
            return sanitise(self._markdown.convert(defuse(source)))
        except RecursionError:
            return "".join(f"<p>{html.escape(part)}</p>" for part in source.split("\n\n") if part.strip())


def _slugify(value: str, separator: str) -> str:
    return german_slug(value) or "abschnitt"


def render_markdown(source: str) -> str:
    """Render a Markdown text that stands alone (glossary, act of law): sanitised, without ids of a page."""
    return PageMarkdown().render(source)


_BLOCK_END = re.compile(r"</(?:p|li|h[1-6]|tr|td|th|dt|dd|div|caption|figcaption|summary|pre|blockquote)>|<br>")
_SPACES = re.compile(r"[^\S\n]+")


def plain_text(source: Any) -> str:
    """Return the words of HTML, blocks separated by line breaks."""
    text = html.unescape(nh3.clean(_BLOCK_END.sub(r"\g<0>\n", str(source)), tags=set()))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
