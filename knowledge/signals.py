"""What follows when an act, a term, a page or a file changes: tables are read anew, pages rendered again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.dispatch import receiver
from wagtail.models import Page, ReferenceIndex

from knowledge import generations
from knowledge.models import Act, GlossaryTerm
from portal.core.models import PortalDocument
from portal.core.signals import content_changed

_collected: ContextVar[list[str] | None] = ContextVar("collected_act_names", default=None)


@contextmanager
def collected_act_names() -> Iterator[list[str]]:
    """Collect the names of changed acts instead of making one task for each; whoever imports renders once."""
    names: list[str] = []
    token = _collected.set(names)
    try:
        yield names
    finally:
        _collected.reset(token)


@receiver(content_changed, sender=GlossaryTerm)
def _term_changed(**kwargs: Any) -> None:
    generations.renew(generations.GLOSSARY)


@receiver(content_changed, sender=Act)
def _act_changed(instance: Act, **kwargs: Any) -> None:
    """Pages that name the act get links to it (or lose them), once its names have really changed."""
    from knowledge.tasks import render_pages_naming

    generations.renew(generations.ACTS)
    names = instance.names_changed()
    collected = _collected.get()
    if collected is not None:
        collected += names
    elif names:
        render_pages_naming.enqueue(names)


@receiver(content_changed)
def _linked_object_changed(instance: Any, **kwargs: Any) -> None:
    """Render the pages again that show the title or address of this one."""
    from knowledge.tasks import render_pages_linking

    if not isinstance(instance, (Page, PortalDocument)) or not instance.pk:
        return
    if ReferenceIndex.get_references_to(instance).filter(model_path__startswith="body.").exists():
        render_pages_linking.enqueue(instance._meta.label_lower, instance.pk)
