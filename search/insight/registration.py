"""Counted searches enter the schedule and the kinds of work."""

from __future__ import annotations

from datetime import timedelta

from portal.core import schedule, work
from search.insight import services
from search.insight.actions import KINDS


def register() -> None:
    """Called when the app is ready."""
    schedule.register(
        "search-prune-counts", timedelta(days=1), services.prune, title="Alte Zahlen über Suchen löschen",
        offset=timedelta(hours=1, minutes=40),
    )  # fmt: skip
    for kind in KINDS.values():
        work.register_kind(kind.work, kind.label)
