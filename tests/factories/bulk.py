"""Thousands of pages in a second: rows written directly, with the tree's paths computed here."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from wagtail.models import Page

from knowledge.models import ArticlePage

BATCH = 400


def _fields(parent: Page, number: int) -> dict[str, Any]:
    slug = f"viele-{number}"
    now = timezone.now()
    return {
        "path": Page._get_path(parent.path, parent.depth + 1, parent.numchild + number + 1),
        "depth": parent.depth + 1,
        "title": f"Größe prüfen {number:05}",
        "draft_title": f"Größe prüfen {number:05}",
        "slug": slug,
        "url_path": f"{parent.url_path}{slug}/",
        "live": True,
        "locale_id": parent.locale_id,
        "translation_key": uuid.uuid4(),
        "first_published_at": now,
        "last_published_at": now,
    }


@transaction.atomic
def articles(
    count: int,
    *,
    parent: Page,
    vary: Callable[[int], dict[str, Any]] = lambda number: {},
    model: Any = ArticlePage,
) -> list[int]:
    """Make `count` live articles below a page; `vary(number)` gives fields of single ones. No signals are sent."""
    content_type = ContentType.objects.get_for_model(model)
    bases = [Page(content_type=content_type, **_fields(parent, number)) for number in range(count)]
    Page.objects.bulk_create(bases, batch_size=BATCH)
    due = timezone.localdate() + timedelta(days=365)
    children = []
    for number, base in enumerate(bases):
        values = {"short_answer": "Ja, das prüft die Behörde.", "next_review_on": due, **vary(number)}
        children.append(model(page_ptr_id=base.pk, **values))
    own = list(model._meta.local_concrete_fields)
    model._base_manager.all()._batched_insert(children, own, BATCH)
    Page.objects.filter(pk=parent.pk).update(numchild=parent.numchild + count)
    parent.refresh_from_db()
    return [base.pk for base in bases]
