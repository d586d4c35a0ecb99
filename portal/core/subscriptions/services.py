"""Every write to subscriptions. Nothing is told about whether an address is known (docs/subscriptions.md)."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal.core import outbox
from portal.core.models import ConfirmationMail, Frequency, Subscriber, Subscription
from portal.core.subscriptions.addresses import address_key, address_keys, normal_address
from portal.core.subscriptions.joining import join
from portal.core.subscriptions.registry import Subject

log = logging.getLogger(__name__)

KIND = "subscription"
"""Kind of the outbox messages; their payload holds ids only, the mail is written when it is sent."""
ONE_MAIL_PER = timedelta(days=1)
CONFIRMATIONS_WITHIN = timedelta(days=30)
MAX_PENDING = 50
MAX_SUBSCRIPTIONS = 500
MAX_REFUSALS = 3
# Mail servers that take a mail and cannot deliver it give up after five days at most (RFC 5321, 4.5.4.1).
RETURNS_WITHIN = timedelta(days=6)


def _locked(pk: int) -> Subscriber:
    return Subscriber.objects.select_for_update(of=("self",)).get(pk=pk)


def _is_due(last: Any) -> bool:
    return last is None or last <= timezone.now() - ONE_MAIL_PER


def _send(mail: str, subscriber: Subscriber) -> None:
    outbox.enqueue(kind=KIND, key=f"abo-post:{subscriber.pk}", payload={"mail": mail, "id": subscriber.pk})


def _may_ask(address: str) -> bool:
    """True while an address that answers nothing may be asked once more (SUBSCRIPTION_CONFIRMATIONS)."""
    since = timezone.now() - CONFIRMATIONS_WITHIN
    asked = ConfirmationMail.objects.filter(address_key__in=address_keys(address), sent_at__gt=since).count()
    return asked < settings.SUBSCRIPTION_CONFIRMATIONS


# -- without an account ----------------------------------------------------------------------------------------


@transaction.atomic
def request_subscription(*, address: str, subject: Subject, frequency: Frequency) -> None:
    """Note what somebody wants and ask the address to confirm it: at most one mail a day, however often asked.

    Whoever answers none of SUBSCRIPTION_CONFIRMATIONS mails within 30 days gets no more; nothing tells so, since
    whoever asks may be a stranger. The rhythm of an address that has confirmed is not changed: only its owner may
    do that.
    """
    known, _ = Subscriber.objects.get_or_create(address=normal_address(address), defaults={"frequency": frequency})
    subscriber = _locked(known.pk)
    if subscriber.confirmed_at is None and subscriber.frequency != frequency:
        subscriber.frequency = frequency
        subscriber.save(update_fields=["frequency"])
    pending = subscriber.subscriptions.filter(confirmed_at=None)
    if pending.count() < MAX_PENDING and subscriber.subscriptions.count() < MAX_SUBSCRIPTIONS:
        subscriber.subscriptions.get_or_create(kind=subject.kind, object_id=subject.object_id)
    if not pending.exists() or not _is_due(subscriber.confirmation_sent_at) or not _may_ask(subscriber.address):
        return
    now = timezone.now()
    pending.update(created_at=now)  # they live as long as the link in this mail
    subscriber.confirmation_sent_at = now
    subscriber.save(update_fields=["confirmation_sent_at"])
    ConfirmationMail.objects.create(address_key=address_key(subscriber.address), sent_at=now)
    _send("confirm", subscriber)


@transaction.atomic
def request_link(*, address: str) -> None:
    """Send a subscriber the link to the own subscriptions, at most once a day; others get nothing."""
    known = Subscriber.objects.filter(address=normal_address(address)).exclude(confirmed_at=None).first()
    if known is None:
        return
    subscriber = _locked(known.pk)
    if _is_due(subscriber.link_sent_at):
        subscriber.link_sent_at = timezone.now()
        subscriber.save(update_fields=["link_sent_at"])
        _send("manage", subscriber)


# -- by whoever holds a link, or an account --------------------------------------------------------------------


@transaction.atomic
def confirm(*, subscriber: Subscriber, ids: Collection[int]) -> int:
    """Confirm what was shown; what somebody has added meanwhile stays unconfirmed. Returns how many."""
    now = timezone.now()
    row = _locked(subscriber.pk)
    number = row.subscriptions.filter(pk__in=ids, confirmed_at=None).update(confirmed_at=now)
    if number and row.confirmed_at is None:
        row.confirmed_at = row.told_until = now
        row.save(update_fields=["confirmed_at", "told_until"])
    if number:
        _leave_closed_account(row)
    if number:  # the owner wants to be asked
        ConfirmationMail.objects.filter(address_key__in=address_keys(row.address)).delete()
    log.info("subscription.confirmed", extra={"subscriber": row.pk, "number": number})
    return number


def _leave_closed_account(row: Subscriber) -> None:
    """Let whoever reads the mailbox of a closed account go on without it, as anybody: it would be told nothing."""
    if row.user is not None and not row.user.is_active:
        row.user = None
        row.save(update_fields=["user"])


@transaction.atomic
def set_frequency(*, subscriber: Subscriber, frequency: Frequency) -> None:
    """Change the rhythm; what has not been told yet comes with the next mail of the new one."""
    Subscriber.objects.filter(pk=subscriber.pk).update(frequency=frequency)


@transaction.atomic
def remove(*, subscriber: Subscriber, subscription_id: int) -> bool:
    """End one subscription; with the last one the address is forgotten. False when it was gone already."""
    number, _ = Subscription.objects.filter(subscriber=subscriber, pk=subscription_id).delete()
    if number:
        log.info("subscription.removed", extra={"subscriber": subscriber.pk, "subscription": subscription_id})
    if not Subscription.objects.filter(subscriber=subscriber).exists():
        forget(subscriber=subscriber, reason="last")
    return bool(number)


@transaction.atomic
def forget(*, subscriber: Subscriber, reason: str) -> None:
    """Delete everything about a subscriber; doing it twice does no harm."""
    number, _ = Subscriber.objects.filter(pk=subscriber.pk).delete()
    if number:
        log.info("subscription.forgotten", extra={"subscriber": subscriber.pk, "reason": reason})


@transaction.atomic
def renew_links(*, subscriber: Subscriber) -> Subscriber:
    """Make all links of earlier mails invalid, except the way out; returns the subscriber as it is now."""
    Subscriber.objects.filter(pk=subscriber.pk).update(generation=F("generation") + 1)
    return Subscriber.objects.select_related("user").get(pk=subscriber.pk)


# -- accounts --------------------------------------------------------------------------------------------------


@transaction.atomic
def adopt(*, user: Any, frequency: Frequency = Frequency.WEEKLY) -> Subscriber:
    """Return the account's subscriber: its own, the one of its confirmed address, or a new one."""
    own = Subscriber.objects.select_for_update(of=("self",)).filter(user=user).first()
    if own is not None:
        return own
    address, now = normal_address(user.email), timezone.now()
    _make_room(address, user)
    known, made = Subscriber.objects.get_or_create(address=address, defaults={"frequency": frequency})
    subscriber = known if made else _locked(known.pk)
    if subscriber.user_id not in (None, user.pk):  # of a closed account, or with no place to go
        subscriber.delete()
        subscriber = Subscriber(address=address, frequency=frequency)
    subscriber.user = user
    if subscriber.confirmed_at is None:
        subscriber.confirmed_at = subscriber.told_until = now
    subscriber.save()
    return subscriber


