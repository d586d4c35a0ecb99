"""Readability of a page: its text, the terms that do not count, and the stored grade of what is published."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from wagtail.models import Page

from knowledge import generations
from knowledge.models import Act, BodyPage, GlossaryTerm, PageReadability
from knowledge.readability import Readability, measure, pattern_of

# With fewer words a grade is chance.
MIN_WORDS = 30
# What readers read beside the body.
_TEXTS = ("short_answer", "intro", "summary")

_kept: dict[tuple[str, str], re.Pattern[str] | None] = {}


def text_of(page: Any) -> str:
    """Return the plain text of a page as it is now, saved or not."""
    parts = [str(getattr(page, name, "") or "") for name in _TEXTS]
    if isinstance(page, BodyPage):
        parts.append(str(page.current_rendered().get("text", "")))
    return "\n".join(part for part in parts if part.strip())


def terms() -> re.Pattern[str] | None:
    """Return what finds names of acts and terms of the glossary; kept until one of them changes."""
    key = (generations.current(generations.ACTS), generations.current(generations.GLOSSARY))
    if key not in _kept:
        names = [
            name
            for term in GlossaryTerm.objects.filter(live=True)
            for name in (term.term, term.expansion, *term.synonym_list)
        ]
        names += [name for act in Act.objects.filter(live=True) for name in act.known_as()]
        _kept.clear()
        _kept[key] = pattern_of(names)
    return _kept[key]


def readability_of(page: Any) -> Readability:
    """Measure a page as it is now."""
    return measure(text_of(page), terms())


@transaction.atomic
def store(subject: Any) -> None:
    """Store the grade of a page that is live; pages with hardly any text have none."""
    if not isinstance(subject, Page):
        return
    found = readability_of(subject)
    if found.grade is None or found.words < MIN_WORDS:
        PageReadability.objects.filter(page_id=subject.pk).delete()
        return
    values = {"grade": found.grade, "words": found.words, "sentences": found.sentences}
    PageReadability.objects.update_or_create(page_id=subject.pk, defaults=values)


@transaction.atomic
def forget(kind: str, pk: int) -> None:
    """Remove the grade of a page that is live no more."""
    if kind == "page":
        PageReadability.objects.filter(page_id=pk).delete()
