"""Upkeep in the admin's templates: the state of review beside the editor, and who depends on what goes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.http import HttpRequest
from wagtail.models import Page

from knowledge.models import Upkept
from knowledge.upkeep.confirming import may_confirm, pages_of_author
from knowledge.upkeep.reports import confirm_context, day
from knowledge.upkeep.usage import LISTED, dependents_of, planned_below

register = template.Library()


@register.inclusion_tag("knowledge/upkeep/status.html")
def review_status(page: Any, request: HttpRequest) -> dict[str, Any]:
    """Show when a page was reviewed and is due, with the one click for those who may; the live version counts."""
    if not isinstance(page, Upkept) or not page.pk or request is None:
        return {"page": None}
    kind: Any = type(page)
    page = kind.objects.filter(pk=page.pk, live=True).select_related("reviewed_by").first()
    if page is None:
        return {"page": None}
    page.review_done = page.reviewed_at
    wrote = bool(pages_of_author([page], request.user))
    allowed = may_confirm(request.user)
    return {
        **confirm_context(page, request, shown=allowed and not wrote and not page.alias_of_id),
        "done": day(page.reviewed_at) if page.reviewed_at else "",
        "by": page.reviewed_by,
        "due": day(page.next_review_on),
        "wrote": allowed and wrote,
    }


@register.inclusion_tag("knowledge/upkeep/dependents.html")
def dependents(*objects: Any) -> dict[str, Any]:
    """Warn of everything that links or cites pages or acts about to be taken away."""
    return _listing(objects)


@register.inclusion_tag("knowledge/upkeep/dependents.html")
def dependents_of_items(items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Warn of the same for the items of a bulk action."""
    return _listing(item["item"] for item in items or [])


def _listing(objects: Iterable[Any]) -> dict[str, Any]:
    # A view hands pages over as it has them; what depends is the same for the base class.
    found = dependents_of(item for item in objects if item is not None and getattr(item, "pk", None))
    return {"dependents": found[:LISTED], "total": len(found), "more": max(0, len(found) - LISTED)}


@register.simple_tag
def scheduled_below(page: Any) -> dict[str, Any]:
    """Return title and time of the planned versions of live subpages, the next first, and how many more."""
    if not isinstance(page, Page):
        return {"rows": []}
    rows = planned_below(page)
    return {"rows": rows[:LISTED], "more": max(0, len(rows) - LISTED)}
