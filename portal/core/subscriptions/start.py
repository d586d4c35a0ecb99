"""Connects subscriptions with the rest of the portal; called when the app is ready."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.dispatch import receiver

from portal.core import periods, schedule
from portal.core.backup import afterwards
from portal.core.models import Change, Publication, Significance
from portal.core.signals import version_published
from portal.core.subscriptions import bounces, digest, holding, sending, tidying

__all__ = ["register_all", "sending"]


@receiver(version_published)
def _note_change(publication: Publication, **kwargs: Any) -> None:
    if publication.significance == Significance.MAJOR:
        Change.objects.create(publication=publication)


def register_all() -> None:
    """Register the periodic jobs, and what follows on a restore."""
    afterwards.register(holding.hold_all)
    schedule.register(
        "tell_subscribers",
        timedelta(minutes=1),
        digest.tell_all,
        title="Abonnierte Änderungen mitteilen",
        slow=True,
    )
    periods.declare_fixed("tidy_subscriptions", lambda: tidying.KEEP_TOLD.days)
    schedule.register(
        "tidy_subscriptions", timedelta(days=1), tidying.tidy, title="Unbestätigte Abos löschen",
        offset=timedelta(hours=2), slow=True,
    )  # fmt: skip
    if settings.BOUNCE_MAILDIR:
        schedule.register(
            "process_bounces", timedelta(minutes=15), bounces.process_mailbox,
            title="Zurückgekommene Mails auswerten", slow=True,
        )  # fmt: skip
