"""The links of a page or a snippet: address, place, and the sentence around it; read from the source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from django.conf import settings
from django.db.models import URLField
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from knowledge.link_target import RefusedError, parse
from knowledge.markdown import render_markdown
from knowledge.models import Act
from knowledge.models.links import MAX_SENTENCE, MAX_URL
from portal.core.blocks import MarkdownBlock
from portal.core.sentences import split_sentences

_PARAGRAPHS = ["p", "li", "td", "th", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figcaption"]
_SPACES = re.compile(r"\s+")
_MARK = "\ue000"  # stands for the link while its sentence is looked for
# Fields of models that are shown as Markdown.
_MARKDOWN_FIELDS = {
    "knowledge.act": ("summary",),
    "knowledge.deadline": ("text",),
    "knowledge.glossaryterm": ("meaning",),
}


_CELL = MarkdownBlock()  # cells of tables are shown as Markdown


@dataclass(frozen=True)
class FoundLink:
    """One link as it is written: address, block or field, its German name, the sentence, the linked words."""

    url: str
    spot: str
    label: str
    sentence: str = ""
    text: str = ""
    page_id: int | None = None
    """The page chosen in the rich text editor or in a block, instead of an address."""
    field: str = ""
    """The field of the form the link is edited in."""


def sentence_around(link: Tag) -> str:
    """Return the sentence a link stands in, cut at MAX_SENTENCE around it."""
    block = link.find_parent(_PARAGRAPHS) or link.parent or link
    words = []
    for node in block.descendants:
        if isinstance(node, NavigableString):
            words.append(str(node))
        elif node is link:
            words.append(_MARK)
    text = _SPACES.sub(" ", "".join(words)).strip()
    parts = split_sentences(text)
    found = next((part for part in parts if _MARK in part), text)
    start = max(0, found.find(_MARK) - MAX_SENTENCE // 2)
    return found[start:].replace(_MARK, "").strip()[:MAX_SENTENCE]


def links_in_html(html: str, spot: str, label: str) -> Iterator[FoundLink]:
    """Yield the links of HTML; `linktype="page"` is how the rich text editor stores links to pages."""
    if "<a" not in html:
        return
    for link in BeautifulSoup(html, "html.parser").find_all("a"):
        text = _SPACES.sub(" ", link.get_text()).strip()
        page = str(link.get("id") or "") if link.get("linktype") == "page" else ""
        url = str(link.get("href") or "").strip()
        if url or page.isdigit():
            yield FoundLink(url, spot, label, sentence_around(link), text, int(page) if page.isdigit() else None)


class _Stream:
    """Walks through a stream of blocks, whatever blocks it is made of."""

    def __init__(self, spot: str, label: str) -> None:
        self.spot, self.label = spot, label

    def walk(self, block: Any, value: Any) -> Iterator[FoundLink]:
        if value in (None, ""):
            return
        html = html_of(block, value)
        if html is not None:
            yield from links_in_html(html, self.spot, self.label)
        elif isinstance(block, blocks.URLBlock):
            yield FoundLink(str(value), self.spot, self.label)
        elif isinstance(block, blocks.PageChooserBlock):
            yield FoundLink("", self.spot, self.label, text=str(value), page_id=value.pk)
        for child, inner in children_of(block, value):
            yield from self.walk(child, inner)


def html_of(block: Any, value: Any) -> str | None:
    """Return the HTML of a block of text; None for all others."""
    if isinstance(block, MarkdownBlock):
        return render_markdown(str(value))
    if isinstance(block, blocks.RichTextBlock | blocks.RawHTMLBlock):
        return str(getattr(value, "source", value))
    return None


def children_of(block: Any, value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the blocks within a block, with their values."""
    if isinstance(block, blocks.BaseStructBlock):
        for name, child in block.child_blocks.items():
            yield child, value.get(name)
    elif isinstance(block, blocks.ListBlock):
        yield from ((block.child_block, item) for item in value)
    elif isinstance(block, TypedTableBlock):
        yield from ((_CELL, cell.value) for row in value.rows for cell in row)
    elif isinstance(block, blocks.BaseStreamBlock):
        yield from ((child.block, child.value) for child in value)


def _stream_links(stream: Any) -> Iterator[FoundLink]:
    for number, child in enumerate(stream or [], start=1):
        label = f"Abschnitt {number} ({child.block.label})"[:120]
        yield from _Stream(str(child.id or f"block-{number}"), label).walk(child.block, child.value)


def _links_in_field(subject: Any, field: Any) -> Iterator[FoundLink]:
    value, label = getattr(subject, field.attname), str(getattr(field, "verbose_name", field.name))[:120]
    if isinstance(field, StreamField):
        yield from _stream_links(value)
    elif not value:
        return
    elif isinstance(field, URLField):
        yield FoundLink(str(value), field.name, label)
    elif isinstance(field, RichTextField):
        yield from links_in_html(str(value), field.name, label)
    elif field.name in _MARKDOWN_FIELDS.get(subject._meta.label_lower, ()):
        yield from links_in_html(render_markdown(str(value)), field.name, label)


def links_of(subject: Any) -> list[FoundLink]:
    """Return every link of a page (with its sources), an act, a term or a deadline, in order."""
    found = [
        replace(link, field=field.name)
        for field in subject._meta.concrete_fields
        for link in _links_in_field(subject, field)
    ]
    if isinstance(subject, Page) and hasattr(subject, "sources"):
        found += [
            FoundLink(source.url, "sources", "Quellen", source.title[:MAX_SENTENCE], source.title, field="sources")
            for source in subject.sources.all()
            if source.url
        ]
    if isinstance(subject, Act) and subject.eli.startswith(("http://", "https://")):
        found.append(FoundLink(subject.eli, "eli", "ELI", field="eli"))
    return found


def own_hosts() -> frozenset[str]:
    """Return the host names of the portal itself."""
    hosts = {host.lstrip(".").lower() for host in settings.ALLOWED_HOSTS if host != "*"}
    with suppress(RefusedError):  # no address at all: settings refuse that in operation
        hosts.add(parse(settings.BASE_URL).host)
    return frozenset(hosts)


def is_external(url: str, own: frozenset[str]) -> bool:
    """True for a web address of somebody else."""
    if not url.lower().startswith(("http://", "https://", "//")):
        return False
    host = url.split("//", 1)[1].partition("/")[0].partition("?")[0].rpartition("@")[2].partition(":")[0]
    return host.lower().rstrip(".") not in own


def normal(url: str) -> str:
    """Return an address as it is asked and stored: without fragment, with a scheme."""
    url = url.partition("#")[0].strip()
    return (f"https:{url}" if url.startswith("//") else url)[:MAX_URL]


def external(found: Iterable[FoundLink]) -> list[FoundLink]:
    """Return the links that lead to somebody else."""
    own = own_hosts()
    return [link for link in found if is_external(link.url, own)]
