"""Subscribers and published versions for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from portal.core import publications
from portal.core.models import Frequency, Publication, Significance, Subscriber


def subscriber(
    address: str = "kaethe@gemeinde.example",
    *subjects: tuple[str, Any],
    frequency: Frequency = Frequency.WEEKLY,
    since: datetime | None = None,
    **fields: Any,
) -> Subscriber:
    """Somebody who has confirmed subscriptions: (kind, object) each, everything when none is named."""
    now = since or timezone.now()
    values = {"confirmed_at": now, "told_until": now, "frequency": frequency, **fields}
    made = Subscriber.objects.create(address=address, **values)
    for kind, subject in subjects or (("all", None),):
        made.subscriptions.create(kind=kind, object_id=subject.pk if subject else 0, confirmed_at=now)
    return made


def publish(
    subject: Any, note: str = "Die Frist endet nun früher.", *, major: bool = True, revision: Any = None
) -> Publication:
    """Record the next version of something as the review workflow does."""
    version = publications.of(subject).count() + 1
    significance = Significance.MAJOR if major else Significance.MINOR
    return publications.record(
        subject=subject, version=version, significance=significance, note=note, at=timezone.now(),
        revision=revision,
    )  # fmt: skip
