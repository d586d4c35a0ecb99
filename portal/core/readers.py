"""Who counts as a reader: a browser of somebody who does not work for the centre."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest

from portal.core.visibility import Visibility, level_of_user

# Programs say who they are; those that pretend to be browsers are counted, which no counter without tricks avoids.
_PROGRAMS = re.compile(
    r"bot\b|bot[/;_-]|crawl|spider|slurp|archiv|scan|fetch|feed|monitor|uptime|check|preview|headless|lighthouse|"
    r"curl|wget|python|java/|go-http|okhttp|axios|libwww|httpclient|http-client|facebookexternalhit|pruefung|validator",
    re.IGNORECASE,
)
_BROWSER = re.compile(r"mozilla/|opera/", re.IGNORECASE)


def is_reader(request: HttpRequest) -> bool:
    """True for a browser of somebody who does not work for the centre; nothing about the person is kept."""
    agent = request.headers.get("User-Agent", "")
    if not _BROWSER.search(agent) or _PROGRAMS.search(agent):
        return False
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if "prefetch" in purpose or "HX-Request" in request.headers:
        return False
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return True
    return level_of_user(getattr(request, "user", None)) is not Visibility.CENTRE
