"""What a person answers for, as the apps know it: counted before an account is closed, and handed over with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.accounts.models import User
from portal.core import audit_labels


def _anybody(person: User, successor: User) -> str:
    return ""


@dataclass(frozen=True)
class Belonging:
    """One kind of thing a person can own.

    `hand_over(person, successor)` runs inside a transaction and returns how many changed hands; with
    `may_end` the successor may be None, and the things end with the account. What is `personal` nobody can take
    over: it always ends. `objection` says in German why somebody cannot take over; empty when they can.
    `keeps_account` says in German what has to be done before the person may erase the account; without it whatever
    is counted has to change hands first.
    """

    name: str
    label: str
    count: Callable[[User], int]
    hand_over: Callable[[User, User | None], int]
    order: int = 100
    may_end: bool = False
    personal: bool = False
    objection: Callable[[User, User], str] = _anybody
    keeps_account: Callable[[User], list[str]] | None = None


_belongings: dict[str, Belonging] = {}


def register(belonging: Belonging) -> None:
    """Make a kind of thing part of every hand-over; called when an app is ready."""
    _belongings[belonging.name] = belonging
    for detail in ("moved", "successors"):  # what the log says of a hand-over
        audit_labels.register_codes(detail, {belonging.name: belonging.label})


def all_kinds() -> list[Belonging]:
    """Return the registered kinds in the order of their `order`."""
    return sorted(_belongings.values(), key=lambda item: (item.order, item.name))


def held_by(person: User) -> list[tuple[Belonging, int]]:
    """Return what a person holds, with numbers; kinds without any are left out."""
    counted = [(kind, kind.count(person)) for kind in all_kinds()]
    return [(kind, count) for kind, count in counted if count]
