from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.filter
def kind_name(subject: Any) -> str:
    """Return the German name of an object's kind."""
    return str(subject._meta.verbose_name)
