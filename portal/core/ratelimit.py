"""How often somebody may send a form: counted in the shared cache, by address, or by a thing the caller names.

The address itself is not kept. Where there is an account or a case, that is counted: town halls share one address.
"""

from __future__ import annotations

import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

PER_HOUR = 10
HOUR = 3600


def _address_hash(request: HttpRequest) -> str:
    try:
        address = str(get_adapter().get_client_ip(request))
    except PermissionDenied:  # allauth's word for "a proxy sent no usable address"
        address = "unknown"
    return salted_hmac("portal.core.ratelimit", address).hexdigest()[:32]


def _key(request: HttpRequest, action: str, subject: str) -> str:
    window = int(time.time() // HOUR)
    return f"portal:limit:{action}:{window}:{subject or _address_hash(request)}"


def is_exhausted(request: HttpRequest, action: str, per_hour: int | None = None, *, subject: str = "") -> bool:
    """True when this address has sent as often in the current hour as it may (PER_HOUR unless told).

    `subject` ("user:7") is counted instead of the address.
    """
    return int(cache.get(_key(request, action, subject)) or 0) >= (PER_HOUR if per_hour is None else per_hour)


def count(request: HttpRequest, action: str, *, subject: str = "") -> None:
    """Count one message; two at the very same moment may count as one, which does no harm."""
    key = _key(request, action, subject)
    if not cache.add(key, 1, HOUR):
        cache.incr(key)


def is_first(request: HttpRequest, action: str, seconds: int) -> bool:
    """True when this address has not done this in the last `seconds`; remembers it for as long."""
    return bool(cache.add(f"portal:once:{action}:{_address_hash(request)}", 1, seconds))
