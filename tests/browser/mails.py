"""The mails the portal's worker has written, as the people they go to read them."""

from __future__ import annotations

import re
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from tests.browser.served import Portal

PATIENCE = 60  # seconds; a busy machine is no failure


def texts_to(portal: Portal, address: str) -> list[str]:
    """Return the plain texts of all mails to an address, in the order of their files."""
    folder = Path(portal.environment["VAR_DIR"]) / "mail"
    found = []
    for file in sorted(folder.iterdir()) if folder.exists() else []:
        mail: Any = message_from_bytes(file.read_bytes(), policy=default)
        if address in str(mail["To"]):
            found.append(str(mail.get_body(("plain",)).get_content()))
    return found


def link_to(portal: Portal, address: str, path: str) -> str:
    """Wait for a mail to the address with a link whose path begins so; return the path.

    Raises:
        AssertionError: No such mail came within a minute.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for text in texts_to(portal, address):
            if found := re.search(rf"https?://[^/\s]+({re.escape(path)}\S+)", text):
                return found[1]
        time.sleep(0.3)
    raise AssertionError(f"no mail to {address} with a link to {path}")
