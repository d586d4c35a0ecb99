"""The outbox handler of subscriptions: a mail is written at the moment it is sent, from what is true then."""

from __future__ import annotations

from functools import partial

from django.core.mail import EmailMessage
from django.utils import timezone

from portal.core import outbox
from portal.core.mail import RecipientRefusedError, hand_over
from portal.core.models import Delivery, OutboxMessage, Subscriber
from portal.core.subscriptions import mails, services
from portal.core.subscriptions.bounces import is_about_sender, is_final

SHORT_MAILS = {"confirm": mails.confirmation, "manage": mails.manage_link}


def _write(message: OutboxMessage) -> tuple[Subscriber, EmailMessage] | None:
    """Return the mail and who gets it; None when it is no longer wanted."""
    kind, number = message.payload["mail"], message.payload["id"]
    if kind == "digest":
        delivery = Delivery.objects.select_related("subscriber__user").filter(pk=number).first()
        mail = mails.digest(delivery, timezone.now()) if delivery else None
        return (delivery.subscriber, mail) if delivery and mail else None
    subscriber = Subscriber.objects.select_related("user").filter(pk=number).first()
    mail = SHORT_MAILS[kind](subscriber) if subscriber else None
    return (subscriber, mail) if subscriber and mail else None


def send(message: OutboxMessage) -> None:
    """Send one mail; a subscriber whose address does not exist is forgotten, and the message is done.

    Every other refusal is the outbox's matter. One of the sender or the content counts against nobody: all mails
    of a run get it, and each would cost a confirmed subscriber.
    """
    written = _write(message)
    if written is None:
        return
    subscriber, mail = written
    try:
        hand_over(mail)
    except RecipientRefusedError as error:
        if is_about_sender(error.reply):
            raise
        if services.refused(subscriber=subscriber, final=is_final(error.reply)):
            return
        raise
    digest = message.payload["id"] if message.payload["mail"] == "digest" else None
    outbox.with_note(partial(_sent, subscriber, digest))


def _sent(subscriber: Subscriber, digest: int | None) -> None:
    services.accepted(subscriber=subscriber)
    if digest is not None:
        Delivery.objects.filter(pk=digest).update(sent_at=timezone.now())


outbox.register_handler(services.KIND, send)
