"""What a form showed when it was opened, so that saving an old one undoes nobody else's work."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model

TAKEN = (
    "Jemand hat dieses Feld inzwischen geändert. Jetzt steht dort: „{now}“. Ihre Eingabe ist nicht gespeichert "
    "und steht noch hier. Soll sie gelten, speichern Sie noch einmal."
)


def plain(value: Any) -> str:
    """Return a value as it is compared: keys of rows, ISO days, texts whatever the line ends."""
    if value is None:
        return ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, date):
        return value.isoformat()
    return "\n".join(str(value).strip().splitlines())


def noted(row: Model, names: Iterable[str]) -> str:
    """Return what a form about a row shows, for a hidden field."""
    return json.dumps({name: plain(getattr(row, name)) for name in names}, ensure_ascii=False)


def read(text: str) -> dict[str, str]:
    """Return what a hidden field says; nothing where it says nothing sensible."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Comparison:
    """Which fields this person has changed, and which of them somebody else has changed to something else."""

    mine: set[str]
    taken: set[str]

    @classmethod
    def of(cls, shown: Mapping[str, str], typed: Mapping[str, Any], row: Model) -> Comparison:
        """Compare what was shown, what was typed, and the row as it is now."""
        mine, taken = set(), set()
        for name, value in typed.items():
            now = plain(getattr(row, name))
            before = shown.get(name, now)
            if plain(value) != before:
                mine.add(name)
                if now not in (before, plain(value)):
                    taken.add(name)
        return cls(mine, taken)
