"""What the knowledge base adds to the review: complete trust lines, rules of acts and terms, its date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from knowledge import validation
from knowledge.facts.naming import unknown_facts_error
from knowledge.facts.queries import ENTRIES, known_identifiers
from knowledge.models import Act, ArticlePage, GlossaryTerm, RolePage, TemplatePage, TrustedPage, Upkept
from knowledge.models.template import file_error
from knowledge.services import record_review
from portal.core.review import validation as review
from portal.core.review.services import released

SOURCES = "Nennen Sie mindestens eine Quelle."
MISSING = {
    "content_as_of": "Geben Sie das Datum der jüngsten Aussage an.",
    "responsible_unit": "Nennen Sie die Stelle, die für den Inhalt zuständig ist.",
    "contact_email": "Geben Sie die E-Mail-Adresse an, unter der Fragen beantwortet werden.",
    "responsible_person": "Wählen Sie, wer den Inhalt verantwortet.",
    "review_interval_days": "Geben Sie an, nach wie vielen Tagen die Seite wieder geprüft wird.",
}


def trust_errors(page: Any) -> Iterable[tuple[str, str]]:
    """Yield what the trust line of a page lacks."""
    for field, message in MISSING.items():
        if not getattr(page, field):
            yield field, message
    yield "legal_basis", validation.legal_basis_error(page.legal_basis)
    yield "legal_basis", validation.basis_presence_error(page.legal_basis, page.no_legal_basis)
    yield "short_answer", validation.short_answer_error(page.short_answer)


def people_errors(page: Any) -> Iterable[tuple[str, str]]:
    """Yield who cannot answer for a page: accounts that are closed, one person for both tasks."""
    yield "responsible_person", validation.person_error(page.responsible_person)
    yield "deputy", validation.person_error(page.deputy)
    yield "deputy", validation.deputy_error(page.deputy, page.responsible_person)


def source_errors(article: Any) -> Iterable[tuple[str, str]]:
    if not article.sources.all():
        yield "sources", SOURCES


def template_errors(template: Any) -> Iterable[tuple[str, str]]:
    if template.file is not None:
        yield "file", file_error(template.file.filename)


def fact_errors(subject: Any) -> Iterable[tuple[str, str]]:
    """Yield which facts are named and do not exist: an earlier version may name what has been deleted since."""
    if subject.facts:
        yield "fact_list", unknown_facts_error(subject.facts, known_identifiers())


def term_errors(term: Any) -> Iterable[tuple[str, str]]:
    yield "synonyms", validation.term_names_error(term, term.term, term.synonym_list)


def act_errors(act: Any) -> Iterable[tuple[str, str]]:
    yield "aliases", validation.act_names_error(act, [act.abbreviation, *act.alias_list])


def _released(subject: Any, reviewer: Any, at: datetime, **kwargs: Any) -> None:
    """A release is the subject review of a page; its date is when it was approved, not when it went live."""
    if isinstance(subject, Upkept) and reviewer is not None:
        record_review(page=subject, reviewer=reviewer, at=at)


def register() -> None:
    naming: tuple[type[Any], ...] = (TrustedPage, RolePage, *ENTRIES)
    for model in naming:
        review.register(model, fact_errors, children=True)  # a form keeps what the object has had before
    review.register(Upkept, people_errors)
    review.register(TrustedPage, trust_errors)
    review.register(ArticlePage, source_errors, children=True)
    review.register(TemplatePage, template_errors)
    review.register(GlossaryTerm, term_errors)
    review.register(Act, act_errors)
    released.connect(_released, dispatch_uid="knowledge-review")
