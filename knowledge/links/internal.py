"""Links within the portal, checked when a page is saved: do they lead somewhere, and will readers get there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from django.urls import Resolver404, ResolverMatch, resolve
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

from knowledge.finishing import RESERVED_IDS
from knowledge.links.extraction import FoundLink, is_external, links_of, own_hosts
from knowledge.models import Act, BodyPage, Deadline, GlossaryTerm
from portal.core.models import PortalDocument, Tag

# Addresses that answer with a page of the tree, whatever stands there.
VIEWS_OF_PAGES = {"page", "wagtail_serve", "page_pdf", "feed_topic", "changes_feed_of"}
SUFFIXES = (".md", ".pdf", "/feed.atom", "/aenderungen.atom")
_EXISTS: dict[str, Callable[[ResolverMatch], bool]] = {
    "glossary_term": lambda match: GlossaryTerm.objects.filter(slug=match.kwargs["slug"], live=True).exists(),
    **dict.fromkeys(
        ("act", "law_text", "law_text_markdown"),
        lambda match: Act.objects.filter(slug=match.kwargs["slug"], live=True).exists(),
    ),
    **dict.fromkeys(
        ("deadline", "deadline_markdown"),
        lambda match: Deadline.objects.filter(slug=match.kwargs["slug"], live=True).exists(),
    ),
    **dict.fromkeys(("tag", "tag_markdown"), lambda match: Tag.objects.filter(slug=match.kwargs["slug"]).exists()),
    "wagtaildocs_serve": lambda match: PortalDocument.objects.filter(pk=match.args[0]).exists(),
}
# Marks that templates make beside those of the text.
_TEMPLATE_IDS = RESERVED_IDS | {""}


@dataclass(frozen=True)
class LinkProblem:
    """What is wrong with one link; `missing`: it leads nowhere, which stops the review."""

    link: FoundLink
    message: str
    missing: bool = False


def is_relative(url: str) -> bool:
    """True for an address that depends on where it is read: without scheme, and not from the portal's start.

    A browser completes it by the page it stands on, so it leads elsewhere in feeds, PDF, Markdown and lists.
    """
    if not url or url.startswith(("/", "#")):
        return False
    try:
        return not urlsplit(url).scheme
    except ValueError:
        return False


def _name(link: FoundLink) -> str:
    shown = f"„{link.text}“ " if link.text else ""
    return f"{link.label}: Der Link {shown}({link.url or 'Seite ausgewählt'})"


@dataclass
class _Check:
    """The internal links of one subject; pages are looked up at once, whatever their number."""

    subject: Any
    links: list[FoundLink]

    def __post_init__(self) -> None:
        site = Site.objects.select_related("root_page").filter(is_default_site=True).first()
        self.root = site.root_page.url_path.rstrip("/") if site else ""
        self.paths = {link: self._path(link) for link in self.links}
        wanted = {self.root + path for path in self.paths.values() if path}
        chosen = {link.page_id for link in self.links if link.page_id}
        self.by_path = {page.url_path: page for page in Page.objects.filter(url_path__in=wanted)} if wanted else {}
        self.by_pk = Page.objects.in_bulk(list(chosen)) if chosen else {}

    @staticmethod
    def _path(link: FoundLink) -> str:
        """Return the path of the page a link names, with its slash; "" for links to a mark of the same page."""
        path = unquote(urlsplit(link.url).path)
        for suffix in SUFFIXES:
            path = path.removesuffix(suffix)
        return f"{path.rstrip('/')}/" if path or link.url.startswith(("/", "http")) else ""

    def problems(self) -> Iterable[LinkProblem]:
        for link in self.links:
            found = self._problem(link)
            if found is not None:
                yield found

    def _problem(self, link: FoundLink) -> LinkProblem | None:
        if is_relative(link.url):
            text = (
                f"{_name(link)} ist keine vollständige Adresse. Schreiben Sie sie bei Seiten des Portals mit „/“ "
                "am Anfang, sonst mit „https://“."
            )
            return LinkProblem(link, text, missing=True)
        if link.page_id:
            page = self.by_pk.get(link.page_id)
        elif not self.paths[link]:
            return self._mark_problem(link, self.subject)
        else:
            page = self.by_path.get(self.root + self.paths[link])
            if page is None and self._leads_elsewhere(link):
                return None
        if page is None:
            text = f"{_name(link)} führt ins Leere. Korrigieren Sie ihn oder nehmen Sie ihn heraus."
            return LinkProblem(link, text, missing=True)
        if not page.live:
            text = f"{_name(link)} führt zu „{page.title}“. Diese Seite ist nicht veröffentlicht."
            return LinkProblem(link, text)
        return self._mark_problem(link, page)

    def _leads_elsewhere(self, link: FoundLink) -> bool:
        """True for addresses of other things than pages that exist, and for forwarded ones."""
        path = unquote(urlsplit(link.url).path) or "/"
        try:
            match: ResolverMatch = resolve(path)
        except Resolver404:
            try:
                match = resolve(f"{path}/")
            except Resolver404:
                return self._is_forwarded(path)
        name = match.url_name or ""
        if name == "markdown":  # whatever has an address has a Markdown form
            return self._leads_elsewhere(replace(link, url=f"{path.removesuffix('.md')}/"))
        if name in _EXISTS:
            return _EXISTS[name](match) or self._is_forwarded(path)
        return name not in VIEWS_OF_PAGES or self._is_forwarded(path)

    @staticmethod
    def _is_forwarded(path: str) -> bool:
        return bool(Redirect.objects.filter(old_path=Redirect.normalise_path(path)).exists())

    def _mark_problem(self, link: FoundLink, page: Any) -> LinkProblem | None:
        mark = unquote(urlsplit(link.url).fragment)
        if mark in _TEMPLATE_IDS or mark.startswith("fn"):  # footnotes get their numbers when the page is rendered
            return None
        target = page.specific if isinstance(page, Page) else page
        if not isinstance(target, BodyPage):
            return None
        html = (
            target.current_rendered().get("html", "")
            if target == self.subject
            else target.rendered.get("html", "")
        )
        if BeautifulSoup(html, "html.parser").find(id=mark) is not None:
            return None
        return LinkProblem(
            link, f"{_name(link)} springt zu „#{mark}“. Diese Stelle gibt es auf der Zielseite nicht."
        )


def internal_links(subject: Any) -> list[FoundLink]:
    """Return the links of a subject that lead to the portal itself, each once."""
    own = own_hosts()
    found = [
        link for link in links_of(subject)
        if link.page_id
        or is_relative(link.url)
        or (link.url.startswith(("/", "#", "http")) and not is_external(link.url, own))
    ]  # fmt: skip
    return list(dict.fromkeys(found))


def problems_of(subject: Any) -> list[LinkProblem]:
    """Return what is wrong with the internal links of a page or a snippet as it is now, saved or not."""
    links = internal_links(subject)
    return list(_Check(subject, links).problems()) if links else []


def _dead_ends(subject: Any, *, sources: bool) -> Iterable[tuple[str, str]]:
    texts: dict[str, list[str]] = {}
    for problem in problems_of(subject):
        if problem.missing and (problem.link.field == "sources") is sources:
            texts.setdefault(problem.link.field, []).append(problem.message)
    return [(field, " ".join(messages)) for field, messages in texts.items()]


def text_errors(subject: Any) -> Iterable[tuple[str, str]]:
    """Yield the links of the text that lead nowhere: a rule of the review."""
    return _dead_ends(subject, sources=False)


def source_errors(subject: Any) -> Iterable[tuple[str, str]]:
    """Yield the sources within the portal that are no more: a rule of the review on child objects."""
    return _dead_ends(subject, sources=True)
