"""Markdown to harmless HTML: one renderer per page, bounded in time and depth whatever is pasted.

The source is defused before it is rendered (`portal.core.markdown_limits`); normal texts pass unchanged.
"""

from __future__ import annotations

import html
import re
from typing import Any

import markdown
import nh3
from markdown.extensions.footnotes import FootnoteExtension

from portal.core.markdown_limits import defuse
from portal.core.text import german_slug

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
_FOOTNOTE_ID = re.compile(r"fn(?:ref\d*)?:[\d-]{1,40}")
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


_PICTURE = re.compile(r"<img\b(?:[^>\"]|\"[^\"]*\")*>")


def _mended(picture: re.Match[str]) -> str:
    """Drop a picture that has lost its address; one without a text is there for the eye alone."""
    tag = picture.group()
    if " src=" not in tag:
        return ""
    return tag if " alt=" in tag else f'{tag[:-1].rstrip("/ ")} alt="">'


def sanitise(source: str) -> str:
    """Return HTML reduced to the allow list above."""
    return _PICTURE.sub(_mended, _CLEANER.clean(source))


class _NumberedFootnotes(FootnoteExtension):
    """Footnotes whose addresses count them: a label may be any words, an address may not."""

    def _number(self, label: str) -> str:
        return str(list(self.footnotes).index(label) + 1)

    def makeFootnoteId(self, id: str) -> str:  # noqa: N802, A002 - the extension's own names
        return str(super().makeFootnoteId(self._number(id)))

    def makeFootnoteRefId(self, id: str, found: bool = False) -> str:  # noqa: N802, A002
        return str(super().makeFootnoteRefId(self._number(id), found))


class PageMarkdown:
    """The one renderer of a page: footnote and heading ids never clash between its blocks."""

    def __init__(self) -> None:
        self._markdown = markdown.Markdown(
            extensions=[
                _NumberedFootnotes(UNIQUE_IDS=True, BACKLINK_TITLE="Zurück zum Text"),
                "tables",
                "toc",
                "admonition",
                "def_list",
                "fenced_code",
                "sane_lists",
            ],
            extension_configs={"toc": {"marker": "", "slugify": _slugify}},
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
