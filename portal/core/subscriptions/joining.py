"""Two subscribers become one when an account takes the address of the other: nothing twice, nothing lost."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from portal.core.models import Delivery, Frequency, Subscriber
from portal.core.subscriptions.holding import HELD

_A_MOMENT = timedelta(microseconds=1)


@transaction.atomic
def join(own: Subscriber, other: Subscriber) -> None:
    """Give `own` what `other` has confirmed, with its mails, told and on their way, and delete `other`.

    The rhythm becomes the more frequent of the two: nobody hears later than was asked for. The earlier position
    counts, and what either was told since is known by its mails (`digest`). When one of them rests, both do.
    """
    confirmed = list(other.subscriptions.exclude(confirmed_at=None))
    mine = set(own.subscriptions.values_list("kind", "object_id"))
    for row in confirmed:
        if (row.kind, row.object_id) not in mine:
            own.subscriptions.create(kind=row.kind, object_id=row.object_id, confirmed_at=row.confirmed_at)
    if confirmed and own.told_until is not None and other.told_until is not None:
        rhythms = list(Frequency)
        own.frequency = max(Frequency(own.frequency), Frequency(other.frequency), key=rhythms.index)
        positions = (own.told_until, other.told_until)
        own.told_until = HELD if HELD in positions else min(positions)
        own.save(update_fields=["frequency", "told_until"])
        _take_mails(own, other)
    other.delete()


def _take_mails(own: Subscriber, other: Subscriber) -> None:
    """Move the mails of `other`, and free the ends of periods that `own` may reach once more.

    Periods end at whole minutes, and each may have one mail only.
    """
    again = list(own.deliveries.filter(until__gt=own.told_until))
    taken = set(own.deliveries.values_list("until", flat=True))
    for row in (*again, *other.deliveries.all()):
        until = row.until - _A_MOMENT
        while until in taken:
            until -= _A_MOMENT
        taken.add(until)
        Delivery.objects.filter(pk=row.pk).update(subscriber=own, until=until)
