"""Who has to be told what: works over subscribers in chunks, each chunk in one short transaction.

The mails of a chunk (rows of Delivery with their outbox messages) and the position of its subscribers
(`told_until`) are written together. So a run may be killed at any moment and started again, also twice at once:
nobody is told twice and nobody is passed over.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Min, QuerySet
from django.utils import timezone

from portal.core import outbox
from portal.core.models import Change, Delivery, Frequency, Publication, Subscriber, Subscription
from portal.core.subscriptions import queries, registry
from portal.core.subscriptions.services import KIND
from portal.core.visibility import Visibility

log = logging.getLogger(__name__)

CHUNK = 200
# A change counts for a period once every transaction that could still add one to it has ended.
SETTLE = timedelta(minutes=2)
# Local wall time of the daily and weekly mails; no change-over to or from summer time touches it.
SEND_AT = time(6, 0)


def end_of_period(frequency: Frequency, now: datetime) -> datetime:
    """Return the end (UTC) of the last period that is over at `now` (aware): 06:00 local, weekly on Mondays."""
    ready = now - SETTLE
    if frequency == Frequency.AT_ONCE:
        return ready.astimezone(UTC).replace(second=0, microsecond=0)
    local = timezone.localtime(ready)
    weekly = frequency == Frequency.WEEKLY
    day = local.date() - timedelta(days=local.weekday() if weekly else 0)
    if timezone.make_aware(datetime.combine(day, SEND_AT)) > ready:
        day -= timedelta(days=7 if weekly else 1)
    return timezone.make_aware(datetime.combine(day, SEND_AT)).astimezone(UTC)


@dataclass
class Round:
    """The changes of a run: what each belongs to, when it was recorded, and who may be told of it."""

    until: datetime
    publications: Sequence[Publication]
    recorded: dict[int, datetime]
    index: dict[tuple[str, int], set[int]]
    _readable: dict[Visibility, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, since: datetime, until: datetime) -> Round | None:
        """Read the changes recorded from `since` to before `until`; None when there are none."""
        rows = list(
            Change.objects.filter(recorded_at__gte=since, recorded_at__lt=until)
            .select_related("publication")
            .defer("publication__note")
        )
        if not rows:
            return None
        publications = [row.publication for row in rows]
        recorded = {row.publication_id: row.recorded_at for row in rows}
        return cls(until, publications, recorded, registry.touched(publications))

    def readable(self, level: Visibility) -> set[int]:
        if level not in self._readable:
            self._readable[level] = set(registry.read(self.publications, level))
        return self._readable[level]

    def changes_for(
        self, subscriber: Subscriber, subscriptions: Iterable[Subscription], level: Visibility, told: set[int]
    ) -> list[int]:
        """Return what one subscriber has to be told, oldest first, less what a mail has `told` already."""
        found: set[int] = set()
        for row in subscriptions:
            start = max(subscriber.told_until or self.until, row.confirmed_at or self.until)
            for publication in self.index.get((row.kind, row.object_id), ()):
                if self.recorded[publication] >= start:
                    found.add(publication)
        return sorted((found & self.readable(level)) - told, key=lambda pk: (self.recorded[pk], pk))


def _due(frequency: Frequency, until: datetime) -> QuerySet[Subscriber]:
    """Return who is to be told; an account whose address waits to be confirmed is told of all that later."""
    return queries.without_unconfirmed(
        Subscriber.objects.filter(frequency=frequency, confirmed_at__isnull=False, told_until__lt=until)
    )


def _told(chunk: Sequence[Subscriber]) -> dict[int, set[int]]:
    """Return the changes in mails beyond the position of their subscriber: two subscribers have been joined."""
    found: dict[int, set[int]] = {}
    rows = Delivery.objects.filter(subscriber__in=chunk, until__gt=F("subscriber__told_until"))
    for subscriber, changes in rows.values_list("subscriber", "changes"):
        found.setdefault(subscriber, set()).update(changes)
    return found


def _delivery(subscriber: Subscriber, changes: list[int], until: datetime) -> Delivery:
    since = subscriber.told_until or until  # the database refuses a confirmed subscriber without it
    return Delivery(subscriber=subscriber, since=since, until=until, changes=changes)


@transaction.atomic
def _tell_chunk(frequency: Frequency, current: Round) -> tuple[int, int]:
    """Store the mails of the next subscribers and move them on; returns how many subscribers and mails."""
    chunk = list(_due(frequency, current.until).order_by("pk").select_for_update(of=("self",))[:CHUNK])
    wanted: dict[int, list[Subscription]] = {}
    for row in Subscription.objects.filter(subscriber__in=chunk, confirmed_at__isnull=False):
        wanted.setdefault(row.subscriber_id, []).append(row)
    levels, told = queries.levels(chunk), _told(chunk)
    deliveries = []
    for subscriber in chunk:
        if subscriber.pk not in levels:
            continue
        mine, known = wanted.get(subscriber.pk, ()), told.get(subscriber.pk, set())
        changes = current.changes_for(subscriber, mine, levels[subscriber.pk], known)
        if changes:
            deliveries.append(_delivery(subscriber, changes, current.until))
    made = Delivery.objects.bulk_create(deliveries)
    outbox.enqueue_first(kind=KIND, payloads={f"abo:{row.pk}": {"mail": "digest", "id": row.pk} for row in made})
    Subscriber.objects.filter(pk__in=[row.pk for row in chunk]).update(told_until=current.until)
    return len(chunk), len(made)


def run(frequency: Frequency, now: datetime) -> int:
    """Tell everybody of one rhythm whose period is over at `now`; returns how many mails were stored."""
    until = end_of_period(frequency, now)
    since = _due(frequency, until).aggregate(first=Min("told_until"))["first"]
    current = Round.of(since, until) if since is not None else None
    if current is None:
        return 0
    total = 0
    while True:
        subscribers, mails = _tell_chunk(frequency, current)
        total += mails
        if not subscribers:
            break
    log.info("subscription.told", extra={"frequency": frequency.value, "mails": total})
    return total


def tell_all(now: datetime | None = None) -> str:
    """The periodic job: everybody whose period is over; says how many mails were stored."""
    moment = now or timezone.now()
    mails = sum(run(frequency, moment) for frequency in Frequency)
    return f"{mails} Mitteilungen" if mails else ""
