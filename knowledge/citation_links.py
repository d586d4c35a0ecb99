"""Links on the citations in a body: a citation may run through emphasis, whose markup stays."""

from __future__ import annotations

import re
from collections.abc import Callable

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag

from knowledge.citations import Citation, find_citations

NO_LINK_IN = {"h1", "h2", "h3", "h4", "h5", "h6", "a", "button", "summary", "code", "pre"}
_NO_CITATION_IN = {"code", "pre"}
# Words in these read on; every other element ends what can be one citation.
_INLINE = {"a", "abbr", "b", "cite", "em", "i", "ins", "mark", "q", "small", "strong", "u"}
_KEEP_TOGETHER = re.compile(r"(?<=§)[ \n]|(?<=\b(?:Abs|Art)\.)[ \n]|(?<=\bNr\.)[ \n]|(?<=\bSatz)[ \n]")
_LOOKS_LIKE_LAW = re.compile(r"§|\bArt|\bAnlage|\bAnh[aä]ng|\bParagra", re.IGNORECASE)

NewLink = Callable[[Citation], Tag]


def link_citations(soup: BeautifulSoup, new_link: NewLink) -> list[Citation]:
    """Turn the citations of a page into links, except in headings, links and code, and return all of them."""
    found: list[Citation] = []
    for run in _runs(soup):
        text = "".join(_text(node) for node in run)
        around = {parent.name for parent in run[0].parents if parent.name not in _INLINE}
        if around & _NO_CITATION_IN or not _LOOKS_LIKE_LAW.search(text):
            continue
        citations = find_citations(text)
        found += citations
        if not around & NO_LINK_IN:
            for citation in reversed(_apart(citations)):
                _link(run, citation, new_link)
    return found


def _text(node: PageElement) -> str:
    return str(node) if isinstance(node, NavigableString) else "\n"


def _runs(soup: BeautifulSoup) -> list[list[PageElement]]:
    """Return the texts that read as one, and the line breaks in them: a block, until another element begins."""
    runs: list[list[PageElement]] = []
    block: Tag | None = None
    for element in soup.descendants:
        if isinstance(element, Tag) and element.name != "br":
            if element.name not in _INLINE:
                block = None
        elif isinstance(element, Tag) or type(element) is NavigableString:
            around = next(parent for parent in element.parents if parent.name not in _INLINE)
            if around is not block:
                runs.append([])
                block = around
            runs[-1].append(element)
    return runs


def _apart(citations: list[Citation]) -> list[Citation]:
    """Return one citation of those that share their words ("§§ 3 bis 5 OZG")."""
    kept: list[Citation] = []
    for citation in citations:
        if not kept or citation.start >= kept[-1].end:
            kept.append(citation)
    return kept


def _link(run: list[PageElement], citation: Citation, new_link: NewLink) -> None:
    """Put a link around the words of a citation; those before it keep their place in the run."""
    touched, position = [], 0
    for number, node in enumerate(run):
        end = position + len(_text(node))
        if isinstance(node, NavigableString) and position < citation.end and end > citation.start:
            touched.append((number, max(0, citation.start - position), min(len(node), citation.end - position)))
        position = end
    if any(parent.name in NO_LINK_IN for number, _, _ in touched for parent in run[number].parents):
        return
    cited = [_cut(run, number, start, end) for number, start, end in touched]
    first, last = _siblings(cited[0], cited[-1])
    between: list[PageElement] = [first]
    while between[-1] is not last and between[-1].next_sibling is not None:
        between.append(between[-1].next_sibling)
    link = new_link(citation)
    first.insert_before(link)
    link.extend([element.extract() for element in between])
    for node in cited:
        node.replace_with(NavigableString(_KEEP_TOGETHER.sub("\u00a0", str(node))))


def _cut(run: list[PageElement], number: int, start: int, end: int) -> NavigableString:
    """Cut the cited words out of a text; what stands before them stays in the run."""
    text, node = str(run[number]), run[number]
    cited = NavigableString(text[start:end])
    node.replace_with(cited)
    if text[end:]:
        cited.insert_after(NavigableString(text[end:]))
    if text[:start]:
        run[number] = NavigableString(text[:start])
        cited.insert_before(run[number])
    else:
        run[number] = cited
    return cited


def _siblings(first: PageElement, last: PageElement) -> tuple[PageElement, PageElement]:
    """Return the outermost elements from the first to the last word, split so that they hold nothing else."""
    around = {id(parent) for parent in last.parents}
    while first.parent is not None and id(first.parent) not in around:
        first = _split_before(first, first.parent)
    while last.parent is not None and last.parent is not first.parent:
        last = _split_after(last, last.parent)
    return first, last


def _copy(tag: Tag) -> Tag:
    copy = BeautifulSoup("", "html.parser").new_tag(tag.name)
    copy.attrs = {name: value for name, value in tag.attrs.items() if name != "id"}
    return copy


def _split_before(element: PageElement, parent: Tag) -> Tag:
    if element.previous_sibling is None:
        return parent
    rest = _copy(parent)
    moved = [element, *element.next_siblings]
    parent.insert_after(rest)
    rest.extend([item.extract() for item in moved])
    return rest


def _split_after(element: PageElement, parent: Tag) -> Tag:
    moved = list(element.next_siblings)
    if moved:
        rest = _copy(parent)
        parent.insert_after(rest)
        rest.extend([item.extract() for item in moved])
    return parent
