"""What a person of a municipality sees after the login: sections that the apps register, in their order.

Higher apps add theirs in `AppConfig.ready`: `own_area.register(Section("cases", …))`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from portal.accounts.models import Membership

SectionData = Callable[[HttpRequest, Sequence[Membership]], "dict[str, Any] | None"]


@dataclass(frozen=True)
class Section:
    """One part of the page.

    `data(request, memberships)` gets the confirmed memberships of the signed-in person with their municipalities,
    and returns what the template shows as `data`; None leaves the section out.
    """

    name: str
    title: str
    template: str
    data: SectionData
    order: int = 100


@dataclass(frozen=True)
class Shown:
    """A section with what it shows."""

    section: Section
    data: dict[str, Any]


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Make a section part of the page; called when an app is ready."""
    _sections[section.name] = section


def sections_for(request: HttpRequest, memberships: Sequence[Membership]) -> list[Shown]:
    """Return the sections that have something to show, in the order of their `order`."""
    found = []
    for section in sorted(_sections.values(), key=lambda item: (item.order, item.name)):
        data = section.data(request, memberships)
        if data is not None:
            found.append(Shown(section, data))
    return found
