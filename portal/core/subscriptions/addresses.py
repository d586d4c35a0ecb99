"""Addresses of subscribers: the form they are kept in, and what stands for one where nobody shall read it."""

from __future__ import annotations

from portal.core.keyed import KeyedHash
from portal.core.models import Subscriber

_SALT = "portal.core.subscriptions"
_WHOLE, _SHORT = KeyedHash(_SALT), KeyedHash(_SALT, 16)


def normal_address(address: str) -> str:
    """Return the form in which an address is kept and compared."""
    return address.strip().lower()


def address_key(address: str) -> str:
    """Return what stands for an address where nobody shall read it."""
    return _WHOLE.of(normal_address(address))


def address_keys(address: str) -> list[str]:
    """Return all an address may be kept by, those of a replaced SECRET_KEY with them."""
    return _WHOLE.every(normal_address(address))


def short_key(address: str) -> str:
    """Return as much of the key as links and message ids carry."""
    return _SHORT.of(normal_address(address))


def is_of(subscriber: Subscriber, key: str) -> bool:
    return _SHORT.fits(key, normal_address(subscriber.address))


def find(key: str) -> Subscriber | None:
    """Return the present subscriber of an address by its short key, for links whose own subscriber is gone.

    Compares with every address, since none is stored as a key: only whoever holds a signed link of ours gets here.
    """
    rows = Subscriber.objects.order_by("pk").values_list("pk", "address").iterator(chunk_size=2000)
    pk = next((pk for pk, address in rows if _SHORT.fits(key, normal_address(address))), None)
    return Subscriber.objects.select_related("user").filter(pk=pk).first() if pk is not None else None
