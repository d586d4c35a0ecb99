"""Recording published versions, and finding them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet

from portal.core.models import Publication, Significance
from portal.core.signals import version_published
from portal.core.visibility import level_of


@transaction.atomic
def record(
    *, subject: Any, version: int, significance: Significance, note: str, at: datetime, revision: Any = None,
    released_by: Any = None,
) -> Publication:  # fmt: skip
    """Record that a version of a page, act or term went live at `at` (aware, UTC) and for whom; tell listeners."""
    publication = Publication.objects.create(
        content_type=ContentType.objects.get_for_model(subject),
        object_id=str(subject.pk),
        revision=revision,
        version=version,
        significance=significance,
        note=note,
        published_at=at,
        released_by=released_by,
        level=level_of(subject),
    )
    version_published.send(sender=type(subject), publication=publication)
    return publication


def of(subject: Any) -> QuerySet[Publication]:
    """Return the published versions of one object, newest first; those of an alias are its source's."""
    content_type = ContentType.objects.get_for_model(subject)
    source = getattr(subject, "alias_of_id", None) or subject.pk
    return Publication.objects.filter(content_type=content_type, object_id=str(source))
