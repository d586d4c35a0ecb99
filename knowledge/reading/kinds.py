"""What has text for readers: pages, acts, terms and deadlines, and the names their kinds have in our tables."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from wagtail.models import Page

from knowledge.models import Act, Deadline, GlossaryTerm
from portal.core.models import BasePage

KINDS: dict[str, type[Any]] = {"page": Page, "act": Act, "term": GlossaryTerm, "deadline": Deadline}
SNIPPETS: tuple[type[Any], ...] = (Act, GlossaryTerm, Deadline)
WITH_TEXT: tuple[type[Any], ...] = (BasePage, *SNIPPETS)


def kind_of(subject: Any) -> str:
    """Return the name of a subject's kind, which is also the field that names it in `NamedIn`."""
    return next(name for name, model in KINDS.items() if isinstance(subject, model))


def content_models() -> list[type[Any]]:
    """Return all models with text for readers: page types, those of higher apps included, and snippets."""
    return [*(model for model in apps.get_models() if issubclass(model, BasePage)), *SNIPPETS]
