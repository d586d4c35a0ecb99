"""Rendering pages again after something they show has changed elsewhere (queue `slow`).

A lost task leaves an outdated link, never a wrong text; the nightly job and `manage.py render_pages` put all in
order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django_tasks import task
from wagtail.models import Page, ReferenceIndex

from knowledge.acts import name_pattern
from knowledge.citation_grammar import HIDDEN
from knowledge.models import BodyPage, TrustedPage
from knowledge.services import render_again
from portal.core.models import PortalDocument, PortalImage

CHUNK = 100


def body_models() -> list[type[BodyPage]]:
    """Return all page types with a body, those of higher apps included."""
    return [model for model in apps.get_models() if issubclass(model, BodyPage)]


def pages_naming(names: list[str]) -> Iterator[BodyPage]:
    """Yield pages whose text, short answer or legal basis contains one of the names."""
    pattern = re.compile(
        rf"(?<!\w)(?:{'|'.join(name_pattern(name) for name in names if name.strip())})(?!\w)", re.IGNORECASE
    )
    for model in body_models():
        basis = ["legal_basis", "short_answer"] if issubclass(model, TrustedPage) else []
        rows = model.objects.values_list("pk", "rendered", *basis).iterator(chunk_size=200)
        wanted = [pk for pk, rendered, *rest in rows if pattern.search(_text_of(rendered, rest))]
        for pk in wanted:
            page = model.objects.filter(pk=pk).first()
            if page is not None:
                yield page


def _text_of(rendered: Any, rest: list[str]) -> str:
    return HIDDEN.sub("", "\n".join([str(rendered.get("text", "")), *rest]))


@task(queue_name="slow")
def render_pages_naming(names: list[str]) -> int:
    """Render the pages that name an act again; returns how many look different now."""
    return sum(render_again(page=page) for page in pages_naming(names))


def pages_showing(*files: Any) -> list[int]:
    """Return the pages in whose body one of the pictures or files stands, by Wagtail's index of references."""
    rows = ReferenceIndex.get_references_to_in_bulk(list(files))
    return _pages_in(rows)


def _pages_in(rows: Any) -> list[int]:
    bodies = rows.filter(base_content_type=ContentType.objects.get_for_model(Page), model_path__startswith="body.")
    return sorted({int(pk) for pk in bodies.values_list("object_id", flat=True)})


@task(queue_name="slow")
def render_pages_again(ids: list[int]) -> int:
    """Render pages again after something in their bodies has changed; returns how many look different now."""
    return sum(render_again(page=page) for body in body_models() for page in body.objects.filter(pk__in=ids))


def render_pages_with_files() -> str:
    """Render all pages with pictures and files again, in case a task was lost (a job of each night)."""
    kinds = ContentType.objects.get_for_models(PortalImage, PortalDocument).values()
    ids = _pages_in(ReferenceIndex.objects.filter(to_content_type__in=kinds))
    changed = sum(render_pages_again.func(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK))
    return f"{changed} Seiten geändert" if changed else ""
