"""What people of the centre see first: figures registered by the apps, shown by portal.dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the overview: how many, of what, and where to go on; `urgent` ones are set off."""

    count: int
    label: str
    url: str = ""
    urgent: bool = False


@dataclass(frozen=True)
class Source:
    name: str
    order: int
    figures: Callable[[Any], Iterable[Figure]]
    permission: str


sources: dict[str, Source] = {}


def register(
    name: str, figures: Callable[[Any], Iterable[Figure]], *, order: int = 100, permission: str = ""
) -> None:
    """Register a source: called with the signed-in person, at most two queries; empty permission: everybody."""
    sources[name] = Source(name, order, figures, permission)


def figures_for(user: Any) -> list[Figure]:
    """Return all lines a person may see, in the order of their sources."""
    shown = [source for source in sources.values() if not source.permission or user.has_perm(source.permission)]
    return [figure for source in sorted(shown, key=lambda item: item.order) for figure in source.figures(user)]
