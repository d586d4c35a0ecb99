"""What the portal holds about a person, as the apps know it: exported as JSON, and erased with the account.

Higher apps add theirs in `AppConfig.ready`: `own_data.register(Part("cases", …))`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from portal.accounts.models import User


def _nothing(user: User) -> None:
    return None


@dataclass(frozen=True)
class Part:
    """One kind of data about a person.

    `export(user)` returns what JSON can hold (dates and times as they are, times with zone). `erase(user)` runs in
    the transaction that erases the account; it deletes what nobody else needs and takes the person's name from
    what has to stay. Rows that only point to the account need nothing: the account itself becomes nameless.
    """

    name: str
    export: Callable[[User], Any]
    erase: Callable[[User], None] = _nothing
    order: int = 100


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Make a kind of data part of every export and erasure; called when an app is ready."""
    _parts[part.name] = part


def all_parts() -> list[Part]:
    return sorted(_parts.values(), key=lambda part: (part.order, part.name))


def export(user: User) -> dict[str, Any]:
    """Return everything the apps hold about a person, by their names (art. 15 and 20 GDPR)."""
    head = {"portal": settings.SITE_NAME, "address": settings.BASE_URL, "exported_at": timezone.now()}
    return {"export": head, **{part.name: part.export(user) for part in all_parts()}}
