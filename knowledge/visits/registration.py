"""Visits enter the schedule: old days become months."""

from __future__ import annotations

from datetime import timedelta

from knowledge.visits import services
from portal.core import schedule


def register() -> None:
    """Called when the app is ready."""
    schedule.register(
        "shorten_visits", timedelta(days=1), services.shorten, title="Alte Besuchszahlen zusammenfassen",
        offset=timedelta(hours=1, minutes=20), slow=True,
    )  # fmt: skip
