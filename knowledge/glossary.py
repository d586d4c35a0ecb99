"""Explanations of terms in a text (docs/glossary-feature.md).

The first use of a term becomes a button that opens a popover beside it: the browser does that by itself, so it
works by keyboard and touch without JavaScript, and both elements may stand inside a paragraph.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from knowledge import generations
from knowledge.markdown import plain_text, render_markdown
from knowledge.models import GlossaryTerm
from portal.core.pagecache import register_query

MAX_TERMS = 8
SWITCH = "glossar"
OFF = "aus"
_MIN_SYNONYM = 3
_WORD_START = re.compile(r"(?<![\w§-])\w")
_KEEP_SECONDS = 24 * 3600
_NOT_IN = {
    "a", "button", "summary", "h1", "h2", "h3", "h4", "h5", "h6", "code", "pre", "th", "caption", "figcaption",
    "blockquote", "abbr", "label", "sup", "dt",
}  # fmt: skip
_NOT_IN_CLASS = {
    "kern-alert__header",
    "checklist__role",
    "checklist__reason",
    "attachment",
    "question-link",
    "footnote",
}

register_query(SWITCH, OFF)


@dataclass(frozen=True)
class Term:
    """A term as the text needs it."""

    slug: str
    term: str
    expansion: str
    meaning: str
    url: str


@dataclass(frozen=True)
class Explained:
    """A body with explanations, how many there are, and the address that switches them."""

    html: str
    count: int
    off: bool
    toggle_url: str


class TermIndex:
    """All terms that are explained; names are tried, longest first, only where their first letters stand."""

    def __init__(self, terms: Iterable[tuple[Term, list[str]]]) -> None:
        self.by_name: dict[str, Term] = {}
        for term, names in terms:
            for name in names:
                self.by_name.setdefault(_key(name), term)
        self._starts: dict[str, list[tuple[re.Pattern[str], Term]]] = {}
        for name in sorted(self.by_name, key=len, reverse=True):
            pattern = re.compile(rf"{_pattern(name)}(?![\w-])")
            self._starts.setdefault(_start(name), []).append((pattern, self.by_name[name]))

    def find(self, text: str, position: int = 0) -> tuple[Term, int, int] | None:
        """Return the next term in a text, with its start and end."""
        for word in _WORD_START.finditer(text, position):
            for pattern, term in self._starts.get(_start(text[word.start() :]), ()):
                found = pattern.match(text, word.start())
                if found:
                    return term, found.start(), found.end()
        return None


def _start(name: str) -> str:
    return name[:2].casefold()


def _key(name: str) -> str:
    return " ".join(name.split())


def _pattern(name: str) -> str:
    """Return the pattern of a name: spaces are free, words of more than three letters may be inflected."""
    body = r"\s+".join(re.escape(part) for part in name.split())
    last = name.rsplit(maxsplit=1)[-1]
    if last.isupper() or len(last) <= _MIN_SYNONYM:
        return rf"{body}s?" if last.isupper() and len(last) > 1 else body
    first = body[0]
    if first.isalpha() and not last.isupper() and name[1:2].islower():
        body = f"[{first.upper()}{first.lower()}]{body[1:]}" if first.islower() else body
    return rf"{body}(?:es|en|s|n)?"


def _names_of(term: GlossaryTerm) -> list[str]:
    names = [term.term, term.expansion, *(name for name in term.synonym_list if len(name) >= _MIN_SYNONYM)]
    return [name.strip() for name in names if name.strip() and re.search(r"[^\W\d_]", name) and len(name) <= 120]


def _as_term(row: GlossaryTerm) -> Term:
    try:
        url = reverse("glossary_term", args=[row.slug])
    except NoReverseMatch:
        url = f"/glossar/{row.slug}/"
    meaning = plain_text(render_markdown(row.meaning)).replace("\n", " ")
    return Term(row.slug, row.term, row.expansion, meaning, url)


def index_of_terms(rows: Iterable[GlossaryTerm]) -> TermIndex:
    """Return the index of the given terms, stored or not."""
    return TermIndex((_as_term(row), _names_of(row)) for row in rows)


_cache: dict[str, TermIndex] = {}


def term_index() -> TermIndex:
    """Return the index of all terms; one query when the glossary has changed, none otherwise."""
    token = generations.current(generations.GLOSSARY)
    index = _cache.get(token)
    if index is None:
        rows = GlossaryTerm.objects.filter(live=True, explain=True)
        index = index_of_terms(rows)
        _cache.clear()
        _cache[token] = index
    return index


class _Explainer:
    """Puts the explanations into one page."""

    def __init__(self, html: str, index: TermIndex) -> None:
        self.soup = BeautifulSoup(html, "html.parser")
        self.index = index
        self.used: set[str] = set()

    def run(self) -> None:
        for node in list(self.soup.find_all(string=True)):
            if len(self.used) >= MAX_TERMS:
                return
            if str(node).strip() and not self._excluded(node):
                self._explain(node)

    def _excluded(self, node: NavigableString) -> bool:
        for parent in node.parents:
            if parent.name in _NOT_IN or _NOT_IN_CLASS & set(map(str, parent.get("class") or [])):
                return True
        return False

    def _explain(self, node: NavigableString) -> None:
        text, position, done = str(node), 0, 0
        parts: list[Any] = []
        while len(self.used) < MAX_TERMS and (found := self.index.find(text, position)):
            term, start, end = found
            position = end
            if term.slug in self.used:
                continue
            self.used.add(term.slug)
            parts += [NavigableString(text[done:start]), *self._disclosure(term, text[start:end])]
            done = end
        if parts:
            node.replace_with(*[part for part in [*parts, NavigableString(text[done:])] if str(part)])

    def _disclosure(self, term: Term, words: str) -> list[Any]:
        target = f"glossar-{term.slug}"
        button = self.soup.new_tag(
            "button", attrs={"type": "button", "class": "kp-term", "popovertarget": target}, string=words
        )
        box = self.soup.new_tag(
            "span", attrs={"class": "kp-term-box", "id": target, "popover": "", "role": "note"}
        )
        title = self.soup.new_tag("strong", string=term.term)
        expansion = f" ({term.expansion})" if term.expansion and term.expansion != term.term else ""
        link = self.soup.new_tag("a", attrs={"href": term.url}, string="Im Glossar ansehen")
        box.extend([title, NavigableString(f"{expansion}: {term.meaning} "), link])
        return [button, box]


def add_explanations(html: str, index: TermIndex | None = None) -> tuple[str, int]:
    """Return the HTML with at most eight explanations, and their number."""
    explainer = _Explainer(html, index or term_index())
    explainer.run()
    return (str(explainer.soup), len(explainer.used)) if explainer.used else (html, 0)


def explain(page: Any, rendered: dict[str, Any], request: HttpRequest) -> Explained:
    """Return the body of a page with explanations, unless the reader has switched them off."""
    html = rendered["html"]
    if request.GET.get(SWITCH) == OFF:
        return Explained(html, 0, True, request.path)
    key = f"glossary-{page.pk}-{rendered['source']}-{_hash_of(html)}-{generations.current(generations.GLOSSARY)}"
    kept = cache.get(key)
    if kept is None:
        kept = add_explanations(html)
        cache.set(key, kept, _KEEP_SECONDS)
    return Explained(kept[0], kept[1], False, f"{request.path}?{SWITCH}={OFF}")


def _hash_of(html: str) -> str:
    """Return a short mark of the HTML: the same source is rendered anew when an act changes its name."""
    return hashlib.sha256(html.encode()).hexdigest()[:16]
