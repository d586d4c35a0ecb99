"""Links within the portal lead somewhere, and to a mark the page has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from django.urls import Resolver404, resolve

from knowledge.citations import anchor_of, provision_key
from knowledge.content_check.content import Content, Subject
from knowledge.content_check.passages import Place
from knowledge.content_check.registry import Finding
from knowledge.finishing import RESERVED_IDS, PageTree
from knowledge.links.extraction import is_external, links_in_html, own_hosts
from knowledge.links.internal import SUFFIXES, VIEWS_OF_PAGES, is_relative
from knowledge.markdown import render_markdown
from portal.core.content_io import KINDS, suggestion
from portal.core.content_io.kinds import INDEX

NAME = "links"
TITLE = "Links und Sprungmarken im Portal führen ans Ziel"


def run(content: Content) -> Iterator[Finding]:
    own = own_hosts()
    subjects = {subject.path: subject for subject in content.subjects}
    for subject in content.for_readers:
        for line, url in _urls(subject):
            if is_relative(url):
                message = (
                    f"Der Link „{url}“ ist keine vollständige Adresse. Schreiben Sie ihn bei Seiten des Portals "
                    "mit „/“ am Anfang, sonst mit „https://“."
                )
                yield subject.error(NAME, line, message)
            elif url.startswith(("/", "#")) or (url.startswith("http") and not is_external(url, own)):
                yield from _internal(subject, line, url, content, subjects)


def _urls(subject: Subject) -> Iterator[tuple[int, str]]:
    for passage in subject.passages:
        if "](" in passage.text or "<a" in passage.text or "]:" in passage.text:
            for link in links_in_html(render_markdown(passage.text), "body", "Text"):
                if not link.url.startswith("#fn"):  # footnotes get their numbers when the page is rendered
                    yield passage.line_of(link.url), link.url


def _internal(
    subject: Subject, line: int, url: str, content: Content, subjects: dict[str, Subject]
) -> Iterator[Finding]:
    parts = urlsplit(url)
    path = unquote(parts.path)
    for suffix in SUFFIXES:
        path = path.removesuffix(suffix)
    name = path.strip("/") or INDEX if path else subject.path
    target = subjects.get(name)
    if target is None and not content.loaded.type_of(name):
        if name not in content.loaded.broken and not _answers(name, content):
            hint = suggestion(name, content.loaded.paths())[:200]
            message = f"Der Link „{url}“ führt ins Leere.{hint} Korrigieren Sie ihn oder nehmen Sie ihn heraus."
            yield subject.error(NAME, line, message)
        return
    mark = unquote(parts.fragment)
    if target is not None and mark and mark not in RESERVED_IDS and mark not in _marks(target):
        message = f"Der Link „{url}“ springt zu „#{mark}“. Diese Stelle gibt es auf der Zielseite nicht."
        yield subject.error(NAME, line, message)


def _answers(path: str, content: Content) -> bool:
    """True for an address of something other than a page that is there: a view, or a snippet of the portal."""
    folder, _, slug = path.partition("/")
    kind = next(
        (kind for kind in KINDS.values() if kind.folder and kind.folder == folder and kind.has_address), None
    )
    if kind is not None and slug:
        return kind.find(slug.partition("/")[0]) is not None or f"{folder}/{slug.partition('/')[0]}" in {
            document.path for document in content.loaded.documents(kind.name)
        }
    return _is_view(path)


@lru_cache(maxsize=1000)
def _is_view(path: str) -> bool:
    try:
        match = resolve(f"/{path}/")
    except Resolver404:
        return False
    return (match.url_name or "") not in {*VIEWS_OF_PAGES, "markdown"}


def _marks(subject: Subject) -> set[str]:
    """Return the marks of a page: of its headings, numbered where they repeat, and of the provisions of an act."""
    tree = PageTree("")
    marks = {anchor_of(provision_key(row["ref"])) for row in subject.meta.get("provisions") or []}
    return marks | {
        tree.unique_id(passage.plain) for passage in subject.passages if passage.place is Place.HEADING
    }
