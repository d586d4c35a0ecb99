"""What subscriptions forget by themselves: what was not confirmed, is gone, or was told long ago."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.core.models import Change, ConfirmationMail, Delivery, SubjectKind, Subscriber, Subscription
from portal.core.subscriptions import registry
from portal.core.subscriptions.services import CONFIRMATIONS_WITHIN, ONE_MAIL_PER
from portal.core.subscriptions.tokens import CONFIRM_DAYS

log = logging.getLogger(__name__)

KEEP_PENDING = timedelta(days=CONFIRM_DAYS)
KEEP_TOLD = timedelta(days=60)


def _without_subject() -> int:
    """Delete subscriptions to what has been deleted; what is only unpublished may come back."""
    total = 0
    for kind in SubjectKind.values:
        ids = set(Subscription.objects.filter(kind=kind).values_list("object_id", flat=True).distinct())
        gone = ids - registry.existing(kind, ids) if ids else set()
        total += Subscription.objects.filter(kind=kind, object_id__in=gone).delete()[0]
    return total


@transaction.atomic
def tidy() -> str:
    """Delete unconfirmed and empty subscriptions, addresses without any, and records of old mails."""
    now = timezone.now()
    pending, _ = Subscription.objects.filter(confirmed_at=None, created_at__lt=now - KEEP_PENDING).delete()
    gone = _without_subject()
    recent = Q(confirmation_sent_at__gt=now - ONE_MAIL_PER) | Q(link_sent_at__gt=now - ONE_MAIL_PER)
    idle = Subscriber.objects.filter(subscriptions=None, created_at__lt=now - ONE_MAIL_PER).exclude(recent)
    addresses = idle.count()
    idle.delete()
    Delivery.objects.filter(created_at__lt=now - KEEP_TOLD).delete()
    ConfirmationMail.objects.filter(sent_at__lte=now - CONFIRMATIONS_WITHIN).delete()
    Change.objects.filter(recorded_at__lt=now - KEEP_TOLD).delete()
    log.info("subscription.tidied", extra={"pending": pending, "gone": gone, "addresses": addresses})
    return f"{pending} unbestätigte Abos, {gone} ohne Gegenstand und {addresses} Adressen gelöscht"
