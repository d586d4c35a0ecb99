"""Settings of advice that need more than a line: hosts of own calendars, the table of processing."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from portal.settings.env import Env


def allowed_hosts(env: Env) -> frozenset[str]:
    """Return the hosts of calendars that may lie in an internal network, in lower case (CALENDAR_ALLOWED_HOSTS).

    Raises:
        ImproperlyConfigured: One of them is no plain name or address of a host.
    """
    hosts = frozenset(host.lower().rstrip(".") for host in env.items("CALENDAR_ALLOWED_HOSTS"))
    wrong = [host for host in hosts if not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]+", host)]
    if wrong:
        raise ImproperlyConfigured(f"CALENDAR_ALLOWED_HOSTS takes names of hosts only, not {wrong[0]!r}.")
    return hosts


def processing_file(env: Env) -> Path | None:
    """Return another table of processing than the one shipped (PROCESSING_FILE); None for that one."""
    name = env.text("PROCESSING_FILE", "")
    return Path(name).expanduser() if name else None
