"""Revisions that stay: unpublished ones are what the review goes by, published ones what readers compare."""

from __future__ import annotations

from typing import Any

from django.db.models import ProtectedError, QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from wagtail.models import Revision

from portal.core.models import ReviewedMixin
from portal.core.review import changes


@receiver(pre_delete, sender=Revision)
def keep_unpublished(instance: Any, origin: Any = None, **kwargs: Any) -> None:
    """Refuse to delete a revision that was published, or is newer than the published one.

    Those of a deleted object go with it. Wagtail's `purge_revisions` counts what is refused so and goes on.
    """
    alone = origin is instance or (isinstance(origin, QuerySet) and origin.model is Revision)
    model = instance.content_type.model_class()
    if not alone or model is None or not issubclass(model, ReviewedMixin):
        return
    if instance.publications.exists():
        raise ProtectedError("Diese Fassung war veröffentlicht und bleibt zum Vergleichen erhalten.", {instance})
    key = changes.Key.of_revision(instance)
    base = Revision.objects.filter(pk=changes.last_published([key]).get(key)).first()
    if base is None or (instance.created_at, instance.pk) > (base.created_at, base.pk):
        raise ProtectedError(
            "Diese Fassung ist noch nicht veröffentlicht und bleibt deshalb erhalten.", {instance}
        )
