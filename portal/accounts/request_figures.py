"""How many requests wait for a decision, on the start page of the admin."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from portal.accounts.queries import requests
from portal.core import dashboard
from portal.core.dashboard import Countings, Figure, Numbers


def _countings(user: Any) -> Countings:
    return {"open": requests()}


def _lines(numbers: Numbers) -> list[Figure]:
    if not numbers["open"]:
        return []
    url = reverse("accounts_requests")
    return [Figure(numbers["open"], "Anfragen auf Zugang", url, one="Anfrage auf Zugang")]


def register() -> None:
    """Called when the app is ready."""
    dashboard.register_counted("requests", _countings, _lines, order=12, permission="accounts.change_membership")
