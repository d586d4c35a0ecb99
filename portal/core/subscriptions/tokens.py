"""Signed links in mails: each for one purpose, bound to a subscriber and to the generation of its links."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from portal.core.keyed import KeyedHash
from portal.core.models import Subscriber
from portal.core.signed_links import made_before
from portal.core.subscriptions import addresses

SALT = "portal.core.subscriptions"
CONFIRM, MANAGE, UNSUBSCRIBE = "confirm", "manage", "unsubscribe"
CONFIRM_DAYS, MANAGE_DAYS = 7, 90
# The way out never expires and outlives a new generation: who has the mail may end what brought it.
LIVES: dict[str, timedelta | None] = {
    CONFIRM: timedelta(days=CONFIRM_DAYS),
    MANAGE: timedelta(days=MANAGE_DAYS),
    UNSUBSCRIBE: None,
}


class LinkExpiredError(Exception):
    """The link was right once: too old, or of an earlier generation."""


class LinkBrokenError(Exception):
    """The link was never made by this portal, or for something else."""


def make(subscriber: Subscriber, purpose: str) -> str:
    """Return the token of a link for one purpose."""
    key = addresses.short_key(subscriber.address)
    return signing.dumps([subscriber.pk, subscriber.generation, key], salt=f"{SALT}.{purpose}")


def url(subscriber: Subscriber, purpose: str) -> str:
    """Return the whole address of a link for one purpose."""
    return settings.BASE_URL + reverse(f"subscription_{purpose}", args=[make(subscriber, purpose)])


def _read(token: str, purpose: str) -> tuple[int, int, str]:
    """Return subscriber, generation and key of the address; links of an earlier version have no key."""
    try:
        value: Any = signing.loads(token, salt=f"{SALT}.{purpose}", max_age=LIVES[purpose])
        pk, generation = (int(part) for part in value[:2])
        key = str(value[2]) if len(value) > 2 else ""
    except signing.SignatureExpired as error:
        raise LinkExpiredError from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkBrokenError from error
    return pk, generation, key


def open_link(token: str, purpose: str) -> Subscriber | None:
    """Return whose link this is, or None when nobody is left whom it could be about.

    Subscribers may have been joined, or have ended everything and begun anew: the way out of an earlier mail is
    then that of the present subscriber of the address it went to.

    Raises:
        LinkExpiredError: the link is too old or was replaced.
        LinkBrokenError: the token is not ours or was made for another purpose.
    """
    pk, generation, key = _read(token, purpose)
    subscriber = Subscriber.objects.select_related("user").filter(pk=pk).first()
    if subscriber is not None and key:
        if purpose != UNSUBSCRIBE and not addresses.is_of(subscriber, key):
            raise LinkExpiredError
        if made_before(token, subscriber.created_at):  # the number was somebody else's before a restore
            subscriber = None
    if subscriber is None and key:
        subscriber = addresses.find(key)
        if subscriber is not None and purpose != UNSUBSCRIBE:
            raise LinkExpiredError
    if subscriber is not None and purpose != UNSUBSCRIBE and subscriber.generation != generation:
        raise LinkExpiredError
    return subscriber


# -- Message-ID: says to which subscriber a returned mail belongs, and cannot be made up -----------------------


MARK = KeyedHash(f"{SALT}.message", 20, "sha1")


def message_id(kind: str, number: int, subscriber: Subscriber) -> str:
    """Return the Message-ID of a mail: the same at each attempt, so that servers can drop a second copy."""
    host = settings.BASE_URL.partition("://")[2].partition(":")[0]
    text = f"{kind}-{number}-{subscriber.pk}-{addresses.short_key(subscriber.address)}"
    return f"<abo.{text}.{MARK.of(text)}@{host}>"


def subscriber_of_message(value: str) -> Subscriber | None:
    """Return who reads the mailbox a Message-ID of ours went to, or None.

    Whoever has another address by now is somebody else here: that one takes mail, for all the report says.
    """
    parts = value.strip().strip("<>").partition("@")[0].split(".")
    if len(parts) != 3 or parts[0] != "abo" or not MARK.fits(parts[2], parts[1]):
        return None
    pk, key = [*parts[1].split("-")[2:], ""][:2]  # those of an earlier version have no key
    subscriber = Subscriber.objects.filter(pk=int(pk)).first()
    if not key or (subscriber is not None and addresses.is_of(subscriber, key)):
        return subscriber
    return addresses.find(key)
