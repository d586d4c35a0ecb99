"""From a path to its page in one look, instead of two queries for every level of the tree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import OuterRef
from django.db.models.functions import Coalesce
from wagtail.models import Page, get_page_models

from portal.core.models import CorrectionNotice
from portal.core.models.page import is_restricted
from portal.core.rows import JSONRows

FREQUENT = ("articlepage", "questionpage")
"""The kinds most pages are of: joined at once they cost no second query."""


@cache
def self_routing_models() -> tuple[type[Page], ...]:
    """Return the page types that answer addresses below themselves (RoutablePage and the like)."""
    return tuple(
        model for model in get_page_models()
        if model.route is not Page.route and model._meta.label != "home.HomePage"
    )  # fmt: skip


def _answered_above(page: Page, root: Page) -> bool:
    """True when a page type between root and page may want the path for itself."""
    models = self_routing_models()
    if not models:
        return False
    types = ContentType.objects.get_for_models(*models).values()
    return page.get_ancestors().descendant_of(root).filter(content_type__in=list(types)).exists()


def _newest_first(rows: list[dict[str, Any]]) -> list[tuple[datetime, str]]:
    found = [(datetime.fromisoformat(row["published_at"]), row["pk"], row["text"]) for row in rows]
    found.sort(key=lambda item: item[:2], reverse=True)
    return [(at if at.tzinfo else at.replace(tzinfo=UTC), text) for at, _, text in found]


def find_page(root: Page, components: Sequence[str], reader: Any = None) -> Any | None:
    """Return the specific page at a path below `root`, or None where Wagtail's own walk has to decide.

    `reader` is the person signed in; the page then knows at once whether its restrictions let them pass.
    """
    url_path = f"{root.url_path}{'/'.join(components)}/"
    rows = Page.objects.filter(url_path=url_path, path__startswith=root.path, live=True)
    # An alias shows the notices of its source.
    notices = CorrectionNotice.objects.filter(
        page=Coalesce(OuterRef("alias_of"), OuterRef("pk")), withdrawn_at=None
    )
    facts = {
        "closed": is_restricted(), "stopped": is_restricted(reader),
        "notices": JSONRows(notices, "published_at", "pk", "text"),
    }  # fmt: skip
    page = rows.select_related(*FREQUENT).annotate(**facts).first()
    if page is None or _answered_above(page, root):
        return None
    found = next((found for name in FREQUENT if (found := getattr(page, name, None))), None) or page.specific
    found.found_open, found.found_closed = not page.stopped, page.closed
    found.found_notices = _newest_first(page.notices or [])
    return found
