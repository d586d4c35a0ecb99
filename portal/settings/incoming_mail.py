"""Settings of the mailbox in which answers to mails about cases arrive (IMAP4rev1, RFC 3501)."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from portal.settings.env import Env

SECURITY = ("tls", "starttls", "none")


def read(env: Env) -> dict[str, Any]:
    """Return the settings IMAP_*; without IMAP_HOST nothing is read and mails say where answers go.

    Raises:
        ImproperlyConfigured: The host is named without the rest, or something is none.
    """
    found: dict[str, Any] = {
        "IMAP_HOST": env.text("IMAP_HOST", ""),
        "IMAP_PORT": env.integer("IMAP_PORT", 993),
        "IMAP_SECURITY": env.text("IMAP_SECURITY", "tls").lower(),
        "IMAP_USER": env.text("IMAP_USER", ""),
        "IMAP_PASSWORD": env.text("IMAP_PASSWORD", ""),
        "IMAP_ADDRESS": env.text("IMAP_ADDRESS", ""),
        "IMAP_FOLDER": env.text("IMAP_FOLDER", "INBOX"),
        "IMAP_DONE_FOLDER": env.text("IMAP_DONE_FOLDER", "Portal-Erledigt"),
        "IMAP_LEFT_FOLDER": env.text("IMAP_LEFT_FOLDER", "Portal-Offen"),
        "IMAP_CA_FILE": env.text("IMAP_CA_FILE", ""),
        "IMAP_TRUSTED_AUTHSERV": env.text("IMAP_TRUSTED_AUTHSERV", "").lower(),
    }
    if found["IMAP_HOST"]:
        _check(found)
    return found


def _check(found: dict[str, Any]) -> None:
    for name in ("IMAP_USER", "IMAP_PASSWORD", "IMAP_ADDRESS"):
        if not found[name]:
            raise ImproperlyConfigured(f"Set {name} as well as IMAP_HOST (see docs/settings.md).")
    if found["IMAP_SECURITY"] not in SECURITY:
        raise ImproperlyConfigured(f"IMAP_SECURITY must be one of {', '.join(SECURITY)}.")
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", found["IMAP_ADDRESS"]):
        raise ImproperlyConfigured("IMAP_ADDRESS must be a plain address such as beratung@portal.example.")
    folders = [found[name] for name in ("IMAP_FOLDER", "IMAP_DONE_FOLDER", "IMAP_LEFT_FOLDER")]
    if not all(folders) or len({name.lower() for name in folders}) != len(folders):
        raise ImproperlyConfigured("IMAP_FOLDER, IMAP_DONE_FOLDER and IMAP_LEFT_FOLDER must be three folders.")