def _make_room(address: str, user: Any) -> None:
    """Let what another open account has subscribed at this address go on at that account's present one.

    Its new address waits to be confirmed; till then nothing is sent there (`queries.without_unconfirmed`).
    """
    row = Subscriber.objects.select_related("user").filter(address=address, user__is_active=True).first()
    if row is None or row.user is None or row.user.pk == user.pk:
        return
    own = normal_address(row.user.email)
    if own != address and not Subscriber.objects.filter(address=own).exists():
        Subscriber.objects.filter(pk=row.pk).update(
            address=own, generation=F("generation") + 1, refusals=0, accepted_at=None
        )


@transaction.atomic
def subscribe_account(*, user: Any, subject: Subject, frequency: Frequency) -> Subscriber:
    """Subscribe somebody who is logged in: the account's address is confirmed already."""
    subscriber = adopt(user=user, frequency=frequency)
    row, _ = subscriber.subscriptions.get_or_create(kind=subject.kind, object_id=subject.object_id)
    if row.confirmed_at is None:
        row.confirmed_at = timezone.now()
        row.save(update_fields=["confirmed_at"])
    if subscriber.frequency != frequency:
        set_frequency(subscriber=subscriber, frequency=frequency)
    return subscriber


@transaction.atomic
def follow_address(*, user: Any) -> None:
    """Let an account's subscriptions follow its new address; those the new address had are joined to them.

    For an address the person has shown to read (`portal.accounts.signals`): a wrong one may be a stranger's.
    """
    own = Subscriber.objects.select_for_update(of=("self",)).filter(user=user).first()
    address = normal_address(user.email)
    if own is None or own.address == address:
        return
    _make_room(address, user)
    other = Subscriber.objects.filter(address=address).exclude(pk=own.pk).first()
    if other is not None:
        join(own, _locked(other.pk))
    own.address = address
    own.generation += 1  # links in the old mailbox end
    own.refusals, own.accepted_at = 0, None  # so do its refusals
    own.save(update_fields=["address", "generation", "refusals", "accepted_at"])


# -- addresses that do not take mail ---------------------------------------------------------------------------


def _refusals() -> Case:
    """What still counts: nothing where a mail taken after the last refusal has not come back in time."""
    arrived = When(accepted_at__lte=timezone.now() - RETURNS_WITHIN, then=Value(0))
    return Case(arrived, default=F("refusals"), output_field=IntegerField())


@transaction.atomic
def refused(*, subscriber: Subscriber, final: bool) -> bool:
    """Note a refusal for good; an address that does not exist is forgotten at once, others after some in a row.

    Returns whether the subscriber is gone.
    """
    Subscriber.objects.filter(pk=subscriber.pk).update(refusals=_refusals() + 1, accepted_at=None)
    row = Subscriber.objects.filter(pk=subscriber.pk).first()
    if row is None:
        return True
    if final or row.refusals >= MAX_REFUSALS:
        forget(subscriber=row, reason="bounced")
        return True
    return False


@transaction.atomic
def accepted(*, subscriber: Subscriber) -> None:
    """A mail was taken, which does not say that it arrives: refusals count till one has not come back in time."""
    Subscriber.objects.filter(~Q(refusals=0), pk=subscriber.pk).update(
        refusals=_refusals(), accepted_at=Coalesce("accepted_at", timezone.now())
    )
