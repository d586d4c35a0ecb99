"""A tag that is deleted is no longer on its pages: they change for readers, however it is deleted."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver
from wagtail.models import Page

from portal.core.models import PageTag, Tag
from portal.core.signals import announce


@receiver(pre_delete, sender=Tag)
def _pages_lose_it(instance: Tag, **kwargs: Any) -> None:
    carrying = PageTag.objects.filter(tag=instance).values("content_object_id")
    for page in Page.objects.filter(pk__in=carrying):
        announce(page)
