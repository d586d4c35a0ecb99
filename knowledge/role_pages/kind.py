"""Ways in by role in the content format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from knowledge.content_io.keys import FactsKey, PageListKey
from knowledge.models import FirstPage, RoleIndexPage, RolePage
from knowledge.models.role import FIRST_PAGES, TAKEN
from knowledge.models.trust import Audience
from portal.core.content_io import BadContentError, ChoiceKey, Key, Kind, World

TOO_MANY = f"Höchstens {FIRST_PAGES} Seiten stehen zuerst da. Streichen Sie die übrigen."


class FirstPagesKey(PageListKey):
    """The first pages, as many as there is room for."""

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        yield from super().check(value, world)
        if len(value) > FIRST_PAGES:
            yield BadContentError(TOO_MANY, at=(FIRST_PAGES,))


class RoleKind(Kind):
    """A role has one page, in the folder and in the portal."""

    def faults(self, path: str, meta: dict[str, Any], world: World) -> Iterable[BadContentError]:
        role, slug = meta.get("role"), path.rpartition("/")[2]
        if not role:
            return
        others = (document for document in world.documents(self.name) if document.path != path)
        twice = any(document.meta.get("role") == role for document in others)
        if twice or RolePage.objects.filter(role=role).exclude(slug=slug).exists():
            yield BadContentError(TAKEN, at=("role",))

    def notes(self, instance: Any, request: HttpRequest) -> Iterable[str]:
        from knowledge.role_pages.listing import markdown_lines

        return markdown_lines(instance, request)


def role_kinds(page_keys: tuple[Key, ...]) -> tuple[Kind, ...]:
    """Return both kinds, with the keys every page has."""
    return (
        Kind("role_index", RoleIndexPage, (*page_keys, Key("summary")), container=True, order=20),
        RoleKind(
            "role",
            RolePage,
            (
                *page_keys,
                ChoiceKey("role", Audience, required=True),
                Key("phrase"),
                Key("summary", required=True),
                FirstPagesKey("first", "first_pages", FirstPage),
                FactsKey("facts"),
            ),
            order=55,
        ),
    )
