"""What the panel "Prüfungen" beside the preview says of a draft: how hard it reads, where its links lead."""

from __future__ import annotations

from typing import Any

from django import template
from wagtail.models import Page

from knowledge.links.internal import problems_of
from knowledge.readability import hardest
from knowledge.reading.legibility import readability_of, terms, text_of
from knowledge.reading.reports import german

register = template.Library()
SHOWN = 10


@register.inclusion_tag("knowledge/reading/checks.html")
def draft_checks(page: Any) -> dict[str, Any]:
    """Show readability with the three hardest sentences, and internal links that do not reach readers."""
    if not isinstance(page, Page) or not page.pk:
        return {"page": None}
    found = readability_of(page)
    problems = problems_of(page)
    return {
        "page": page,
        "grade": german(found.grade) if found.grade is not None else "",
        "band": found.band,
        "words": found.words,
        "length": german(found.words / found.sentences) if found.sentences else "",
        "sentences": [(text, german(grade)) for text, grade in hardest(text_of(page), terms())],
        "problems": problems[:SHOWN],
        "more": max(0, len(problems) - SHOWN),
    }
