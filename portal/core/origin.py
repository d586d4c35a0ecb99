"""Whether a request comes from our own page: cached pages carry no token, so the browser's word has to do."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


def is_own(request: HttpRequest) -> bool:
    """True when the browser says that one of our own pages sent this request.

    `Sec-Fetch-Site` decides where it is sent (all browsers since 2023); older ones send `Origin` with every
    POST. Foreign pages can forge neither, and a request without both is refused.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin", "")
    own = f"{request.scheme}://{request.get_host()}"
    return origin == own or (bool(urlsplit(origin).netloc) and origin in settings.CSRF_TRUSTED_ORIGINS)
