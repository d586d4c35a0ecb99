"""Ways in by role in the search: found by the role, its other names and what the page is for."""

from __future__ import annotations

from typing import Any

from knowledge.models import RolePage
from search.documents import Kind
from search.pages import PageContext, PageSource

ROLE = Kind("role", "Einstieg", "Einstiege nach Rolle", 45)


class RoleSource(PageSource):
    name = "role"
    kind = ROLE
    model = RolePage
    plain_fields = ("title", "summary")

    def fields(self, page: Any, context: PageContext) -> dict[str, Any]:
        return {
            "summary": page.summary,
            "audience": (page.role,) if page.role else (),
            "keywords": " · ".join(filter(None, [page.get_role_display(), page.phrase])),
            "suggest": (page.title,),
        }
