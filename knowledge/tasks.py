"""Rendering pages again after something they show has changed elsewhere (queue `slow`).

A lost task leaves an outdated link, never a wrong text; `manage.py render_pages` puts all in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Q
from django_tasks import task
from wagtail.models import ReferenceIndex

from knowledge.acts import name_pattern
from knowledge.models import BodyPage, TrustedPage
from knowledge.services import render_again


def body_models() -> list[type[BodyPage]]:
    """Return all page types with a body, those of higher apps included."""
    return [model for model in apps.get_models() if issubclass(model, BodyPage)]


def pages_naming(names: list[str]) -> Iterator[BodyPage]:
    """Yield pages whose text or legal basis contains one of the names."""
    pattern = re.compile(
        rf"(?<!\w)(?:{'|'.join(name_pattern(name) for name in names if name.strip())})(?!\w)", re.IGNORECASE
    )
    for model in body_models():
        basis = ["legal_basis"] if issubclass(model, TrustedPage) else []
        rows = model.objects.values_list("pk", "rendered", *basis).iterator(chunk_size=200)
        wanted = [pk for pk, rendered, *rest in rows if pattern.search(_text_of(rendered, rest))]
        for pk in wanted:
            page = model.objects.filter(pk=pk).first()
            if page is not None:
                yield page


def _text_of(rendered: Any, rest: list[str]) -> str:
    return "\n".join([str(rendered.get("text", "")), *rest])


@task(queue_name="slow")
def render_pages_naming(names: list[str]) -> int:
    """Render the pages that name an act again; returns how many look different now."""
    from knowledge.services import record_references

    changed = 0
    for page in pages_naming(names):
        if render_again(page=page):
            changed += 1
        else:
            record_references(page=page)
    return changed


@task(queue_name="slow")
def render_pages_linking(model_label: str, pk: int) -> int:
    """Render the pages again whose body links a page or a file; returns how many look different now."""
    model = apps.get_model(model_label)
    target = model._default_manager.filter(pk=pk).first()
    if target is None:
        return 0
    rows = ReferenceIndex.get_references_to(target).filter(model_path__startswith="body.")
    ids = set(rows.values_list("object_id", flat=True))
    found = Q(pk__in=[int(value) for value in ids])
    return sum(render_again(page=page) for body in body_models() for page in body.objects.filter(found))
