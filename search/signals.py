"""Write a change row for everything findable that changes (same transaction)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from wagtail.models import Page, Site

from portal.core.signals import content_changed
from search.fresh import outdate
from search.models import SearchChange


@receiver(content_changed)
def _record(instance: Any, subtree: bool = False, deleted: bool = False, **kwargs: Any) -> None:
    if instance.pk is None or isinstance(instance, Site):
        return
    if isinstance(instance, Page):
        # Deleted descendants cannot be found by path later; `post_delete` below records each of them.
        SearchChange.objects.create(object_key=f"wagtailcore.page:{instance.pk}", subtree=subtree and not deleted)
    else:
        SearchChange.objects.create(object_key=f"{instance._meta.label_lower}:{instance.pk}", subtree=subtree)


@receiver(post_delete, sender=Page)
def _page_deleted(instance: Page, **kwargs: Any) -> None:
    """Treebeard deletes descendants in bulk, without `delete()`; this signal comes for each of them."""
    SearchChange.objects.create(object_key=f"wagtailcore.page:{instance.pk}")


@receiver(content_changed)
def _words_changed(instance: Any, **kwargs: Any) -> None:
    """Terms and acts are synonyms and citations; pages are not."""
    if not isinstance(instance, Page):
        transaction.on_commit(outdate)
