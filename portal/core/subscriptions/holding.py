"""After a restore all subscriptions rest: who has unsubscribed since the backup must not hear from us again."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from portal.core.models import Change, Subscriber, Subscription

log = logging.getLogger(__name__)

# No period ever ends after it, so nobody told until then is written to.
HELD = datetime(9999, 1, 1, tzinfo=UTC)


def hold_all(now: datetime) -> list[str]:
    """Let every confirmed subscriber rest until `release`; returns in German what that means."""
    rows = Subscriber.objects.filter(confirmed_at__isnull=False).exclude(told_until=HELD)
    first = rows.aggregate(first=Min("told_until"))["first"]
    skipped = Change.objects.filter(recorded_at__gte=first).count() if first else 0
    number = Subscriber.objects.filter(confirmed_at__isnull=False).update(told_until=HELD)
    if not number:
        return []
    log.info("subscription.held", extra={"number": number, "changes": skipped})
    return [
        f"Die Abos ruhen (Zahl der Adressen: {number}): Abmeldungen seit der Sicherung sind verloren, und niemand "
        "soll dieselbe Mitteilung zweimal bekommen. Änderungen, die noch nicht allen mitgeteilt sind und "
        f"entfallen: {skipped}.",
        "Suchen Sie im Protokoll des Betriebs nach „subscription.forgotten“ und „subscription.removed“ seit der "
        "Sicherung. Dann: manage.py release_subscriptions --without NUMMER … (subscriber) --without-single "
        "NUMMER … (subscription). Bis dahin wird nichts versendet.",
    ]


@transaction.atomic
def release(*, without: Collection[int] = (), without_single: Collection[int] = ()) -> tuple[int, int]:
    """Let resting subscribers be told of what changes from now on, less those who had unsubscribed.

    Only what rests is deleted: numbers given anew after the restore mean somebody else. Returns how many
    subscribers are told again, and how many subscribers and subscriptions were deleted.
    """
    held = Subscriber.objects.filter(told_until=HELD)
    single = Subscription.objects.filter(pk__in=without_single, subscriber__in=held)
    deleted = held.filter(pk__in=without).count() + single.exclude(subscriber__in=without).count()
    single.delete()
    held.filter(pk__in=without).delete()
    number = held.update(told_until=timezone.now())
    log.info("subscription.released", extra={"number": number, "deleted": deleted})
    return number, deleted
