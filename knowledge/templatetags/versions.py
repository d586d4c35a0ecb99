"""Where the published versions of a page, act or term stand."""

from __future__ import annotations

from typing import Any

from django import template

from knowledge.versions.addresses import versions_url

register = template.Library()


@register.simple_tag(takes_context=True)
def versions_address(context: dict[str, Any], subject: Any) -> str:
    """Return the address of the list of versions; empty for what is not live, and in a preview of what is new."""
    return versions_url(subject, context.get("request")) if subject and subject.pk else ""
