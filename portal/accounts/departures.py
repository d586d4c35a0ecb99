"""What somebody leaves open when a membership or their account ends: named before it does, told of when it has.

Higher apps add theirs in `AppConfig.ready`: `departures.register(Part("cases", …))`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from portal.accounts.models import Municipality, User


class Way(Enum):
    """What ends: the membership in a municipality, or the account, which is deleted or closed."""

    MEMBERSHIP = "membership"
    DELETED = "deleted"
    CLOSED = "closed"


@dataclass(frozen=True)
class Open:
    """One thing that stays without its person: `note` says what is ahead, `hand_over` where to give it away."""

    title: str
    url: str
    note: str
    hand_over: str


@dataclass(frozen=True)
class Part:
    """What an app knows of.

    `found(person, seen_by, municipality)` returns what a person leaves open, in one municipality or (None) in all,
    as far as `seen_by` may see it. `tell(person, way, municipality)` tells who goes on working with it; it is
    called in the transaction of the change, after a membership has ended and before an account loses its name.
    """

    name: str
    found: Callable[[User, User, Municipality | None], list[Open]]
    tell: Callable[[User, Way, Municipality | None], None]


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Make a part known; called when an app is ready."""
    _parts[part.name] = part


def left_open(person: User, *, seen_by: User, municipality: Municipality | None = None) -> list[Open]:
    """Return what a person would leave open, for the pages that ask whether they go."""
    return [row for part in _parts.values() for row in part.found(person, seen_by, municipality)]


def tell(person: User, way: Way, municipality: Municipality | None = None) -> None:
    """Tell of what a person has left open."""
    for part in _parts.values():
        part.tell(person, way, municipality)
