"""Addresses of subscribers: the form they are kept in, and what stands for one where nobody shall read it."""

from __future__ import annotations

from django.utils.crypto import constant_time_compare, salted_hmac

from portal.core.models import Subscriber

SHORT = 16


def normal_address(address: str) -> str:
    """Return the form in which an address is kept and compared."""
    return address.strip().lower()


def address_key(address: str) -> str:
    """Return what stands for an address where nobody shall read it."""
    return salted_hmac("portal.core.subscriptions", normal_address(address), algorithm="sha256").hexdigest()


def short_key(address: str) -> str:
    """Return as much of the key as links and message ids carry."""
    return address_key(address)[:SHORT]


def is_of(subscriber: Subscriber, key: str) -> bool:
    return constant_time_compare(short_key(subscriber.address), key)


def find(key: str) -> Subscriber | None:
    """Return the present subscriber of an address by its short key, for links whose own subscriber is gone.

    Compares with every address, since none is stored as a key: only whoever holds a signed link of ours gets here.
    """
    rows = Subscriber.objects.order_by("pk").values_list("pk", "address").iterator(chunk_size=2000)
    pk = next((pk for pk, address in rows if constant_time_compare(short_key(address), key)), None)
    return Subscriber.objects.select_related("user").filter(pk=pk).first() if pk is not None else None
