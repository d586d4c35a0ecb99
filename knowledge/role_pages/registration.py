"""What the ways in by role give to registries: what a role must have to go live, the filter of the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from knowledge import validation
from knowledge.models import RolePage
from knowledge.models.trust import Audience
from portal.core.pagecache import register_query
from portal.core.review import validation as review


def role_errors(page: Any) -> Iterable[tuple[str, str]]:
    yield "role", validation.role_error(page.role, page.pk)


def register() -> None:
    """Called when the app is ready."""
    review.register(RolePage, role_errors)
    register_query("rolle", "|".join(Audience.values))
