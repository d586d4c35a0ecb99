"""Where the published versions of a page, act or term stand."""

from __future__ import annotations

from typing import Any

from django import template

from knowledge.versions.addresses import versions_url

register = template.Library()


@register.simple_tag
def versions_address(subject: Any) -> str:
    """Return the address of the list of versions; empty for what is not live, and in a preview of what is new."""
    return versions_url(subject) if subject and subject.pk else ""
