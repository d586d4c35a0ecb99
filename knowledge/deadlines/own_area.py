"""The deadlines that bind municipalities soon, on the page people of one see after the login."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from knowledge.deadlines.listing import AHEAD, entries_of
from knowledge.deadlines.queries import all_deadlines
from knowledge.models import Deadline
from knowledge.queries import Reader
from portal.accounts import own_area
from portal.accounts.models import Membership
from portal.accounts.own_area import Section

AHEAD_FOR = timedelta(days=366)


def _soon(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any] | None:
    """Return what falls due within twelve months and binds municipalities, the next first (local days)."""
    if not memberships:
        return None
    today = timezone.localdate()
    binding = [row for row in all_deadlines(Reader.of(request)) if Deadline.Binds.MUNICIPALITY in row.binds]
    entries = [
        entry
        for entry in entries_of(binding, today)
        if entry.place == AHEAD and entry.deadline.day is not None and entry.deadline.day <= today + AHEAD_FOR
    ]
    return {"entries": entries, "sheets": ["css/deadlines.css"]}


def register() -> None:
    """Called when the app is ready."""
    title = "Fristen in den nächsten zwölf Monaten"
    own_area.register(Section("deadlines", title, "knowledge/deadlines/own_area.html", _soon, order=60))
