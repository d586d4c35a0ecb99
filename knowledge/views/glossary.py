"""The glossary: all terms on one page, and one page for each."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import mark_safe

from knowledge.glossary_pages import pages_using
from knowledge.markdown import render_markdown
from knowledge.models import GlossaryTerm
from knowledge.readable import LetterGroup, by_letter
from knowledge.views.indexes import HOME, LETTERS, chosen_letter, letter_nav
from portal.core.markdown_answers import offer_markdown
from portal.core.seo import absolute, plain

TERM_SET = "glossar"


def terms_by_letter() -> list[LetterGroup]:
    """Return all live terms under their letters; one query."""
    fields = ("term", "slug", "expansion", "meaning")
    return by_letter(GlossaryTerm.objects.filter(live=True).only(*fields), lambda term: term.term)


def glossary(request: HttpRequest) -> HttpResponse:
    """All terms by letter on one page; ?buchstabe= keeps one letter."""
    groups = terms_by_letter()
    letter = chosen_letter(request)
    entries = [
        {
            "anchor": group.anchor,
            "letter": group.letter,
            "terms": [_short(term) for term in group.entries],
        }
        for group in groups
        if not letter or group.letter == letter
    ]
    context = {
        "groups": entries,
        "letters": letter_nav(groups, letter, whole=True),
        "choices": [
            (("0" if group.letter not in LETTERS[1:] else group.letter), group.letter) for group in groups
        ],
        "letter": letter,
        "lead": _lead(
            sum(len(group.entries) for group in groups), sum(len(group["terms"]) for group in entries), letter
        ),
        "breadcrumbs": [HOME],
        "meta": {
            "title": "Glossar",
            "description": "Begriffe und Abkürzungen der Verwaltungsdigitalisierung, kurz erklärt.",
            "data": [_term_set()],
        },
    }
    return offer_markdown(render(request, "knowledge/glossary.html", context), request.path)


def _lead(total: int, shown: int, letter: str) -> str:
    if letter:
        return f"{shown} von {total} Begriffen: {letter}"
    return f"{total} Begriffe und Abkürzungen, kurz erklärt"


def _short(term: GlossaryTerm) -> dict[str, str]:
    return {
        "term": term.term,
        "slug": term.slug,
        "expansion": term.expansion,
        "url": reverse("glossary_term", args=[term.slug]),
        "text": plain(render_markdown(term.meaning), 240),
    }


def _term_set() -> dict[str, Any]:
    url = absolute(reverse("glossary"))
    return {"@type": "DefinedTermSet", "@id": f"{url}#{TERM_SET}", "name": "Glossar", "url": url}


def _defined_term(term: GlossaryTerm, text: str) -> dict[str, Any]:
    node = {
        "@type": "DefinedTerm",
        "name": term.term,
        "description": text,
        "url": absolute(reverse("glossary_term", args=[term.slug])),
        "inDefinedTermSet": {"@id": _term_set()["@id"]},
        "alternateName": [name for name in (term.expansion, *term.synonym_list) if name],
    }
    return {key: value for key, value in node.items() if value}


def related_terms(term: GlossaryTerm) -> list[dict[str, str]]:
    """Return the related terms in the editor's order, each with its address where there is such a term."""
    known = {name.casefold(): slug for name, slug in _names()}
    return [
        {
            "term": name,
            "url": reverse("glossary_term", args=[slug]) if (slug := known.get(name.casefold())) else "",
        }
        for name in term.related_list
    ]


def _names() -> list[tuple[str, str]]:
    names: list[tuple[str, str]] = []
    rows = GlossaryTerm.objects.filter(live=True).values_list("term", "expansion", "synonyms", "slug")
    for term, expansion, synonyms, slug in rows:
        others = [expansion, *synonyms.splitlines()]
        names = [*((name.strip(), slug) for name in others if name.strip()), *names, (term, slug)]
    return names


def glossary_term(request: HttpRequest, slug: str) -> HttpResponse:
    """One term: meaning, other names, related terms, and the pages that use it."""
    term = get_object_or_404(GlossaryTerm, slug=slug, live=True)
    html = render_markdown(term.meaning)
    text = plain(html, 300)
    context = {
        "term": term,
        "edit_target": term,
        "meaning_html": mark_safe(html),
        "related": related_terms(term),
        "used_by": pages_using(term, request),
        "breadcrumbs": [HOME, {"title": "Glossar", "url": reverse("glossary")}],
        "meta": {
            "title": f"{term.term} – {term.expansion}" if term.expansion else term.term,
            "description": text,
            "data": [_defined_term(term, text)],
        },
    }
    return offer_markdown(render(request, "knowledge/glossary_term.html", context), request.path)
