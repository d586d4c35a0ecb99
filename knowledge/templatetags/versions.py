"""What every kind of page says of its age: its published versions, and that its review is long overdue."""

from __future__ import annotations

from typing import Any

from django import template

from knowledge.trust import overdue_warning
from knowledge.versions.addresses import versions_url

register = template.Library()


@register.simple_tag(takes_context=True)
def versions_address(context: dict[str, Any], subject: Any) -> str:
    """Return the address of the list of versions; empty for what is not live, and in a preview of what is new."""
    return versions_url(subject, context.get("request")) if subject and subject.pk else ""


@register.inclusion_tag("components/review_warning.html")
def review_warning(page: Any) -> dict[str, Any]:
    """Warn readers of a page without a trust line whose review is long overdue; the same words as there."""
    return {"trust": {"warning": overdue_warning(page)}}
