"""Links within the portal lead somewhere, and to a mark the page has."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from knowledge.content_check.addresses import Addresses, marks_of, page_name
from knowledge.content_check.content import Content, Subject
from knowledge.content_check.registry import Finding
from knowledge.finishing import RESERVED_IDS
from knowledge.links.extraction import is_external, links_in_html, own_hosts
from knowledge.links.internal import is_relative
from knowledge.markdown import render_markdown
from portal.core.content_io import suggestion

NAME = "links"
TITLE = "Links und Sprungmarken im Portal führen ans Ziel"


def run(content: Content) -> Iterator[Finding]:
    own = own_hosts()
    addresses = Addresses(content)
    for subject in content.for_readers:
        for line, url in _urls(subject):
            if is_relative(url):
                message = (
                    f"Der Link „{url}“ ist keine vollständige Adresse. Schreiben Sie ihn bei Seiten des Portals "
                    "mit „/“ am Anfang, sonst mit „https://“."
                )
                yield subject.error(NAME, line, message)
            elif url.startswith(("/", "#")) or (url.startswith("http") and not is_external(url, own)):
                yield from _internal(subject, line, url, addresses)


def _urls(subject: Subject) -> Iterator[tuple[int, str]]:
    for passage in subject.passages:
        if "](" in passage.text or "<a" in passage.text or "]:" in passage.text:
            for link in links_in_html(render_markdown(passage.text), "body", "Text"):
                if not link.url.startswith("#fn"):  # footnotes get their numbers when the page is rendered
                    yield passage.line_of(link.url), link.url


def _internal(subject: Subject, line: int, url: str, addresses: Addresses) -> Iterator[Finding]:
    parts = urlsplit(url)
    path, mark = unquote(parts.path), unquote(parts.fragment)
    if not path and url.startswith("http"):
        path = "/"
    if path and not addresses.leads_somewhere(path):
        hint = suggestion(page_name(path), addresses.content.loaded.paths())[:200]
        message = f"Der Link „{url}“ führt ins Leere.{hint} Korrigieren Sie ihn oder nehmen Sie ihn heraus."
        yield subject.error(NAME, line, message)
    elif mark and mark not in RESERVED_IDS and (addresses.lacks(path, mark) if path else _lacks(subject, mark)):
        message = f"Der Link „{url}“ springt zu „#{mark}“. Diese Stelle gibt es auf der Zielseite nicht."
        yield subject.error(NAME, line, message)


def _lacks(subject: Subject, mark: str) -> bool:
    return mark not in marks_of(subject)
