"""Signed links name rows by number, and a restore gives the numbers of lost rows to others."""

from __future__ import annotations

from datetime import datetime

from django.core import signing

TOLERANCE = 2.0
"""Seconds: a signature holds whole seconds, and is made in the transaction that creates the row."""


def made_before(token: str, created_at: datetime) -> bool:
    """True for a link signed before a row (created at an aware time) came to be: it was about another one.

    `token` is of `django.core.signing.dumps`, and its signature has been checked.
    """
    signed = signing.b62_decode(token.rsplit(":", 2)[1])
    return signed < created_at.timestamp() - TOLERANCE
