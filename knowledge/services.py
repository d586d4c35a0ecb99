"""Every write of the knowledge base."""

from __future__ import annotations

from typing import Any


def record_references(*, page: Any) -> None:
    """Store which provisions a page cites."""
